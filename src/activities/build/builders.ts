import type { FollowActivities } from '../../contracts/activities.js';
import type { AcquiredBuilder, BuildFacts, HostSuspicion } from '../../contracts/build/build.js';
import { failureText } from '../../contracts/failures/failure-text.js';
import { parseTicketOutput } from '../../domain/build/ticket-output.js';
import type { HostMemory } from '../../ports/build/host-memory.js';
import { pause } from '../../backoff/pause.js';
import type { ActivityDependencies } from '../dependencies.js';
import { failure } from '../failure-mapping.js';
import { stopped, whyStopped, withHeartbeat } from '../heartbeat.js';
import { ownClaim, ownRun } from '../requester.js';

/**
 * Pauses between looks at a ticket: a ready builder is noticed at once, and a long wait costs little. Not `withBackoff`:
 * Resalloc answers each look, and a failed look is retried by the server.
 */
const LOOKS_MS = [100, 250, 500, 1000, 2000, 3000, 5000, 7000, 10_000];

type Dependencies = Pick<ActivityDependencies, 'pool' | 'hosts' | 'backendLog' | 'messages' | 'log'>;
type Remembered = { readonly ticket: number };

/** Takes a builder with a ticket, however long that takes. */
export function createBuilderActivities(deps: Dependencies): Pick<FollowActivities, 'acquireBuilder'> {
  const { pool, hosts, backendLog, messages } = deps;
  return {
    acquireBuilder: ({ facts, sandboxed, after, failedOn = [] }) =>
      withHeartbeat<Remembered, AcquiredBuilder>(deps, async ({ signal, remember, earlier }) => {
        const run = ownRun();
        const sandbox = sandboxed ? facts.sandbox : null;
        const ticket = earlier?.ticket ?? (await pool.take({ tags: facts.tags, sandbox, claim: ownClaim() }));
        if (earlier === undefined) {
          remember({ ticket });
          if (after !== undefined) {
            await backendLog.note(facts, [`The build moves to another builder: ${failureText(after)}`], 'WARNING');
          }
          await backendLog.note(facts, [`Waiting for a builder, ticket ${ticket}, tags: ${facts.tags.join(', ')}`]);
        }
        for (let look = 0; ; look += 1) {
          const found = await pool.collect(ticket);
          switch (found.state) {
            case 'ready': {
              const place = parseTicketOutput(found.output);
              if (place === null) {
                await pool.close(ticket);
                throw unusable(ticket, `says ${JSON.stringify(found.output.slice(0, 120))}, which names no builder`);
              }
              const port = place.port === null ? '' : ` port ${place.port}`;
              await backendLog.note(facts, [`Builder ${place.host}${port} (${place.name}), ticket ${ticket}`]);
              const builder = { ticket, ...place, hostKey: null };
              const suspicion = suspicionOf(hosts, { builder, facts, failedOn });
              if (suspicion === null) return builder;
              if (hosts.isWorthAsking(facts.tags)) return { ...builder, suspicion };
              const none = 'a moment ago there was no better one';
              await backendLog.note(facts, [`The builder is used although ${suspicion.why}: ${none}`], 'WARNING');
              return builder;
            }
            case 'closed':
              throw unusable(ticket, 'was closed by somebody else before a builder came');
            case 'failed':
              await pool.close(ticket);
              if (!found.hadBuilder) throw noSuchPool(ticket, facts.tags);
              throw unusable(ticket, 'failed before its builder could be used');
            case 'vanished':
              throw unusable(ticket, 'is not known to Resalloc any more');
            case 'waiting':
              if (look === 1) await messages.ticketTaken(run, { ticket, waiting: true });
          }
          await pause(LOOKS_MS[look] ?? 10_000, signal);
          if (signal.aborted) {
            await closeWhenNobodyOwnsIt(deps, ticket, run);
            throw stopped();
          }
        }
      }),
  };
}

/** The reason to avoid the machine; one that this very build has failed on is the last choice. */
export function suspicionOf(
  hosts: HostMemory,
  input: {
    readonly builder: AcquiredBuilder;
    readonly facts: BuildFacts;
    readonly failedOn: readonly string[];
  },
): HostSuspicion | null {
  if (!input.failedOn.includes(input.builder.name)) return hosts.suspicion(input.builder, input.facts);
  return { why: 'this build has failed on it before', until: '9999-12-31T23:59:59.999Z' };
}

/**
 * A cancel ends the wait and the ticket; on a shutdown, or if the next attempt has taken over, the ticket is left
 * alone.
 */
export async function closeWhenNobodyOwnsIt(
  { pool, messages, log }: Pick<Dependencies, 'pool' | 'messages' | 'log'>,
  ticket: number,
  run: { readonly workflowId: string; readonly runId: string },
): Promise<void> {
  try {
    if (whyStopped() !== 'canceled' && (await messages.isOpen(run.workflowId, run.runId))) return;
    await pool.close(ticket);
  } catch (error) {
    log.warn({ ticket, error: String(error) }, 'a ticket could not be closed');
  }
}

function noSuchPool(ticket: number, tags: readonly string[]): Error {
  const message = `ticket ${ticket} failed without a builder: no pool of Resalloc offers all of ${tags.join(', ')}`;
  return failure('NoSuchPool', message);
}

function unusable(ticket: number, why: string): Error {
  return failure('TicketUnusable', `ticket ${ticket} ${why}`);
}
