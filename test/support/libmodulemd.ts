import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../../src/adapters/process/run-command.js';

const READER = fileURLToPath(new URL('../fixtures/read_modules.py', import.meta.url));

/** NSVCA and packages. */
type ReadModule = readonly [nsvca: string, rpms: readonly string[]];

/** What libmodulemd reads from each of some modules.yaml, sorted. Fails where it refuses a document. */
export async function readEachModules(texts: readonly string[]): Promise<readonly (readonly ReadModule[])[]> {
  const directory = await mkdtemp(path.join(tmpdir(), 'copr-test-modules-'));
  try {
    const files = texts.map((_, index) => path.join(directory, `${index}.yaml`));
    for (const [index, file] of files.entries()) await writeFile(file, texts[index] ?? '');
    // The system's own Python: bindings of the system's libraries are not there for others on PATH.
    const read = await runCommand('/usr/bin/python3', [READER, ...files], { timeoutMs: 30_000 });
    assert.equal(read.code, 0, read.summary);
    return (JSON.parse(read.stdout) as ReadModule[][]).map((modules) => modules.sort());
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** What libmodulemd reads from a modules.yaml, sorted. Fails where it refuses a document. */
export async function readModules(text: string): Promise<readonly ReadModule[]> {
  return (await readEachModules([text]))[0] ?? [];
}
