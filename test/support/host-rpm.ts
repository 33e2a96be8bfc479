import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { PROBE_KEY, PROBE_PACKAGES } from '../../src/adapters/rpm/probe-packages.js';
import { runCommand } from '../../src/adapters/process/run-command.js';

/** Capabilities of this host's rpm, found out by trying; tests assert the consequences. */
export type HostRpm = {
  /** `4.18.0` */
  readonly version: string;
  /** Knows the tag OPENPGP, and writes signatures into it: rpm 6. */
  readonly knowsOpenpgp: boolean;
  readonly takesSha1: boolean;
};

export async function hostRpm(): Promise<HostRpm> {
  const [version, tags, checked] = [
    await rpm('rpm', ['--version']),
    await rpm('rpm', ['--querytags']),
    await rpmSays(Buffer.from(gunzipSync(Buffer.from(PROBE_PACKAGES.sha1, 'base64'))), PROBE_KEY),
  ];
  return {
    version: /\d+\.\d+\.\d+/.exec(version)?.[0] ?? version,
    knowsOpenpgp: tags.split('\n').includes('OPENPGP'),
    takesSha1: checked.code === 0,
  };
}

/** Whether rpm accepts a key at all. */
export async function rpmTakesKey(armored: string): Promise<boolean> {
  return (await rpmSays(null, armored)).imported;
}

/** rpm's own verdict on a package, with only one key. */
async function rpmSays(
  bytes: Buffer | null,
  armored: string,
): Promise<{ readonly imported: boolean; readonly code: number | null }> {
  const directory = await mkdtemp(path.join(tmpdir(), 'copr-rpm-'));
  try {
    const database = path.join(directory, 'database');
    await mkdir(database);
    await writeFile(path.join(directory, 'key.asc'), armored);
    const define = ['--define', `_dbpath ${database}`];
    const key = path.join(directory, 'key.asc');
    const imported = await runCommand('rpmkeys', [...define, '--import', key], { timeoutMs: 30_000 });
    if (bytes === null) return { imported: imported.code === 0, code: null };
    const file = path.join(directory, 'package.rpm');
    await writeFile(file, bytes);
    const { code } = await runCommand('rpmkeys', [...define, '--define', '_pkgverify_level all', '-K', file], {
      timeoutMs: 30_000,
    });
    return { imported: imported.code === 0, code };
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function rpm(program: string, args: readonly string[]): Promise<string> {
  const { code, stdout, summary } = await runCommand(program, args, { timeoutMs: 30_000 });
  assert.equal(code, 0, summary);
  return stdout;
}
