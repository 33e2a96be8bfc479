import assert from 'node:assert/strict';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { RunningService } from '../../playground/loopback/http-service.js';
import { startResultsWeb } from '../../playground/results-web/server.js';
import { createCreaterepoIndexer } from '../../src/adapters/repository-store/repository-indexer.js';
import { createGpgSigner, type GpgSigner } from '../../src/adapters/gpg/signer.js';
import { createProjectTree } from '../../src/adapters/project-tree/project-tree.js';
import type { CommandResult } from '../../src/adapters/process/run-command.js';
import { repomdSigner } from '../../src/adapters/repository-store/signing/repomd-signer.js';
import { dnfInstall } from '../support/dnf-client.js';
import { givenDirectory } from '../support/given-directory.js';
import { NOTHING } from '../support/given-repository.js';
import { givenRpms } from '../support/given-rpms.js';

const PROJECT = { owner: '@group', project: 'tools' };
const REPOSITORY = { owner: '@group', dirname: 'tools', chroot: 'fedora-42-x86_64' };

/** Real dnf, over HTTP, that checks the signatures of packages and of the metadata, with nothing but the published key. */
describe('dnf with gpgcheck=1 and repo_gpgcheck=1', function () {
  this.timeout(300_000);
  let root: Awaited<ReturnType<typeof givenDirectory>>;
  let web: RunningService;
  let signer: GpgSigner;
  let clients = 0;

  before(async () => {
    root = await givenDirectory();
    signer = createGpgSigner({ home: path.join(root.path, 'keys'), signDomain: 'example.org' });
    const destdir = path.join(root.path, 'results');
    const build = path.join(destdir, '@group', 'tools', REPOSITORY.chroot, '00000001-hello');
    await mkdir(build, { recursive: true });
    await signer.ensureKey(PROJECT);
    const files = (await givenRpms(build, { name: 'hello' })).map((file) => path.join(build, file));
    await signer.sign({ project: PROJECT, digest: 'sha256', files });
    await writeFile(path.join(destdir, '@group', 'tools', 'pubkey.gpg'), await signer.publicKey(PROJECT));
    const resultsBaseurl = 'http://results.example';
    const indexer = createCreaterepoIndexer({ destdir, resultsBaseurl, graceHours: 0, sign: repomdSigner(signer) });
    await indexer.publish(REPOSITORY, { ...NOTHING, full: true }, {});
    web = await startResultsWeb({ port: 0, directory: root.path });
  });
  after(async () => {
    await web.close();
    await signer.close();
    await root.remove();
  });

  /** A copy of the results for `tamper` (its chroot directory), and what dnf makes of it. */
  async function install(tree: string, tamper: (chroot: string) => Promise<void>): Promise<CommandResult> {
    await cp(path.join(root.path, 'results'), path.join(root.path, tree), { recursive: true });
    await tamper(path.join(root.path, tree, '@group/tools', REPOSITORY.chroot));
    return installFrom(`${web.url}/${tree}/@group/tools`);
  }

  function installFrom(url: string): Promise<CommandResult> {
    return dnfInstall(path.join(root.path, `dnf-${(clients += 1)}`), {
      ...{ baseurl: `${url}/${REPOSITORY.chroot}/`, gpgkey: `${url}/pubkey.gpg`, wanted: 'hello' },
      options: { gpgcheck: '1', repo_gpgcheck: '1' },
    });
  }

  async function primaryOf(chroot: string): Promise<string> {
    const name = (await readdir(path.join(chroot, 'repodata'))).find((one) => one.endsWith('-primary.xml.gz'));
    return path.join(chroot, 'repodata', name ?? '');
  }

  async function refuses(what: string, why: RegExp, tamper: (chroot: string) => Promise<void>): Promise<void> {
    const { code, stdout, stderr } = await install(what, tamper);
    assert.notEqual(code, 0, stdout);
    assert.match(`${stdout}${stderr}`, why);
  }

  it('installs what is as it was published', async () => {
    const { code, stdout, stderr } = await install('untouched', () => Promise.resolve());
    assert.equal(code, 0, `${stdout}\n${stderr}`);
    assert.match(stdout, /Installed:\s+hello-1\.0-1\.noarch/);
  });

  it('installs by the old URL of a project that was renamed, with the key that lies there', async () => {
    const destdir = path.join(root.path, 'renamed');
    await cp(path.join(root.path, 'results'), destdir, { recursive: true });
    const destination = { owner: 'jdoe', project: 'world' };
    const projects = createProjectTree({ destdir });
    await projects.rename({ source: PROJECT, destination, action: 1, sign: false });
    const own = await startResultsWeb({ port: 0, directory: destdir });
    try {
      const { code, stdout, stderr } = await installFrom(`${own.url}/@group/tools`);
      assert.equal(code, 0, `${stdout}\n${stderr}`);
    } finally {
      await own.close();
    }
  });

  it('refuses a package with another byte', () =>
    refuses('package', /checksum doesn't match|No more mirrors|does not verify/i, async (chroot) => {
      const file = path.join(chroot, '00000001-hello', 'hello-1.0-1.noarch.rpm');
      const bytes = await readFile(file);
      bytes[bytes.length - 20] = (bytes.at(-20) ?? 0) ^ 0xff;
      await writeFile(file, bytes);
    }));

  it('refuses a package without a signature that the signed metadata names', () =>
    refuses('unsigned', /is not signed|GPG check FAILED/, async (chroot) => {
      await signer.unsign({ files: [path.join(chroot, '00000001-hello', 'hello-1.0-1.noarch.rpm')] });
      const destdir = path.join(root.path, 'unsigned');
      const indexer = createCreaterepoIndexer({
        ...{ destdir, resultsBaseurl: 'http://results.example', graceHours: 0, sign: repomdSigner(signer) },
      });
      await indexer.publish(REPOSITORY, { ...NOTHING, reread: true, doStat: true }, {});
    }));

  it('refuses a primary.xml.gz that says something else', () =>
    refuses('primary', /checksum|No more mirrors/i, async (chroot) => {
      const file = await primaryOf(chroot);
      const text = gunzipSync(await readFile(file)).toString();
      assert.ok(text.includes('<summary>A package</summary>'));
      await writeFile(file, gzipSync(text.replace('A package', 'A trojan!')));
    }));

  it('refuses a repomd.xml that was made to fit it', () =>
    refuses('repomd', /GPG verification|bad signature|gpg/i, async (chroot) => {
      const file = path.join(chroot, 'repodata', 'repomd.xml');
      await writeFile(file, (await readFile(file, 'utf8')).replace('<revision>', '<revision>9'));
    }));

  it('refuses metadata whose signature was stripped', () =>
    refuses('stripped', /repomd\.xml\.asc|GPG verification/i, (chroot) =>
      rm(path.join(chroot, 'repodata', 'repomd.xml.asc')),
    ));

  it('refuses metadata signed by the key of another project', () =>
    refuses('stranger', /GPG verification|bad signature|gpg/i, async (chroot) => {
      const stranger = { owner: 'eve', project: 'tools' };
      await signer.ensureKey(stranger);
      const repomd = path.join(chroot, 'repodata', 'repomd.xml');
      await writeFile(`${repomd}.asc`, await signer.signDetached(repomd, stranger));
    }));
});
