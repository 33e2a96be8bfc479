import assert from 'node:assert/strict';
import { CommandError, EXIT_STATUS, foreseenStatus } from '../../../src/cli/exit-status.js';
import { StarterFailure } from '../../../src/starters/starter-failure.js';

describe('the exit status of a refusal', () => {
  it('is what the command says', () => {
    assert.equal(foreseenStatus(new CommandError(EXIT_STATUS.usage, 'no task')), 2);
  });

  it('tells what a starter was refused', () => {
    const statuses = (['notFound', 'temporalUnreachable', 'configuration', 'noAnswer', 'alreadyEnded'] as const).map(
      (reason) => foreseenStatus(new StarterFailure(reason, 'refused')),
    );
    assert.deepEqual(statuses, [3, 4, 5, 1, 1]);
  });

  it('is open for an error that nobody foresaw', () => {
    assert.equal(foreseenStatus(new TypeError('x is undefined')), null);
  });
});
