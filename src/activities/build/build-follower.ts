import type { FollowActivities } from '../../contracts/activities.js';
import type { Builder } from '../../contracts/build/build.js';
import { doubling, withBackoff } from '../../backoff/with-backoff.js';
import { PortFailure } from '../../ports/port-failure.js';
import type { RemoteSession } from '../../ports/build/remote-shell.js';
import type { LiveLog } from '../../ports/build/live-logs.js';
import { BUILDER_DIRECTORY } from './builder-commands.js';
import { throwIfLost } from './builder-liveness.js';
import type { ActivityDependencies } from '../dependencies.js';
import { failure } from '../failure-mapping.js';
import { stopped, whyStopped, withHeartbeat } from '../heartbeat.js';
import { LostContact } from './lost-contact.js';

/**
 * A machine whose connection breaks more often than this within two minutes is useless
 * (docs/neighbours/builder.md#live-log).
 */
const MAX_LOSSES = 20;
const LOSSES_WITHIN_MS = 120_000;
/** Pauses between attempts to reach a builder again. */
const RECONNECT_PAUSES = doubling({ firstMs: 250, longestMs: 2000 });
/** Longest time of a timer (setTimeout(3) of Node); a later deadline is the same as none. */
const MAX_TIMER_MS = 2 ** 31 - 1;
/** How often Resalloc is asked about a builder that seems well (docs/neighbours/builder.md#time-limits). */
const LIVENESS_MS = 600_000;
/** copr-rpmbuild-log itself waits two minutes for a log to appear (docs/neighbours/builder.md#live-log). */
const LOG_APPEARS_SECONDS = 120;
const FOR_EVER_MS = 14 * 86_400_000;

/**
 * Ends when the process that writes the log has ended, and prints the log's final size. `tail --pid` checks five times
 * a second without starting a process each time, so it notices the end sooner than the follower.
 */
const WAIT_FOR_END = [
  'i=0',
  `while ! [ -s ${BUILDER_DIRECTORY}/logger_pid ] && [ $i -lt ${LOG_APPEARS_SECONDS * 5} ]; do sleep 0.2; i=$((i+1)); done`,
  `tail -s 0.2 -f --pid="$(cat ${BUILDER_DIRECTORY}/logger_pid)" /dev/null`,
  `stat -c %s ${BUILDER_DIRECTORY}/main.log`,
].join('; ');

type Dependencies = Pick<ActivityDependencies, 'shell' | 'pool' | 'liveLogs' | 'backendLog' | 'messages' | 'log'>;
/** The state of following one builder's log into one file. */
type Following = {
  readonly builder: Builder;
  readonly live: LiveLog;
  readonly progress: { bytes: number };
  readonly signal: AbortSignal;
};
/** The heartbeat's details for the next attempt; the position is in the log file itself. */
type Remembered = { readonly logBytes: number; readonly host: string; readonly ticket: number };

