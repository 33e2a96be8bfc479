import { CancellationScope } from '@temporalio/workflow';
import type { Activities } from '../../contracts/activities.js';
import type { Builder, BuildFacts } from '../../contracts/build/build.js';
import type { BuilderTries } from '../../domain/build/builder-tries.js';
import { hostName } from '../../domain/build/machine.js';
import type { BuildProgress } from './build-progress.js';
import type { Compensations } from './compensations.js';

/** A suspect builder is exchanged at most this often: each exchange may cost the pool a machine. */
const MAX_EXCHANGES = 2;

/**
 * Chooses a builder for one attempt. A builder that failed recently is exchanged if the pool has another at hand.
 * Suspect builders are kept until the choice is made and then released, because a pool would hand out the same ones
 * again.
 */
export async function chooseBuilder(input: {
  readonly facts: BuildFacts;
  readonly activities: Activities;
  readonly progress: BuildProgress;
  readonly compensations: Compensations;
  readonly tries: BuilderTries;
}): Promise<Builder> {
  const { facts, activities, progress, tries } = input;
  const { after, failedOn } = tries;
  const sandboxed = tries.attempt === 1;
  const tickets: number[] = [];
  progress.enter('waitingForBuilder', { reason: 'builder', detail: facts.tags.join(', ') });
  const first = await activities.acquireBuilder({
    ...{ facts, sandboxed },
    ...(after === undefined ? {} : { after }),
    ...(failedOn.length === 0 ? {} : { failedOn }),
  });
  let { suspicion, ...builder } = first;
  takeTicket();
  if (suspicion === undefined) return builder;

  const disarm = input.compensations.add('release builders that were exchanged', releaseTickets);
  for (let left = MAX_EXCHANGES; suspicion !== undefined && left > 0; left -= 1) {
    const detail = `another one than ${hostName(builder)}: ${suspicion.why}`;
    progress.waitFor({ reason: 'builder', detail });
    const exchange = { facts, builder, suspicion, sandboxed, failedOn, isLast: left === 1 };
    const { builder: next, givenBack } = await activities.exchangeBuilder(exchange);
    if (givenBack !== null) tickets.push(givenBack);
    ({ suspicion, ...builder } = next);
    takeTicket();
  }
  // The build does not wait for it.
  input.compensations.begin('release builders that were exchanged', releaseTickets);
  disarm();
  return builder;

  function takeTicket(): void {
    tries.takeTicket(builder.ticket);
    progress.attempt(tries);
  }

  async function releaseTickets(): Promise<void> {
    await CancellationScope.nonCancellable(async () => {
      await Promise.all(
        tickets.splice(0).map((ticket) => activities.releaseBuilder({ facts, builder: null, ticket, stop: false })),
      );
    });
  }
}
