import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { RunningService } from '../../playground/loopback/http-service.js';
import { startResultsWeb } from '../../playground/results-web/server.js';
import { createCreaterepoIndexer } from '../../src/adapters/repository-store/repository-indexer.js';
import { createGpgSigner, type GpgSigner } from '../../src/adapters/gpg/signer.js';
import type { CommandResult } from '../../src/adapters/process/run-command.js';
import { dnfInstall } from '../support/dnf-client.js';
import { givenDirectory } from '../support/given-directory.js';
import { NOTHING } from '../support/given-repository.js';
import { givenRpms } from '../support/given-rpms.js';
import { hostRpm } from '../support/host-rpm.js';

const PROJECT = { owner: '@group', project: 'tools' };
const REPOSITORY = { owner: '@group', dirname: 'tools', chroot: 'fedora-42-x86_64' };

/** A host that stopped signing with sha1 leaves what it signed before. */
describe('a repository whose packages are signed with sha1 and with sha256', function () {
  this.timeout(300_000);
  let root: Awaited<ReturnType<typeof givenDirectory>>;
  let web: RunningService;
  let signer: GpgSigner;

  before(async () => {
    root = await givenDirectory();
    signer = createGpgSigner({ home: path.join(root.path, 'keys'), signDomain: 'example.org' });
    const destdir = path.join(root.path, 'results');
    await signer.ensureKey(PROJECT);
    for (const [name, build, digest] of [
      ['older', '00000001-older', 'sha1'],
      ['newer', '00000002-newer', 'sha256'],
    ] as const) {
      const directory = path.join(destdir, '@group', 'tools', REPOSITORY.chroot, build);
      await mkdir(directory, { recursive: true });
      const files = (await givenRpms(directory, { name })).map((file) => path.join(directory, file));
      await signer.sign({ project: PROJECT, digest, files });
    }
    await writeFile(path.join(destdir, '@group', 'tools', 'pubkey.gpg'), await signer.publicKey(PROJECT));
    const indexer = createCreaterepoIndexer({ destdir, resultsBaseurl: 'http://results.example', graceHours: 0 });
    await indexer.publish(REPOSITORY, { ...NOTHING, full: true }, {});
    web = await startResultsWeb({ port: 0, directory: destdir });
  });
  after(async () => {
    await web.close();
    await signer.close();
    await root.remove();
  });

  function install(wanted: string): Promise<CommandResult> {
    const url = `${web.url}/@group/tools`;
    return dnfInstall(path.join(root.path, `dnf-${wanted}`), {
      ...{ baseurl: `${url}/${REPOSITORY.chroot}/`, gpgkey: `${url}/pubkey.gpg`, wanted },
      options: { gpgcheck: '1' },
    });
  }

  it('is read by dnf: the package with sha256 is installed', async () => {
    const { code, stdout, stderr } = await install('newer');
    assert.equal(code, 0, `${stdout}\n${stderr}`);
    assert.match(stdout, /newer-1\.0-1\.noarch/);
  });

  it('keeps the package with sha1 for clients whose rpm takes that; for others it alone is refused', async () => {
    const { code, stdout, stderr } = await install('older');
    if ((await hostRpm()).takesSha1) assert.equal(code, 0, `${stdout}\n${stderr}`);
    else {
      assert.notEqual(code, 0, stdout);
      assert.match(`${stdout}${stderr}`, /older-1\.0-1\.noarch/);
    }
  });
});
