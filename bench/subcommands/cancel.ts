import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WorkflowFailedError } from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';
import type { BuildOutcome } from '../../src/contracts/build/build.js';
import { backendSeconds, watchProcesses } from '../figures/processes.js';
import type { Installation } from '../installation/installation.js';
import type { Subcommand } from '../subcommand.js';
import type { HeldBuild, HeldStage } from './held-stages.js';
import { measureStages, type StageOptions } from './measure-stages.js';
import { numberOption } from './number-option.js';
import { stagesOption } from './stage-samples.js';

/** From `installing` on a cancel is too late by design: the build ends as it would have. */
const STAGES: readonly HeldStage[] = [
  'preparing',
  'waitingForRepository',
  'waitingForBuilder',
  'starting',
  'building',
  'downloading',
  'signing',
];
/**
 * Work that is finished before a cancel takes effect: whatever it waits for answers as soon as the cancel was
 * requested.
 */
const FINISHES: readonly HeldStage[] = ['preparing'];
const MAX_SECONDS = 120;

/** How long a cancel takes, by the build's stage. */
export const cancelSubcommand: Subcommand = {
  name: 'cancel',
  description: "seconds from a user's cancel until the build has ended and its builder is given back, per stage",
  options: (command) =>
    command.addOption(numberOption('--samples <n>', 'cancels in each stage', 3)).addOption(stagesOption(STAGES)),
  run: (run, options) =>
    measureStages(run, options as StageOptions, async (installation, { stage, build }) => {
      const watch = watchProcesses({ worker: installation.pid('worker'), temporal: installation.pid('temporal') });
      const { seconds, fault } = await cancel(installation, build, FINISHES.includes(stage));
      const used = { cpuSeconds: backendSeconds(watch), workerRssMiB: watch.peakMiB('worker') };
      watch.stop();
      await build.release();
      const open = openTickets(installation);
      const leaked = open > 0 ? `${open} tickets are open after the build's end` : null;
      return { seconds, ...used, faults: [fault, leaked].filter((one) => one !== null) };
    }),
};

async function cancel(
  installation: Installation,
  build: HeldBuild,
  finishes: boolean,
): Promise<{ readonly seconds: number; readonly fault: string | null }> {
  const ended = endOf(installation, build.workflowId);
  const began = Date.now();
  await installation.frontend.cancel(String(build.buildId));
  if (finishes) await build.release();
  const how = await ended;
  const seconds = (Date.now() - began) / 1000;
  if (how !== 'canceled') return { seconds, fault: `build ${build.buildId} ended as ${how}, not as canceled` };
  return { seconds, fault: null };
}

async function endOf(installation: Installation, workflowId: string): Promise<string> {
  const late = new Promise<string>((resolve) => {
    setTimeout(() => resolve(`nothing within ${MAX_SECONDS} s`), MAX_SECONDS * 1000).unref();
  });
  const end = installation.client.workflow
    .getHandle(workflowId)
    .result()
    .then(
      // The frontend, which knew of the cancel, did not permit the start: nothing had begun.
      (outcome: unknown) => ((outcome as BuildOutcome).result === 'refused' ? 'canceled' : 'completed'),
      (error: unknown) => {
        const isCanceled = error instanceof WorkflowFailedError && error.cause instanceof CancelledFailure;
        return isCanceled ? 'canceled' : String(error);
      },
    );
  return Promise.race([end, late]);
}

function openTickets(installation: Installation): number {
  const file = join(installation.directory.playground, 'pool', 'pool.json');
  const { tickets } = JSON.parse(readFileSync(file, 'utf8')) as { tickets: readonly { readonly state: string }[] };
  return tickets.filter(({ state }) => state === 'open').length;
}
