import assert from 'node:assert/strict';
import { requireTaskReference } from '../../../../src/cli/build/task-argument.js';
import { CommandError, EXIT_STATUS } from '../../../../src/cli/exit-status.js';

describe('requireTaskReference', () => {
  it('ends the command with the status for wrong usage and examples', () => {
    assert.throws(
      () => requireTaskReference('hello'),
      (error) =>
        error instanceof CommandError && error.exitStatus === EXIT_STATUS.usage && error.message.includes('action/7'),
    );
  });
});
