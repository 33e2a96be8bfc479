import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { startWorkflow } from '../../src/adapters/temporal/start-workflow.js';
import { DEFAULT_DURATIONS } from '../../src/contracts/durations.js';
import { repositoryRequestWorkflowId, repositoryWorkflowId, type RepositoryId } from '../../src/contracts/names/ids.js';
import type { RepositoryRequestInput } from '../../src/contracts/inputs.js';
import { changeRequestedSignal } from '../../src/contracts/messages.js';
import { repositoryChange } from '../../src/contracts/repository/repository.js';
import { WORKFLOW_QUEUE } from '../../src/contracts/names/task-queues.js';
import { STORAGE } from './long-lived.js';
import { anyOf, between, goesOn, type Storm } from './storm.js';

/** Shares of all kills: those by SIGTERM, and those that leave no worker at all. */
const TERM_SHARE = 0.2;
const ALL_SHARE = 0.3;
/** Seconds after which the drill stops waiting for a worker that is not ready. */
const MAX_START = 60;
const CROWD_EVERY: readonly [number, number] = [0.5, 2];
/**
 * Seconds after a kill at which hot repositories get a request, and at which everything long-lived is queried once
 * more.
 */
const REQUEST_AFTER = 0.3;
const ASK_AFTER = [1, 2.5];

/** Kills workers until `signal`: each gets some time to work, however slowly the machine started it. */
export async function killWorkers(storm: Storm, signal: AbortSignal): Promise<void> {
  while (await goesOn(between(storm.random, storm.size.killEvery), signal)) {
    const how = storm.random() < TERM_SHARE ? 'SIGTERM' : 'SIGKILL';
    const first = Math.floor(storm.random() * storm.fleet.size);
    const all = storm.random() < ALL_SHARE;
    const struck = Array.from({ length: storm.fleet.size }, (_, index) => index).filter(
      (index) => all || index === first,
    );
    await strike(storm, () => Promise.all(struck.map((index) => storm.fleet.kill(index, how))));
    await Promise.race([allReady(storm), goesOn(MAX_START, signal)]);
  }
}

async function allReady({ fleet }: Storm): Promise<void> {
  for (let index = 0; index < fleet.size; index += 1) await fleet.ready(index);
}

/** People and countless builds ask the hot repositories for their metadata, so that these always have work. */
export async function crowdRepositories(storm: Storm, signal: AbortSignal): Promise<void> {
  while (await goesOn(between(storm.random, CROWD_EVERY), signal)) await requestMetadata(storm).catch(() => undefined);
}

/**
 * A kill, with what makes it hurt: all long-lived workflows are queried at once, and then the hot repositories get a
 * request. A query waits some seconds for the dead worker, like the workflow task of the request, and may reach the
 * next worker first; the workflow's code then runs at another time than the task says.
 */
export async function strike(storm: Storm, kill: () => Promise<unknown>): Promise<void> {
  await kill();
  storm.questions.askLongLived();
  await sleep(REQUEST_AFTER * 1000);
  await Promise.all(storm.seeded.repositories.slice(0, storm.size.hot).map((one) => requestChange(storm, one)));
  let before = REQUEST_AFTER;
  for (const second of ASK_AFTER) {
    await sleep((second - before) * 1000);
    before = second;
    storm.questions.askLongLived();
  }
}

/** A request of a build that is gone by the time of the answer, as if it had been terminated. */
async function requestChange({ client }: Storm, repository: RepositoryId): Promise<void> {
  const requestId = randomUUID();
  const request = { requestId, workflowId: `build/gone-${requestId}`, runId: requestId };
  const handle = client.workflow.getHandle(repositoryWorkflowId(repository));
  await client
    .withDeadline(Date.now() + 5000, () =>
      handle.signal(changeRequestedSignal, { ...request, change: repositoryChange('full') }),
    )
    .catch(() => undefined); // Temporal may be shutting down
}

/** The same request as by `copr-repo`, but nobody waits for the answer. */
async function requestMetadata({ client, seeded, size, random }: Storm): Promise<void> {
  const repository = anyOf(random, seeded.repositories.slice(0, size.hot));
  if (repository === undefined) return;
  const change = repositoryChange('full');
  const input: RepositoryRequestInput = { repository, change, storage: STORAGE, durations: DEFAULT_DURATIONS };
  await client.withDeadline(Date.now() + 10_000, () =>
    startWorkflow(client, 'repositoryRequest', {
      workflowId: repositoryRequestWorkflowId(randomUUID()),
      taskQueue: WORKFLOW_QUEUE,
      input,
    }),
  );
}