/** Follows a build's log to its end, however often the connection or the worker is lost on the way. */
export function createFollowActivities(deps: Dependencies): Pick<FollowActivities, 'followBuild'> {
  const { shell, pool, liveLogs, backendLog, log } = deps;
  return {
    followBuild: ({ facts, builder, logBase, deadline }) =>
      withHeartbeat<Remembered, { logBytes: number; timedOut: boolean }>(deps, async ({ signal, remember }) => {
        const live = await liveLogs.follow(facts, logBase);
        const late = AbortSignal.timeout(Math.min(MAX_TIMER_MS, Math.max(0, Math.ceil(deadline * 1000) - Date.now())));
        const enough = AbortSignal.any([signal, late]);
        const progress = { bytes: live.size };
        const seen = setInterval(() => {
          remember({ logBytes: logBase + progress.bytes, host: builder.host, ticket: builder.ticket });
        }, 2000);
        try {
          await followToTheEnd({ builder, live, progress, signal: enough });
          return { logBytes: progress.bytes, timedOut: false };
        } catch (error) {
          if (signal.aborted) {
            const why = whyStopped();
            if (why === 'detached') await backendLog.note(facts, ['Worker detached; the build goes on on its builder']);
            throw stopped();
          }
          if (late.aborted) return { logBytes: progress.bytes, timedOut: true };
          throw error;
        } finally {
          clearInterval(seen);
          await live.close();
        }
      }),
  };

  async function followToTheEnd(input: Following): Promise<void> {
    const { builder, signal } = input;
    const contact = new LostContact();
    const losses: number[] = [];
    await withBackoff(connectAndFollow, { pauses: RECONNECT_PAUSES, signal, goesOn });

    async function connectAndFollow({ answered }: { readonly answered: () => void }): Promise<void> {
      const session = await shell.connect(builder, { signal });
      contact.found();
      answered();
      try {
        await followOnce(session, input);
      } catch (error) {
        losses.push(Date.now());
        throw error;
      } finally {
        session.close();
      }
    }

    async function goesOn(error: unknown): Promise<boolean> {
      if (!(error instanceof PortFailure) || !error.retryable) return false;
      const isGone = contact.lost(error);
      log.info({ host: builder.host, ticket: builder.ticket, error: error.message }, 'builder connection lost');
      await throwIfLost(pool, builder);
      return !isGone && !breaksTooOften(losses);
    }
  }

  /** One connection: reads the log from its beginning and writes only what the file lacks. */
  async function followOnce(session: RemoteSession, input: Following): Promise<void> {
    const { builder, live } = input;
    const over = new AbortController();
    const signal = AbortSignal.any([input.signal, over.signal]);
    const end = awaitEnd(session, signal);
    const liveness = setInterval(() => {
      throwIfLost(pool, builder).catch((error: unknown) => over.abort(error));
    }, LIVENESS_MS);
    try {
      if (!live.isCut) await copyLog(session, { ...input, signal, end });
      // Nothing reads on, so that an endless log costs nothing: the build's end is noticed without it.
      if (live.isCut && (await end) === null) await readLog(session, builder, { signal, onData: ignore });
    } finally {
      clearInterval(liveness);
      over.abort();
      await end.catch(ignore);
    }
  }

  /** Copies the log to its end, or until it is cut. */
  async function copyLog(
    session: RemoteSession,
    input: Following & { readonly end: Promise<number | null> },
  ): Promise<void> {
    const { live, progress } = input;
    const enough = new AbortController();
    const signal = AbortSignal.any([input.signal, enough.signal]);
    let received = 0;
    let finalSize: number | null = null;
    const isDone = (): boolean => live.isCut || (finalSize !== null && received >= finalSize);
    input.end.then((size) => {
      finalSize = size;
      if (isDone()) enough.abort();
    }, ignore);
    try {
      await readLog(session, input.builder, {
        signal,
        onData: async (chunk) => {
          const fresh = chunk.subarray(Math.max(0, live.size - received));
          const offset = received + chunk.length - fresh.length;
          if (fresh.length > 0) await live.write(offset, fresh);
          received += chunk.length;
          progress.bytes = live.size;
          if (isDone()) enough.abort();
        },
      });
    } catch (error) {
      if (!isDone()) throw error;
    }
  }

  async function readLog(
    session: RemoteSession,
    builder: Builder,
    options: Parameters<RemoteSession['stream']>[1],
  ): Promise<void> {
    const { code } = await session.stream('copr-rpmbuild-log', options);
    if (code === 0) return;
    throw failure('LogBroken', `copr-rpmbuild-log on ${builder.host} exited with ${code}`);
  }
}

/** The log's final size once its writer has ended; null if the builder cannot tell. */
async function awaitEnd(session: RemoteSession, signal: AbortSignal): Promise<number | null> {
  const { code, stdout } = await session.run(WAIT_FOR_END, { timeoutMs: FOR_EVER_MS, signal });
  return code === 0 && /^\d+\s*$/.test(stdout) ? Number(stdout) : null;
}

async function ignore(): Promise<void> {
  // The caller learns of it by other means.
}

function breaksTooOften(losses: readonly number[]): boolean {
  return losses.filter((at) => Date.now() - at < LOSSES_WITHIN_MS).length > MAX_LOSSES;
}
