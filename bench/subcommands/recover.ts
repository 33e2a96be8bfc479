import { backendSeconds, watchProcesses } from '../figures/processes.js';
import type { Installation } from '../installation/installation.js';
import { until } from '../installation/wait.js';
import type { BenchRun, Subcommand } from '../subcommand.js';
import { HELD_STAGES, liveLogBytes } from './held-stages.js';
import { measureStages, type StageOptions, type Standing, type StandingMeasured } from './measure-stages.js';
import { numberOption } from './number-option.js';
import { stagesOption } from './stage-samples.js';

/** Longer than the longest time limit of a lost attempt (start-to-close of a short one: 5 min). */
const MAX_SECONDS = 420;

/** How long a build makes no progress when its worker is killed, by the build's stage. */
export const recoverSubcommand: Subcommand = {
  name: 'recover',
  description: "kill -9 of the worker: seconds from the next worker's start until the build goes on, per stage",
  options: (command) =>
    command.addOption(numberOption('--samples <n>', 'kills in each stage', 1)).addOption(stagesOption(HELD_STAGES)),
  run: (run, options) =>
    measureStages(run, options as StageOptions, async (installation, standing) => {
      const measured = await killAndWait(run, installation, standing);
      const fault = await endBuild(run, installation, standing);
      return { ...measured, faults: fault === null ? [] : [fault] };
    }),
};

/** The obstacle that holds the build goes while no worker runs, so that only the next worker is waited for. */
async function killAndWait(
  run: BenchRun,
  installation: Installation,
  { stage, build }: Standing,
): Promise<Omit<StandingMeasured, 'faults'>> {
  const starts = installation.starts('worker');
  const before = await stepsOf(installation, build.workflowId);
  process.kill(installation.pid('worker'), 'SIGKILL');
  await build.release();
  const bytes = liveLogBytes(installation, build.buildId);
  await until(run, installation, {
    ...{ what: 'the next worker is started', seconds: 30, everyMs: 10 },
    isTrue: () => installation.starts('worker') > starts,
  });
  const began = installation.startedAt('worker');
  const watch = watchProcesses({ worker: installation.pid('worker'), temporal: installation.pid('temporal') });
  await until(run, installation, {
    what: `build ${build.buildId}, whose worker was killed in the stage ${stage}, goes on`,
    seconds: MAX_SECONDS,
    everyMs: 50,
    isTrue: async () =>
      stage === 'building'
        ? liveLogBytes(installation, build.buildId) > bytes
        : (await stepsOf(installation, build.workflowId)) > before,
  });
  const seconds = (Date.now() - began) / 1000;
  watch.stop();
  return { seconds, cpuSeconds: backendSeconds(watch), workerRssMiB: watch.peakMiB('worker') };
}

/** A build's progress: completed activities and received answers. */
async function stepsOf(installation: Installation, workflowId: string): Promise<number> {
  const { events } = await installation.client.workflow.getHandle(workflowId).fetchHistory();
  return (events ?? []).filter(
    (event) =>
      event.activityTaskCompletedEventAttributes != null ||
      event.workflowExecutionSignaledEventAttributes?.signalName === 'requestAnswered',
  ).length;
}

/** The build ends as without the kill; one with an hour of building is canceled. Null if it ended correctly. */
async function endBuild(run: BenchRun, installation: Installation, standing: Standing): Promise<string | null> {
  const { frontend } = installation;
  const { buildId } = standing.build;
  if (standing.stage === 'building') await frontend.cancel(String(buildId));
  await until(run, installation, {
    what: `the end of build ${buildId}`,
    seconds: MAX_SECONDS,
    isTrue: async () => {
      const { status } = await installation.client.workflow.getHandle(standing.build.workflowId).describe();
      return status.name !== 'RUNNING' && (await frontend.build(String(buildId))).over;
    },
  });
  const { state } = await frontend.build(String(buildId));
  const expected = standing.stage === 'building' ? 'canceled' : 'succeeded';
  return state === expected ? null : `build ${buildId} is ${state}, not ${expected}`;
}
