import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../../src/adapters/process/run-command.js';

/** NSVCA and packages. */
type ReadModule = readonly [nsvca: string, rpms: readonly string[]];

/** What libmodulemd reads from each of some modules.yaml, sorted. Fails where it refuses a document. */
export async function readEachModules(texts: readonly string[]): Promise<readonly (readonly ReadModule[])[]> {
  const read = (await readEach('read_modules.py', texts)) as ReadModule[][];
  return read.map((modules) => modules.sort());
}

/** What libmodulemd reads from a modules.yaml, sorted. Fails where it refuses a document. */
export async function readModules(text: string): Promise<readonly ReadModule[]> {
  return (await readEachModules([text]))[0] ?? [];
}

/** Names of the groups that libcomps, and dnf with it, reads from each of some comps files; null where it reads nothing. */
export async function readEachComps(
  files: readonly (Buffer | string)[],
): Promise<readonly (readonly string[] | null)[]> {
  return (await readEach('read_comps.py', files)) as (readonly string[] | null)[];
}

/**
 * Whether libcomps of this host lists groups at all. That of Debian 13 (0.1.21 on Python 3.13) ends by SIGSEGV in a list
 * comprehension over them, as dnf has it, too; those of 12 and sid (0.1.24) do not.
 */
export async function libcompsReads(): Promise<boolean> {
  const group = '<comps><group><id>a</id><name>a</name><description>a</description></group></comps>';
  const program = 'import libcomps, sys; c = libcomps.Comps(); c.fromxml_str(sys.argv[1]); [g.name for g in c.groups]';
  const read = await runCommand('/usr/bin/python3', ['-c', program, group], { timeoutMs: 30_000 });
  return read.signal !== 'SIGSEGV';
}

async function readEach(reader: string, contents: readonly (Buffer | string)[]): Promise<unknown> {
  const directory = await mkdtemp(path.join(tmpdir(), 'copr-test-reader-'));
  try {
    const files = contents.map((_, index) => path.join(directory, String(index)));
    for (const [index, file] of files.entries()) await writeFile(file, contents[index] ?? '');
    const program = fileURLToPath(new URL(`../fixtures/${reader}`, import.meta.url));
    // The system's own Python: bindings of the system's libraries are not there for others on PATH.
    const read = await runCommand('/usr/bin/python3', [program, ...files], { timeoutMs: 30_000 });
    assert.equal(read.code, 0, read.summary);
    return JSON.parse(read.stdout);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
