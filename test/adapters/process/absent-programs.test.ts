import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createCloudfront } from '../../../src/adapters/cloudfront/content-network.js';
import { createGpgSigner } from '../../../src/adapters/gpg/signer.js';
import { createKeygen } from '../../../src/adapters/obs-sign/keygen.js';
import { createObsSigner } from '../../../src/adapters/obs-sign/signer.js';
import { withPublisherLock } from '../../../src/adapters/repository-store/publication/publisher-lock.js';
import { createCreaterepoIndexer } from '../../../src/adapters/repository-store/repository-indexer.js';
import { createTreePaths } from '../../../src/adapters/file-tree/paths.js';
import { createRsync } from '../../../src/adapters/rsync/download.js';
import { createSshSettings } from '../../../src/adapters/ssh/settings.js';
import type { PortFailure } from '../../../src/ports/port-failure.js';
import { findOnPath } from '../../support/find-on-path.js';
import { NOTHING, REPOSITORY } from '../../support/given-repository.js';
import { refusalOf } from '../../support/rejection.js';
import { keygen } from '../ssh/open-ssh-server.js';

const PROJECT = { owner: 'jdoe', project: 'hello' };

/**
 * On PATH lie files of the programs' names that nobody may run: `spawn` answers EACCES for a program that is nowhere, as it
 * does where a directory on PATH cannot be searched.
 */
describe('a program that is not installed, where spawn says EACCES', () => {
  let root: string;
  let destdir: string;
  const searched = process.env['PATH'];

  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'absent-'));
    destdir = path.join(root, 'results');
    await mkdir(destdir);
  });
  afterEach(async () => {
    process.env['PATH'] = searched;
    await rm(root, { recursive: true, force: true });
  });

  /** PATH has these programs, and the absent one's name on a file that cannot be run. */
  async function without(absent: string, there: readonly string[] = []): Promise<void> {
    const bin = path.join(root, 'bin');
    await mkdir(bin);
    for (const name of there) await symlink(await findOnPath(name), path.join(bin, name));
    await writeFile(path.join(bin, absent), '', { mode: 0o644 });
    process.env['PATH'] = bin;
  }

  function says(refusal: PortFailure, code: string, text: string): void {
    assert.deepEqual([refusal.code, refusal.retryable], [code, true]);
    assert.ok(refusal.message.includes(text), refusal.message);
  }

  async function sshConfig(): Promise<string> {
    await keygen(path.join(root, 'key'), 'ed25519');
    const file = path.join(root, 'config');
    await writeFile(file, `IdentityFile ${path.join(root, 'key')}\n`);
    return file;
  }

  it('createrepo_c', async () => {
    await without('createrepo_c', ['flock', 'cat']);
    const indexer = createCreaterepoIndexer({ destdir, resultsBaseurl: 'http://results.example', graceHours: 0 });
    const refusal = await refusalOf(indexer.publish(REPOSITORY, { ...NOTHING, full: true }, {}));
    says(refusal, 'RepositoryFailed', 'createrepo_c was not found on PATH: install createrepo_c');
  });

  it('flock', async () => {
    await without('flock');
    const locked = withPublisherLock(createTreePaths(destdir), REPOSITORY, {}, () => Promise.resolve());
    says(await refusalOf(locked), 'RepositoryFailed', 'flock was not found on PATH: install util-linux');
  });

  it('ssh', async () => {
    const read = createSshSettings({ configFile: await sshConfig(), user: 'mockbuilder' });
    await without('ssh');
    const refusal = await refusalOf(read({ host: '127.0.0.1', port: null }));
    says(refusal, 'ConfigurationInvalid', 'ssh was not found on PATH: install openssh-clients');
  });

  it('rsync', async () => {
    const sync = createRsync({
      configFile: await sshConfig(),
      user: 'mockbuilder',
      stateDir: path.join(root, 'state'),
    });
    await without('rsync', ['ssh']);
    const download = sync.download({
      from: { host: '127.0.0.1', port: 1, hostKey: 'ssh-ed25519 AAAA' },
      ...{ source: '/x', destination: path.join(root, 'to'), logFile: path.join(root, 'log'), maxBytes: 1 },
    });
    says(await refusalOf(download), 'ConfigurationInvalid', 'rsync was not found on PATH: install rsync');
  });

  it('gpg', async () => {
    await without('gpg');
    const signer = createGpgSigner({ home: path.join(root, 'keys'), signDomain: 'example.org' });
    const refusal = await refusalOf(signer.ensureKey(PROJECT));
    says(refusal, 'SignerUnavailable', 'gpg was not found on PATH: install gnupg');
  });

  it('sign', async () => {
    await without('sign');
    const program = path.join(root, 'bin', 'sign');
    const signer = createObsSigner({
      ...{ program, keygen: createKeygen({ host: '127.0.0.1:1' }), signDomain: 'example.org' },
      ...{ scratch: path.join(root, 'scratch'), parallel: 1 },
    });
    const refusal = await refusalOf(signer.publicKey(PROJECT));
    says(refusal, 'SignerUnavailable', `${program} could not be started: EACCES; is sign_command right`);
  });

  it('aws', async () => {
    const distribution = { distribution: 'E1', resultsBaseurl: 'http://results.example/results' };
    const gone = await createCloudfront({ ...distribution, program: null }).purge(REPOSITORY);
    assert.equal(gone?.message, 'aws was not installed when this worker started');
    await without('aws');
    const program = path.join(root, 'bin', 'aws');
    const locked = await createCloudfront({ ...distribution, program }).purge(REPOSITORY);
    assert.deepEqual(locked, { code: 'ContentNetworkFailed', message: `${program} could not be started: EACCES` });
  });
});
