import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findPrograms, type OptionalPrograms } from '../../../src/workers/find-programs.js';
import type { Role } from '../../../src/domain/service/roles.js';

const ALL = ['flock', 'ssh', 'rsync', 'createrepo_c', 'modifyrepo_c', 'rpm', 'rpmkeys', 'rpmsign', 'gpg'];
const CONFIG = { doSign: true, awsCloudfrontDistribution: null };

describe('findPrograms', () => {
  let bin: string;
  let warnings: { readonly program?: string; readonly why?: string }[];
  const searched = process.env['PATH'];

  beforeEach(() => {
    bin = mkdtempSync(path.join(tmpdir(), 'programs-'));
    process.env['PATH'] = bin;
    warnings = [];
  });
  afterEach(() => {
    process.env['PATH'] = searched;
    rmSync(bin, { recursive: true });
  });

  function install(programs: readonly string[]): void {
    for (const program of programs) writeFileSync(path.join(bin, program), '', { mode: 0o755 });
    if (programs.includes('createrepo_c')) installCreaterepo('1.2.5');
  }

  function installCreaterepo(version: string): void {
    const says = `#!/bin/sh\necho 'Version: ${version} (Features: )'\n`;
    writeFileSync(path.join(bin, 'createrepo_c'), says, { mode: 0o755 });
  }

  const find = (role: Role, config: Partial<Parameters<typeof findPrograms>[0]['config']> = {}) =>
    findPrograms({
      ...{ role, config: { ...CONFIG, ...config } },
      log: { warn: (facts: object) => void warnings.push(facts) },
    });
  const NOTHING: OptionalPrograms = { appstreamBuilder: null, aws: null };

  it('keeps the paths of optional programs', async () => {
    install([...ALL, 'appstream-builder', 'aws', 'zstd']);
    assert.deepEqual(await find('all', { awsCloudfrontDistribution: 'E1' }), {
      appstreamBuilder: path.join(bin, 'appstream-builder'),
      aws: path.join(bin, 'aws'),
    });
    assert.deepEqual(warnings, []);
  });

  it('says which optional programs are absent, where something would run them', async () => {
    install(ALL);
    assert.deepEqual(await find('all', { awsCloudfrontDistribution: 'E1' }), NOTHING);
    assert.deepEqual(
      warnings.map(({ program }) => program),
      ['appstream-builder', 'aws', 'zstd'],
    );
    warnings.length = 0;
    install(['zstd']);
    assert.deepEqual(await find('build'), NOTHING);
    assert.deepEqual(await find('poller'), NOTHING);
    assert.deepEqual(warnings, []);
  });

  it('says why a createrepo_c is used without its --update, to who publishes, and starts', async () => {
    install([...ALL, 'appstream-builder', 'aws', 'zstd']);
    for (const version of ['0.17.3', '0.20.0']) {
      installCreaterepo(version);
      await find('storage');
      const [warning] = warnings.splice(0);
      assert.equal(warning?.program, 'createrepo_c');
      assert.match(warning.why ?? '', new RegExp(`createrepo_c ${version} escapes every "&"`));
    }
    await find('build');
    for (const version of ['0.20.1', '0.21', '1.0.0']) {
      installCreaterepo(version);
      await find('storage');
    }
    assert.deepEqual(warnings, []);
    installCreaterepo('of my own');
    await find('storage');
    assert.match(String(warnings.map(({ why }) => why)), /does not say its version/);
  });

  it('does not start without what its role must run, and names all of it', async () => {
    install(['ssh', 'flock']);
    mkdirSync(path.join(bin, 'rsync'));
    await assert.rejects(find('all'), (error: Error) => {
      const absent = error.message.split('; ').map((line) => line.split(' ')[0]);
      assert.equal(error.name, 'StartRefused');
      assert.deepEqual(absent.toSorted(), ALL.filter((program) => !['ssh', 'flock'].includes(program)).toSorted());
      return true;
    });
    await find('poller');
  });

  it('needs no programs of signing where nothing is signed', async () => {
    install(['ssh', 'flock', 'rsync']);
    assert.deepEqual(await find('build', { doSign: false }), NOTHING);
    await assert.rejects(find('build'), /rpmsign was not found on PATH: install rpm-sign/);
  });
});
