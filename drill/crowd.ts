import path from 'node:path';
import { startResultsWeb } from '../playground/results-web/server.js';
import { repositoryWorkflowId } from '../src/contracts/names/ids.js';
import { startWorkflow } from '../src/adapters/temporal/start-workflow.js';
import { DEFAULT_DURATIONS } from '../src/contracts/durations.js';
import { changesQuery } from '../src/contracts/messages.js';
import { repositoryChange } from '../src/contracts/repository/repository.js';
import { WORKFLOW_QUEUE } from '../src/contracts/names/task-queues.js';
import { givenActionWorld } from '../test/support/action-world.js';
import { endTemporal } from '../test/support/temporal.js';
import type { Drill } from './drill.js';
import { packagesSeen } from './readers/reader.js';
import { countOf, readOptions } from './with-options.js';

const REPOSITORY = { owner: 'crowd', dirname: 'builds', chroot: 'fedora-44-x86_64' };
const HELP = `npm run drill -- crowd [--builds N] [--seconds S] [--json]

N builds of one project and chroot (default 200) whose packages are there ask for their publication, evenly over S seconds (default 60).
Each must be answered only when a fresh client sees its packages; how many runs that took is said.
`;

export type CrowdOutcome = {
  readonly builds: number;
  readonly seconds: number;
  /** Runs of the repository. */
  readonly runs: number;
  /** Longest wait for an answer, in seconds. */
  readonly longestWait: number;
  readonly errors: readonly string[];
};

/** Many builds of one repository end at about the same time. */
export async function publishCrowd(
  size: { readonly builds: number; readonly seconds: number },
  say: (line: string) => void,
): Promise<CrowdOutcome> {
  const world = await givenActionWorld({ durations: DEFAULT_DURATIONS });
  const web = await startResultsWeb({ port: 0, directory: world.destdir });
  const { owner, dirname, chroot } = REPOSITORY;
  const url = `${web.url.replace(/\/+$/, '')}/${owner}/${dirname}/${chroot}`;
  try {
    const names = Array.from({ length: size.builds }, (_, index) => `${String(index + 1).padStart(8, '0')}-hello`);
    for (const name of names) await world.build('hello', owner, dirname, chroot, name);
    say(`${names.length} builds are there`);
    const errors: string[] = [];
    const waits: number[] = [];
    const ask = async (name: string, index: number): Promise<void> => {
      const startDelay = Math.round((index * size.seconds * 1000) / names.length);
      const handle = await startWorkflow(world.client, 'repositoryRequest', {
        workflowId: `repository-request/${owner}/${path.basename(world.destdir)}/${world.storage}/${name}`,
        taskQueue: WORKFLOW_QUEUE,
        startDelay,
        input: {
          ...{ repository: REPOSITORY, storage: world.storage, durations: DEFAULT_DURATIONS },
          change: repositoryChange('change', { add: [name] }),
        },
      });
      const asked = Date.now() + startDelay;
      const failure = await handle.result();
      waits.push((Date.now() - asked) / 1000);
      const seen = await packagesSeen(url);
      if (failure !== null) errors.push(`${name}: ${failure.message}`);
      else if (!seen.some((href) => href.startsWith(`${name}/`))) errors.push(`${name} is answered and nobody sees it`);
      if (waits.length % 50 === 0) say(`${waits.length} are answered`);
    };
    await Promise.all(names.map(ask));
    const { runs } = await world.client.workflow.getHandle(repositoryWorkflowId(REPOSITORY)).query(changesQuery);
    return { ...size, runs, longestWait: Math.round(Math.max(...waits) * 10) / 10, errors };
  } finally {
    await web.close();
    await world.close();
  }
}

/** `npm run drill -- crowd`: many builds that end together lead to few publications. */
export const crowdDrill: Drill = {
  name: 'crowd',
  summary: 'many builds of one repository end within a minute, each answered when clients see it',
  async run(args, say) {
    const { values } = readOptions(args, {
      builds: { type: 'string', default: '200' },
      seconds: { type: 'string', default: '60' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    });
    if (values.help) {
      process.stdout.write(HELP);
      return 0;
    }
    try {
      const outcome = await publishCrowd(
        { builds: countOf('--builds', values.builds), seconds: countOf('--seconds', values.seconds) },
        say,
      );
      const { errors, ...figures } = outcome;
      const text = Object.entries(figures).map(([name, figure]) => `${name} ${figure}`);
      const lines = [`${text.join(', ')}, errors ${errors.length}`, ...errors.slice(0, 20)];
      process.stdout.write(values.json ? `${JSON.stringify(outcome)}\n` : `${lines.join('\n')}\n`);
      return errors.length === 0 ? 0 : 1;
    } finally {
      await endTemporal();
    }
  },
};
