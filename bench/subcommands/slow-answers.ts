import { setTimeout as sleep } from 'node:timers/promises';
import { withCleanUps } from '../clean-ups.js';
import { findViolations, runningLeast, taskSpans } from '../figures/admissions.js';
import { rounded } from '../figures/statistics.js';
import { openQueue, queueSeconds } from '../installation/queue-installation.js';
import { until } from '../installation/wait.js';
import { WrongUsage, type BenchRun, type Comparison, type Measured } from '../subcommand.js';

/** Defaults: one build of an owner at a time, so that 16 of 100 slots are in use. */
export const SLOW_ANSWERS = { waiting: 1000, owners: 16, workers: 100, seconds: 100 };

export type SlowAnswersOptions = typeof SLOW_ANSWERS & {
  readonly answerSeconds: number;
  /**
   * Length of the shortest build; the longest takes three times as long, so that within any two seconds some build
   * ends.
   */
  readonly buildSeconds: number;
  readonly keep?: boolean;
};

/** Delay of quick answers, which cost nobody any time. */
const QUICK_SECONDS = 0.1;
/** With a smaller part of the starts that the builds' lengths allow, the run measures only the machine. */
const LEAST_PART = 0.5;

/**
 * Starts per second while limits hold a long queue and slots are free, with quick and with slow lists of pending
 * builds: two playgrounds with the same load, one after the other. Throws WrongUsage if the limits would not hold the
 * queue.
 */
export async function measureSlowAnswers(run: BenchRun, options: SlowAnswersOptions): Promise<Measured> {
  if (options.owners >= options.workers) {
    throw new WrongUsage('with --answer-seconds slots must stay free: fewer --owners than --workers are wanted');
  }
  if (options.buildSeconds === 0) throw new WrongUsage('with --answer-seconds builds must take a while');
  const quick = await watchStarts(run, options, QUICK_SECONDS);
  const slow = await watchStarts(run, options, options.answerSeconds);
  return {
    figures: {
      startsRatio: rounded(slow.comparison.rate / quick.comparison.rate, 3),
      limitViolations: quick.violations + slow.violations,
      startsPerSecond: { quick: rounded(quick.comparison.rate, 3), slow: rounded(slow.comparison.rate, 3) },
      runningLeast: { quick: quick.least, slow: slow.least },
    },
    notes: [
      `limits let ${options.owners} builds run at once, in ${options.workers} slots; a list took ${QUICK_SECONDS} s, then ${options.answerSeconds} s`,
    ],
    faults: [...quick.faults, ...slow.faults, ...tooSlow(quick.comparison.rate, options)],
    comparison: slow.comparison,
  };
}

/** With quick answers a slot waits only for the machine. */
function tooSlow(rate: number, { owners, buildSeconds }: SlowAnswersOptions): readonly string[] {
  const allowed = owners / (2 * buildSeconds);
  if (rate >= LEAST_PART * allowed) return [];
  return [
    `the machine is too busy to tell: ${rounded(rate)} starts/s with quick answers, where the builds' lengths allow ${rounded(allowed)}`,
  ];
}

type Starts = {
  /** Of the starts with these answers. */
  readonly comparison: Comparison;
  readonly least: number;
  readonly violations: number;
  readonly faults: readonly string[];
};

/** Begins when as many run as the limits allow, and lasts this many seconds and until the next start. */
function watchStarts(run: BenchRun, options: SlowAnswersOptions, answerSeconds: number): Promise<Starts> {
  return withCleanUps(run.say, async (defer) => {
    const { waiting, owners, workers, seconds, buildSeconds } = options;
    const phase = { ...run, defer };
    // A released builder takes a moment until it can be assigned again.
    const builders = owners + Math.ceil(owners / 4);
    const queue = await openQueue(phase, { waiting, owners, workers, builders, keep: options.keep === true });
    const { installation, builds } = queue;
    const { tap } = installation;
    installation.setBuildSeconds(buildSeconds, 2 * buildSeconds);
    tap.delayBuildLists(answerSeconds);
    tap.hideBuilds(false);
    run.say(`${waiting} tasks are offered, a list takes ${answerSeconds} s; watching for ${seconds} s`);
    await until(phase, installation, {
      what: `${owners} builds have started`,
      seconds: 120 + answerSeconds,
      isTrue: () => taskSpans(tap).length >= owners,
    });
    const watch = queue.watch();
    const begin = Date.now();
    const last = (): number => taskSpans(tap).at(-1)?.started ?? 0;
    await Promise.race([sleep(seconds * 1000), installation.broken]);
    await until(phase, installation, {
      what: 'another build starts',
      seconds: 120 + 3 * buildSeconds + 2 * answerSeconds,
      isTrue: () => last() > begin + seconds * 1000,
    });
    const [end, cpuSeconds] = [last(), queueSeconds(watch)];
    watch.stop();
    const spans = taskSpans(tap);
    const starts = spans.filter(({ started }) => started > begin).length;
    const violations = findViolations(spans, queue.limitsOf);
    const failed = tap.reports.filter(({ status }) => status === 0).length;
    return {
      comparison: {
        rate: starts / ((end - begin) / 1000),
        cpuSeconds: cpuSeconds / starts,
        rssMiB: watch.peakMiB('poller'),
      },
      least: runningLeast(spans, { begin, end }),
      violations: violations.length,
      faults: [
        ...violations.slice(0, 5),
        ...(failed > 0 ? [`${failed} builds failed`] : []),
        ...(spans.length + owners > builds.length ? ['the queue ran empty: more --waiting are wanted'] : []),
      ],
    };
  });
}
