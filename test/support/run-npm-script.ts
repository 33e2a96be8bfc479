import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand, type CommandResult } from '../../src/adapters/process/run-command.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const MAX_BYTES = 16 * 1024 ** 2;

/** `npm run NAME -- WORDS` on this checkout, with the Temporal CLI of this run and without installing anything. */
export function runNpmScript(
  name: 'bench' | 'drill',
  words: readonly string[],
  limits: { readonly timeoutMs: number },
): Promise<CommandResult> {
  const cli = process.env['TEMPORAL_CLI'];
  return runCommand(process.execPath, [join(ROOT, `scripts/${name}.mjs`), ...words, '--no-install'], {
    ...{ cwd: ROOT, env: cli === undefined ? {} : { TEMPORAL_CLI: cli } },
    ...{ timeoutMs: limits.timeoutMs, maxBytes: MAX_BYTES },
  });
}
