import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { startResultsWeb } from '../../playground/results-web/server.js';
import { createGpgSigner } from '../../src/adapters/gpg/signer.js';
import { dnfInstall } from '../support/dnf-client.js';
import { givenDirectory } from '../support/given-directory.js';
import { PULP_START_MS } from '../support/given-pulp.js';
import { givenPulpIndexer, type GivenPulpIndexer } from '../support/given-pulp-indexer.js';
import { NOTHING } from '../support/given-repository.js';
import { givenRpms } from '../support/given-rpms.js';
import { startWebServer, WEB_SERVERS, type WebServer } from '../support/web-server.js';

const OWNER = '@group';
const CHROOT = 'fedora-42-x86_64';
const BUILD = '00000001-Hello';
const TRIED = '00000002-tried';

/** Packages are at a real Pulp alone; dnf knows nothing but the URL below `/results/`. */
describe('dnf with gpgcheck=1 installs from Pulp through the results tree', function () {
  this.timeout(PULP_START_MS);
  const dirname = `tools-${randomUUID()}`;
  const repository = { owner: OWNER, dirname, chroot: CHROOT };
  let root: Awaited<ReturnType<typeof givenDirectory>>;
  let destdir: string;
  let pulp: GivenPulpIndexer;
  const closing: (() => Promise<void>)[] = [];

  before(async () => {
    root = await givenDirectory();
    closing.push(() => root.remove());
    destdir = path.join(root.path, 'public_html/results');
    pulp = await givenPulpIndexer(destdir);
    closing.push(() => pulp.close());
    const signer = createGpgSigner({ home: path.join(root.path, 'keys'), signDomain: 'example.org' });
    closing.push(() => signer.close());
    const project = { owner: OWNER, project: dirname };
    await signer.ensureKey(project);
    const chrootDir = path.join(destdir, OWNER, dirname, CHROOT);
    for (const [build, name] of [
      [BUILD, 'Hello'],
      [TRIED, 'tried'],
    ] as const) {
      const place = path.join(chrootDir, build);
      await mkdir(place, { recursive: true });
      const names = await givenRpms(place, { name, summary: randomUUID(), version: '1.0~rc1+c++' });
      const files = names.map((file) => path.join(place, file));
      await signer.sign({ project, digest: 'sha256', files });
    }
    await pulp.indexer.publish(repository, { ...NOTHING, add: [BUILD] }, {});
    await pulp.indexer.publish(repository, { ...NOTHING, add: [TRIED], devel: true }, {});
    await writeFile(path.join(destdir, OWNER, dirname, 'pubkey.gpg'), await signer.publicKey(project));
    await hidePackages(chrootDir);
  });
  after(async () => {
    for (const close of closing.reverse()) await close();
  });

  /** As after a publication at Pulp: logs stay, packages do not. */
  async function hidePackages(chrootDir: string): Promise<void> {
    for (const file of await readdir(chrootDir, { recursive: true }))
      if (file.endsWith('.rpm')) await rm(path.join(chrootDir, file));
  }

  async function installsFrom(resultsUrl: string, name: string): Promise<void> {
    const url = `${resultsUrl}/${OWNER}/${dirname}`;
    for (const [below, wanted] of [
      ['', 'Hello'],
      ['devel/', 'tried'],
    ] as const) {
      const { code, stdout, stderr } = await dnfInstall(path.join(root.path, `dnf-${name}-${wanted}`), {
        ...{ baseurl: `${url}/${CHROOT}/${below}`, gpgkey: `${url}/pubkey.gpg`, wanted },
        options: { gpgcheck: '1' },
      });
      assert.equal(code, 0, `${stdout}\n${stderr}`);
      assert.match(stdout, new RegExp(`Installed:\\s+${wanted}-1\\.0~rc1\\+c\\+\\+-1\\.noarch`));
    }
    // The link of a build's page, for a name that Pulp keeps under another letter.
    const link = await fetch(`${url}/${CHROOT}/${BUILD}/Hello-1.0~rc1+c++-1.noarch.rpm`);
    assert.equal(link.status, 200);
    assert.equal(Buffer.from(await link.arrayBuffer()).readUInt32BE(0), 0xedabeedb);
  }

  for (const name of WEB_SERVERS)
    it(`at ${name}, with the file that is shipped for it`, async function () {
      const server: WebServer | null = await startWebServer(name, root.path, pulp.given.server.contentUrl);
      if (server === null) {
        process.stderr.write(`      ${name} is not on this machine: its file is not tried\n`);
        return this.skip();
      }
      try {
        await installsFrom(server.url, name);
      } finally {
        await server.stop();
      }
    });

  it("at the playground's server, for the projects that the redirect file names", async () => {
    const redirectFile = path.join(root.path, 'public_html/pulp-redirect.txt');
    const { contentUrl } = pulp.given.server;
    const web = await startResultsWeb({ port: 0, directory: destdir, pulp: { contentUrl, redirectFile } });
    const metadata = `${web.url}/${OWNER}/${dirname}/${CHROOT}/repodata/repomd.xml`;
    try {
      await writeFile(redirectFile, 'jdoe/other\n');
      assert.equal((await fetch(metadata)).status, 404);
      await writeFile(redirectFile, `jdoe/other\n${OWNER}/${dirname}\n`);
      await installsFrom(web.url.replace(/\/+$/, ''), 'playground');
    } finally {
      await web.close();
    }
  });
});
