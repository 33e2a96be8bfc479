import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The result of `npm run mutate -- WORDS`. */
export async function runMutate(
  words: readonly string[],
): Promise<{ readonly exitCode: number | undefined; readonly stdout: string; readonly stderr: string }> {
  const { exitCode, stdout, stderr } = await execa('node', ['scripts/mutate.mjs', ...words], {
    cwd: ROOT,
    reject: false,
    extendEnv: true,
  });
  return { exitCode, stdout, stderr };
}
