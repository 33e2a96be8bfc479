import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../../src/adapters/process/run-command.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SHOWN = 4000;

/** `npm run drill -- …` on this checkout, with the Temporal CLI of this run; of stderr the end. */
export async function runDrill(
  words: readonly string[],
  limits: { readonly timeoutMs: number },
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const cli = process.env['TEMPORAL_CLI'];
  const { code, stdout, stderr } = await runCommand(
    process.execPath,
    [join(ROOT, 'scripts/drill.mjs'), ...words, '--no-install'],
    {
      ...{ cwd: ROOT, env: cli === undefined ? {} : { TEMPORAL_CLI: cli } },
      ...{ timeoutMs: limits.timeoutMs, maxBytes: 16 * 1024 ** 2 },
    },
  );
  return { code, stdout, stderr: stderr.slice(-SHOWN) };
}
