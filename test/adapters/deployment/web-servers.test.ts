import assert from 'node:assert/strict';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { givenDirectory } from '../../support/given-directory.js';
import { startWebServer, WEB_SERVERS, writeDeep, type WebServer } from '../../support/web-server.js';

const CHROOT = '@group/hello:pr:1/fedora-42-x86_64';
const PULP = 'https://pulp.example/pulp/content';

for (const name of WEB_SERVERS) {
  /** A web server with our file, and a tree with what clients ask for and what they must not see. */
  describe(`the results tree at ${name}`, function () {
    this.timeout(60_000);
    let base: string;
    let server: WebServer | null = null;
    let remove = (): Promise<void> => Promise.resolve();

    before(async function () {
      const directory = await givenDirectory();
      remove = () => directory.remove();
      const tree = join(directory.path, 'public_html/results', CHROOT);
      await writeDeep(join(tree, 'repodata/repomd.xml'), '<repomd/>');
      await writeDeep(join(tree, '00000007-hello/builder-live.log'), 'it builds\n');
      await writeDeep(join(tree, '00000007-hello/backend.log.gz'), gzipSync('it was built\n'));
      await writeDeep(join(tree, '00000007-hello/here.rpm'), 'here');
      await writeDeep(join(tree, '.staging/secret.log'), 'not yet\n');
      await writeDeep(join(tree, '.disable-appstream'), '');
      server = await startWebServer(name, directory.path, PULP);
      if (server === null) {
        process.stderr.write(`      ${name} is not on this machine: its file is not tried\n`);
        this.skip();
      }
      base = `${server.url}/${CHROOT}`;
    });

    after(async () => {
      await server?.stop();
      await remove();
    });

    it('lists directories, but nothing that begins with a dot', async () => {
      const listing = await (await fetch(`${base}/`)).text();
      assert.match(listing, /00000007-hello/);
      assert.doesNotMatch(listing, /\.staging|\.disable-appstream/);
    });

    it('gives nobody what is staged', async () => {
      for (const hidden of ['.staging/', '.staging/secret.log', '%2estaging/secret.log', '.disable-appstream'])
        assert.ok([403, 404].includes((await fetch(`${base}/${hidden}`)).status), hidden);
    });

    it('shows a log under its old name when it has been compressed, and one that still grows', async () => {
      for (const [file, content] of [
        ['backend.log', 'it was built\n'],
        ['backend.log.gz', 'it was built\n'],
        ['builder-live.log', 'it builds\n'],
      ] as const) {
        const answer = await fetch(`${base}/00000007-hello/${file}`);
        assert.equal(answer.status, 200, file);
        assert.equal(await answer.text(), content, file);
        assert.match(answer.headers.get('content-type') ?? '', /^text\/plain/, file);
      }
      assert.equal((await fetch(`${base}/00000007-hello/none.log`)).status, 404);
    });

    it('lets nobody keep repomd.xml, or a log that grows', async () => {
      for (const file of ['repodata/repomd.xml', '00000007-hello/builder-live.log'])
        assert.equal((await fetch(`${base}/${file}`)).headers.get('cache-control'), 'no-cache', file);
    });

    it('sends clients to Pulp for packages and metadata that are not here', async () => {
      const root = '@group/hello:pr:1/fedora-42-x86_64';
      for (const [asked, found] of [
        ['Packages/h/hello-1.0~rc1-1.noarch.rpm', `${root}/Packages/h/hello-1.0~rc1-1.noarch.rpm`],
        ['00000007-hello/hello-1.0-1.noarch.rpm', `${root}/Packages/h/hello-1.0-1.noarch.rpm`],
        ['00000007-hello/QTools-c++-1.0-1.noarch.rpm', `${root}/Packages/q/QTools-c++-1.0-1.noarch.rpm`],
        ['00000007-hello/0ad-1.0-1.noarch.rpm', `${root}/Packages/0/0ad-1.0-1.noarch.rpm`],
        ['devel/repodata/repomd.xml', `${root}-devel/repodata/repomd.xml`],
        ['devel/Packages/h/hello-1.0-1.noarch.rpm', `${root}-devel/Packages/h/hello-1.0-1.noarch.rpm`],
        ['repodata/0a1b-primary.xml.gz', `${root}/repodata/0a1b-primary.xml.gz`],
        ['repodata/0a1b-modules.yaml.gz', `${root}/repodata/0a1b-modules.yaml.gz`],
      ] as const) {
        const answer = await fetch(`${base}/${asked}`, { redirect: 'manual' });
        const sentTo = decodeURIComponent(answer.headers.get('location') ?? '');
        assert.deepEqual([answer.status, sentTo], [302, `${PULP}/${found}`], asked);
      }
      assert.equal(await (await fetch(`${base}/00000007-hello/here.rpm`)).text(), 'here');
    });

    it('sends nobody to Pulp for anything else', async () => {
      for (const other of ['00000007-hello/none.log', 'none.txt', '00000008-none/', '.staging/x.rpm', '../x.rpm']) {
        const answer = await fetch(`${base}/${other}`, { redirect: 'manual' });
        assert.ok(answer.status >= 300, other);
        assert.ok(!answer.headers.get('location')?.startsWith(PULP), other);
      }
    });
  });
}
