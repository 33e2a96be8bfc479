import type { ExchangedBuilder, FollowActivities } from '../../contracts/activities.js';
import type { AcquiredBuilder } from '../../contracts/build/build.js';
import { hostName } from '../../domain/build/machine.js';
import { parseTicketOutput, type TicketOutput } from '../../domain/build/ticket-output.js';
import { pause } from '../../backoff/pause.js';
import { PortFailure } from '../../ports/port-failure.js';
import { closeWhenNobodyOwnsIt, suspicionOf } from './builders.js';
import type { ActivityDependencies } from '../dependencies.js';
import { stopped, withHeartbeat } from '../heartbeat.js';
import { ownClaim, ownRun } from '../requester.js';

/** A free machine is assigned at once; a longer wait means waiting for one to start, or for another build's end. */
const LOOKS_MS = [100, 250, 500, 1000, 1500, 1500];

type Dependencies = Pick<ActivityDependencies, 'pool' | 'hosts' | 'backendLog' | 'messages' | 'log'>;
type Remembered = { readonly ticket: number };

/** Takes another builder in place of one that failed recently, if the pool has one at hand. */
export function createBuilderExchange(deps: Dependencies): Pick<FollowActivities, 'exchangeBuilder'> {
  const { pool, hosts, backendLog, log } = deps;
  return {
    exchangeBuilder: ({ facts, builder, suspicion, sandboxed, failedOn, isLast }) =>
      withHeartbeat<Remembered, ExchangedBuilder>(deps, async ({ signal, remember, earlier }) => {
        const run = ownRun();
        const sandbox = sandboxed ? facts.sandbox : null;
        const ticket = earlier?.ticket ?? (await takeIfPossible({ tags: facts.tags, sandbox, claim: ownClaim() }));
        if (ticket !== null && earlier === undefined) remember({ ticket });
        const place = ticket === null ? null : await lookAtOnce(ticket, signal);
        if (signal.aborted) {
          if (ticket !== null) await closeWhenNobodyOwnsIt(deps, ticket, run);
          throw stopped();
        }
        const here = hostName(builder);
        if (ticket === null || place === null) {
          hosts.noOther(facts.tags);
          await backendLog.note(
            facts,
            [`No other builder is free: ${here} is used although ${suspicion.why}`],
            'WARNING',
          );
          return { builder, givenBack: ticket };
        }
        const other: AcquiredBuilder = { ticket, ...place, hostKey: null };
        const there = `${hostName(other)} (${other.name}), ticket ${ticket}`;
        const against = suspicionOf(hosts, { builder: other, facts, failedOn });
        if (against === null) {
          const why = `Builder ${here} is given back, for ${suspicion.why}`;
          await backendLog.note(facts, [`${why}; the build goes to builder ${there}`], 'WARNING');
          return { builder: other, givenBack: builder.ticket };
        }
        const [better, worse, why] =
          against.until < suspicion.until ? [other, builder, against] : ([builder, other, suspicion] as const);
        if (isLast) {
          hosts.noOther(facts.tags);
          const line = `All builders at hand failed lately: ${hostName(better)} is used although ${why.why}`;
          await backendLog.note(facts, [line], 'WARNING');
          return { builder: better, givenBack: worse.ticket };
        }
        await backendLog.note(facts, [`Builder ${there}, is not better than ${here}: ${against.why}`], 'WARNING');
        return { builder: { ...better, suspicion: why }, givenBack: worse.ticket };
      }),
  };

  /** A builder is already at hand, so trouble with Resalloc does not justify waiting for another one. */
  async function takeIfPossible(request: Parameters<typeof pool.take>[0]): Promise<number | null> {
    try {
      return await pool.take(request);
    } catch (error) {
      if (!(error instanceof PortFailure)) throw error;
      log.warn({ error: error.message }, 'no other builder could be asked for');
      return null;
    }
  }

  /** Null if the pool has no machine at hand, or none that could be used. */
  async function lookAtOnce(ticket: number, signal: AbortSignal): Promise<TicketOutput | null> {
    for (let look = 0; !signal.aborted; look += 1) {
      const found = await pool.collect(ticket).catch((error: unknown) => {
        if (error instanceof PortFailure) return null;
        throw error;
      });
      if (found?.state === 'ready') return parseTicketOutput(found.output);
      const wait = LOOKS_MS[look];
      if (wait === undefined || (found !== null && found.state !== 'waiting')) return null;
      await pause(wait, signal);
    }
    return null;
  }
}
