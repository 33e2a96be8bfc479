import { setTimeout as sleep } from 'node:timers/promises';
import { buildWorkflowId } from '../../src/contracts/names/ids.js';
import { findStarved, findViolations, taskSpans } from '../figures/admissions.js';
import { rounded } from '../figures/statistics.js';
import type { Installation } from '../installation/installation.js';
import { openQueue, queueSeconds } from '../installation/queue-installation.js';
import type { SeededBuild } from '../installation/seeded-frontend.js';
import { until } from '../installation/wait.js';
import type { BenchRun, Measured, Subcommand } from '../subcommand.js';
import { numberOption } from './number-option.js';
import { measureSlowAnswers, SLOW_ANSWERS } from './slow-answers.js';

const DEFAULTS = { waiting: 10_000, owners: 500, workers: 20, seconds: 60, buildSeconds: 0 };
type QueueOptions = typeof DEFAULTS & { readonly keep?: boolean };
type Options = Partial<QueueOptions> & { readonly answerSeconds?: number };

/** A long queue of many owners, and which of its tasks are admitted. */
export const queueSubcommand: Subcommand = {
  name: 'queue',
  description: 'a long queue of many owners, listed by one poll: how soon builds are admitted, whether limits hold',
  options: (command) =>
    command
      .addOption(
        numberOption(
          '--answer-seconds <n>',
          'compare starts while lists take so long with starts while they are quick',
        ),
      )
      .addOption(numberOption('--waiting <n>', `tasks that wait ${eitherDefault('waiting')}`))
      .addOption(numberOption('--owners <n>', `whose tasks they are ${eitherDefault('owners')}`))
      .addOption(numberOption('--workers <n>', `builds at a time ${eitherDefault('workers')}`))
      .addOption(numberOption('--seconds <n>', `how long the queue is watched ${eitherDefault('seconds')}`))
      .addOption(
        numberOption(
          '--build-seconds <n>',
          'how long copr-rpmbuild takes (default: 0, with --answer-seconds from twice as long as the answer)',
          undefined,
          0,
        ),
      ),
  run: (run, { answerSeconds, ...options }: Options) =>
    answerSeconds === undefined
      ? measureQueue(run, { ...DEFAULTS, ...options })
      : measureSlowAnswers(run, {
          ...{ ...SLOW_ANSWERS, buildSeconds: 2 * answerSeconds, ...options },
          answerSeconds,
        }),
};

function eitherDefault(option: keyof typeof SLOW_ANSWERS): string {
  return `(default: ${DEFAULTS[option]}, with --answer-seconds ${SLOW_ANSWERS[option]})`;
}

async function measureQueue(run: BenchRun, options: QueueOptions): Promise<Measured> {
  const { waiting, owners, workers } = options;
  const keep = options.keep === true;
  const queue = await openQueue(run, { waiting, owners, workers, builders: workers, keep });
  const { installation, builds } = queue;
  installation.setBuildSeconds(options.buildSeconds);
  const watch = queue.watch();
  installation.tap.hideBuilds(false);
  run.say(`${waiting} tasks are offered; watching for ${options.seconds} s`);
  await until(run, installation, {
    what: 'the first builds have started',
    seconds: 120,
    isTrue: () => taskSpans(installation.tap).length >= Math.min(workers, waiting),
  });
  await Promise.race([sleep(options.seconds * 1000), installation.broken]);
  run.signal.throwIfAborted();
  const cpuSeconds = queueSeconds(watch);
  watch.stop();
  const spans = taskSpans(installation.tap);
  const listed = listedAt(installation, builds);
  const seconds = (Date.now() - listed) / 1000;
  const violations = findViolations(spans, queue.limitsOf);
  const starved = findStarved(spans, builds);
  const failed = installation.tap.reports.filter(({ status }) => status === 0).length;
  return {
    figures: {
      admitSeconds: rounded(await admitSeconds(installation, listed, workers)),
      pollerRssMiB: Math.round(watch.peakMiB('poller')),
      limitViolations: violations.length,
      starved: starved.length,
    },
    notes: [`${spans.length} builds were admitted, ${spans.filter(({ ended }) => ended !== null).length} have ended`],
    faults: [
      ...violations.slice(0, 5),
      ...starved.slice(0, 5).map((owner) => `${owner} was starved`),
      ...(failed > 0 ? [`${failed} builds failed`] : []),
    ],
    comparison: {
      rate: spans.length / seconds,
      cpuSeconds: cpuSeconds / spans.length,
      rssMiB: watch.peakMiB('poller'),
    },
  };
}

function listedAt({ tap }: Installation, builds: readonly SeededBuild[]): number {
  return Math.min(...builds.map(({ taskId }) => tap.listedAt.get(taskId) ?? Number.POSITIVE_INFINITY));
}

/** From the last byte of the list until the last workflow of the first batch had been started. */
async function admitSeconds(installation: Installation, listed: number, workers: number): Promise<number> {
  const started: number[] = [];
  for (const { taskId } of taskSpans(installation.tap)) {
    const { startTime } = await installation.client.workflow.getHandle(buildWorkflowId(taskId)).describe();
    started.push(startTime.getTime());
  }
  const batch = started.sort((a, b) => a - b).slice(0, workers);
  return (Math.max(...batch) - listed) / 1000;
}
