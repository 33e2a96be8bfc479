import type { FollowActivities } from '../contracts/activities.js';
import type { Builder } from '../contracts/build.js';
import { PortFailure } from '../ports/port-failure.js';
import type { RemoteSession } from '../ports/remote-shell.js';
import type { LiveLog } from '../ports/result-tree.js';
import { BUILDER_DIRECTORY } from './builder-commands.js';
import type { ActivityDependencies } from './dependencies.js';
import { failure } from './failure-mapping.js';
import { pauseOrStop, stopped, whyStopped, withHeartbeat } from './heartbeating.js';

/** A builder that cannot be reached for this long is given up, if Resalloc has not said so before. */
const UNREACHABLE_MS = 60_000;
/** How often Resalloc is asked about a builder that seems well (builds.md §10). */
const LIVENESS_MS = 600_000;
/** copr-rpmbuild-log itself waits two minutes for a log to appear (builds.md §11). */
const LOG_APPEARS_SECONDS = 120;
const FOR_EVER_MS = 14 * 86_400_000;

/**
 * Ends when the process that writes the log has ended, and prints the log's final size: `tail --pid` looks five times
 * a second without starting a process each time, so the end is noticed sooner than by the follower itself.
 */
const WAIT_FOR_END = [
  'i=0',
  `while ! [ -s ${BUILDER_DIRECTORY}/logger_pid ] && [ $i -lt ${LOG_APPEARS_SECONDS * 5} ]; do sleep 0.2; i=$((i+1)); done`,
  `tail -s 0.2 -f --pid="$(cat ${BUILDER_DIRECTORY}/logger_pid)" /dev/null`,
  `stat -c %s ${BUILDER_DIRECTORY}/main.log`,
].join('; ');

type Dependencies = Pick<ActivityDependencies, 'shell' | 'pool' | 'tree' | 'messages' | 'log'>;
/** What the next attempt's onlooker sees; where to go on is in the log file itself. */
type Remembered = { readonly logBytes: number; readonly host: string; readonly ticket: number };

/** Following a build's log to its end, however often the connection or the worker is lost on the way. */
export function createFollowActivities(deps: Dependencies): Pick<FollowActivities, 'followBuild'> {
  const { shell, pool, tree, log } = deps;
  return {
    followBuild: ({ facts, builder, logBase, deadline }) =>
      withHeartbeat<Remembered, { logBytes: number; timedOut: boolean }>(deps, async ({ signal, remember }) => {
        const live = await tree.followLiveLog(facts, logBase);
        const late = AbortSignal.timeout(Math.max(0, deadline * 1000 - Date.now()));
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
            if (why === 'detached') await tree.note(facts, ['Worker detached; the build goes on on its builder']);
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

  async function followToTheEnd(input: {
    readonly builder: Builder;
    readonly live: LiveLog;
    readonly progress: { bytes: number };
    readonly signal: AbortSignal;
  }): Promise<void> {
    const { builder, signal } = input;
    let lostSince: number | null = null;
    for (let delay = 250; ; delay = Math.min(delay * 2, 5000)) {
      try {
        const session = await shell.connect(builder, { signal });
        lostSince = null;
        delay = 250;
        try {
          await followOnce(session, input);
          return;
        } finally {
          session.close();
        }
      } catch (error) {
        if (signal.aborted || !(error instanceof PortFailure) || !error.retryable) throw error;
        lostSince ??= Date.now();
        log.info({ host: builder.host, ticket: builder.ticket, error: error.message }, 'builder connection lost');
        await throwIfLost(builder);
        if (Date.now() - lostSince > UNREACHABLE_MS) throw error;
        await pauseOrStop(delay, signal);
      }
    }
  }

  /** One connection: the log from its beginning, of which only what the file lacks is written. */
  async function followOnce(
    session: RemoteSession,
    input: {
      readonly builder: Builder;
      readonly live: LiveLog;
      readonly progress: { bytes: number };
      readonly signal: AbortSignal;
    },
  ): Promise<void> {
    const { builder, live, progress } = input;
    const over = new AbortController();
    const signal = AbortSignal.any([input.signal, over.signal]);
    let received = 0;
    let finalSize: number | null = null;
    const complete = (): boolean => finalSize !== null && received >= finalSize;
    const following = session
      .stream('copr-rpmbuild-log', {
        signal,
        onData: async (chunk) => {
          const fresh = chunk.subarray(Math.max(0, live.size - received));
          const offset = received + chunk.length - fresh.length;
          if (fresh.length > 0) await live.write(offset, fresh);
          received += chunk.length;
          progress.bytes = live.size;
          if (complete()) over.abort();
        },
      })
      .then(({ code }) => {
        if (code !== 0) {
          throw failure('LogBroken', `copr-rpmbuild-log on ${builder.host} exited with ${code}`, { retryable: false });
        }
      })
      .catch((error: unknown) => {
        if (!complete()) throw error;
      });
    const watching = session.run(WAIT_FOR_END, { timeoutMs: FOR_EVER_MS, signal }).then(
      ({ code, stdout }) => {
        if (code !== 0 || !/^\d+\s*$/.test(stdout)) return;
        finalSize = Number(stdout);
        if (complete()) over.abort();
      },
      () => undefined,
    );
    const liveness = setInterval(() => {
      throwIfLost(builder).catch((error: unknown) => over.abort(error));
    }, LIVENESS_MS);
    try {
      await following;
      if (over.signal.reason instanceof Error && !complete()) throw over.signal.reason;
    } finally {
      clearInterval(liveness);
      over.abort();
      await watching;
    }
  }

  async function throwIfLost(builder: Builder): Promise<void> {
    const found = await pool.collect(builder.ticket).catch(() => null);
    if (found === null || found.state === 'ready' || found.state === 'waiting') return;
    throw failure(
      'BuilderLost',
      `Resalloc says of builder ${builder.host} (ticket ${builder.ticket}): ${found.state}`,
      {
        retryable: false,
      },
    );
  }
}
