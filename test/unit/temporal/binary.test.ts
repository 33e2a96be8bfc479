import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { cachedBinaryPath, findTemporalHere, isOlder } from '../../../temporal/binary.js';

describe('isOlder', () => {
  it('compares numbers, not letters', () => {
    assert.equal(isOlder('1.4.0', '1.4.0'), false);
    assert.equal(isOlder('1.10.0', '1.4.0'), false);
    assert.equal(isOlder('1.3.9', '1.4.0'), true);
    assert.equal(isOlder('0.99.0', '1.4.0'), true);
  });
});

describe('findTemporalHere', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'copr-temporal-'));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  function place(path: string, version: string): string {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `#!/bin/sh\necho 'temporal version ${version} (Server 1.0.0)'\n`, { mode: 0o755 });
    return path;
  }

  function surroundings(changes: NodeJS.ProcessEnv = {}): { readonly env: NodeJS.ProcessEnv } {
    return { env: { PATH: join(directory, 'bin'), XDG_CACHE_HOME: join(directory, 'cache'), ...changes } };
  }

  it('is null where there is none', async () => {
    assert.equal(await findTemporalHere(surroundings()), null);
  });

  it('prefers the one that was named, then PATH, then the cache', async () => {
    const cached = place(cachedBinaryPath(surroundings().env), '1.9.1');
    assert.equal((await findTemporalHere(surroundings()))?.path, cached);
    const onPath = place(join(directory, 'bin', 'temporal'), '1.5.0');
    assert.deepEqual(await findTemporalHere(surroundings()), { path: onPath, version: '1.5.0' });
    const named = place(join(directory, 'mine'), '1.4.0');
    assert.equal((await findTemporalHere(surroundings({ TEMPORAL_CLI: named })))?.path, named);
  });

  it('passes over one on PATH that is too old, and says so', async () => {
    place(join(directory, 'bin', 'temporal'), '1.3.0');
    const said: string[] = [];
    assert.equal(await findTemporalHere({ ...surroundings(), say: (line) => said.push(line) }), null);
    assert.match(said.join('\n'), /1\.3\.0 is older than 1\.4\.0/);
  });

  it('refuses a named one that does not run or is too old', async () => {
    await assert.rejects(findTemporalHere(surroundings({ TEMPORAL_CLI: join(directory, 'absent') })), /TEMPORAL_CLI/);
    const old = place(join(directory, 'old'), '1.0.0');
    await assert.rejects(findTemporalHere(surroundings({ TEMPORAL_CLI: old })), /older/);
  });
});
