import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../../src/adapters/process/run-command.js';

/** NSVCA and packages. */
type ReadModule = readonly [nsvca: string, rpms: readonly string[]];

/** The modules that libmodulemd reads from each of several modules.yaml, sorted. Fails if it refuses a document. */
export async function readEachModules(texts: readonly string[]): Promise<readonly (readonly ReadModule[])[]> {
  const read = (await readEach('read_modules.py', texts)) as ReadModule[][];
  return read.map((modules) => modules.sort());
}

/** The modules that libmodulemd reads from a modules.yaml, sorted. Fails if it refuses a document. */
export async function readModules(text: string): Promise<readonly ReadModule[]> {
  return (await readEachModules([text]))[0] ?? [];
}

/**
 * Names of the groups that libcomps, and dnf with it, reads from each of several comps files; null if it reads nothing.
 */
export async function readEachComps(
  files: readonly (Buffer | string)[],
): Promise<readonly (readonly string[] | null)[]> {
  return (await readEach('read_comps.py', files)) as (readonly string[] | null)[];
}

/**
 * True if the host's libcomps, and dnf with it, crashes on plain comps files: 0.1.21 with Python 3.13, as in Debian 13.
 * Nothing can be read with it there. Recognised by the versions, because it crashes on most runs but not on all.
 */
export async function compsReaderDies(): Promise<boolean> {
  const program = 'import importlib.metadata as m, sys; print(m.version("libcomps"), "%d.%d" % sys.version_info[:2])';
  const asked = await runCommand('/usr/bin/python3', ['-c', program], { timeoutMs: 30_000 });
  assert.equal(asked.code, 0, asked.summary);
  return asked.stdout.trim() === '0.1.21 3.13';
}

async function readEach(reader: string, contents: readonly (Buffer | string)[]): Promise<unknown> {
  const directory = await mkdtemp(path.join(tmpdir(), 'copr-test-reader-'));
  try {
    const files = contents.map((_, index) => path.join(directory, String(index)));
    for (const [index, file] of files.entries()) await writeFile(file, contents[index] ?? '');
    const program = fileURLToPath(new URL(`../fixtures/${reader}`, import.meta.url));
    // The system's own Python: others on PATH do not have the bindings of the system's libraries.
    const read = await runCommand('/usr/bin/python3', [program, ...files], { timeoutMs: 30_000 });
    assert.equal(read.code, 0, read.summary);
    return JSON.parse(read.stdout);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
