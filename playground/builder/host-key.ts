import { existsSync, readFileSync } from 'node:fs';
import { runCommand } from '../../src/adapters/process/run-command.js';

/** The builder's own ed25519 key, generated on first use; returns the private key's text. */
export async function ensureHostKey(path: string): Promise<string> {
  if (!existsSync(path)) {
    const result = await runCommand(
      'ssh-keygen',
      ['-q', '-t', 'ed25519', '-N', '', '-C', 'copr playground builder', '-f', path],
      {
        timeoutMs: 30_000,
      },
    ).catch((error: unknown) => {
      throw new Error('ssh-keygen cannot be started; install the OpenSSH client', { cause: error });
    });
    if (result.code !== 0) throw new Error(result.summary);
  }
  return readFileSync(path, 'utf8');
}
