import assert from 'node:assert/strict';
import type { CommandResult } from '../../../src/adapters/process/run-command.js';
import { transferFailure } from '../../../src/adapters/rsync/transport.js';

const BUILDER = { host: 'builder.test', port: null, hostKey: 'ssh-ed25519 AAAA' };

function ended(code: number, stderr: string): CommandResult {
  return {
    ...{ command: 'rsync', code, signal: null, timedOut: false, canceled: false },
    stdout: '',
    stderr,
    summary: '',
  };
}

describe('transferFailure', () => {
  it('does not blame the builder for a disk that is full here', () => {
    const full =
      'rsync: [receiver] write failed on "/results/x": No space left on device (28)\n' +
      'rsync error: error in file IO (code 11) at receiver.c(657) [receiver=3.5.0]\n';
    const failure = transferFailure(BUILDER, ended(11, full));
    assert.equal(failure.code, 'StorageFailed');
    assert.equal(failure.retryable, true);
    assert.match(failure.message, /make room/);
  });

  it('does not believe a builder that only says so', () => {
    const claimed = 'rsync: [receiver] write failed on "/results/x": No space left on device (28)\n';
    assert.equal(transferFailure(BUILDER, ended(23, claimed)).code, 'DownloadFailed');
  });
});
