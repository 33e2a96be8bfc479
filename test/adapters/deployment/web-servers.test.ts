import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { deployedFiles } from '../../../src/adapters/deployment/deployed-files.js';
import { findOnPath } from '../../support/find-on-path.js';
import { givenDirectory } from '../../support/given-directory.js';
import { freePorts } from '../../support/free-ports.js';

const CHROOT = 'results/@group/hello:pr:1/fedora-42-x86_64';

/** The program with the arguments that keep it in the foreground, and a configuration that includes ours. */
const SERVERS: Readonly<
  Record<
    string,
    { readonly args: (place: string) => readonly string[]; readonly text: (port: number, place: string) => string }
  >
> = {
  nginx: {
    args: (place) => ['-p', place, '-e', 'stderr', '-c', join(place, 'main.conf')],
    text: (port, place) => `daemon off; master_process off; pid ${place}/pid; error_log stderr;
      events { }
      http { access_log off; ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
        .map((name) => `${name}_temp_path ${place}/${name};`)
        .join(' ')}
        server { listen 127.0.0.1:${port}; include ${place}/ours.conf; } }\n`,
  },
  lighttpd: {
    args: (place) => ['-D', '-f', join(place, 'main.conf'), ...modulesOf(process.env['LIGHTTPD_MODULES'])],
    text: (port, place) =>
      `server.bind = "127.0.0.1"\nserver.port = ${port}\nserver.modules = ( )\ninclude "${place}/ours.conf"\n`,
  },
};

for (const [name, { args, text }] of Object.entries(SERVERS)) {
  /** A web server with our file, and a tree with what clients ask for and what they must not see. */
  describe(`the results tree at ${name}`, function () {
    this.timeout(60_000);
    let base: string;
    let server: ChildProcess | undefined;
    let remove = (): Promise<void> => Promise.resolve();

    before(async function () {
      const program = await findOnPath(name).catch(() => null);
      if (program === null) {
        process.stderr.write(`      ${name} is not on this machine: its file is not tried\n`);
        this.skip();
      }
      const directory = await givenDirectory();
      remove = () => directory.remove();
      await chmod(directory.path, 0o755);
      const place = join(directory.path, 'server');
      const { port } = await freePorts(['port']);
      const webRoot = join(directory.path, 'public_html');
      const facts = { node: '/usr/bin/node', stateDir: '/var/lib/x', logDir: '/var/log/x', obsSign: null, cron: false };
      const ours = deployedFiles({ ...facts, destdir: join(webRoot, 'results') });
      await write(join(place, 'ours.conf'), ours.find(({ path }) => path === `/etc/copr/web/${name}.conf`)?.text ?? '');
      await write(join(place, 'main.conf'), text(port, place));
      const tree = join(webRoot, CHROOT);
      await write(join(tree, 'repodata/repomd.xml'), '<repomd/>');
      await write(join(tree, '00000007-hello/builder-live.log'), 'it builds\n');
      await write(join(tree, '00000007-hello/backend.log.gz'), gzipSync('it was built\n'));
      await write(join(tree, '.staging/secret.log'), 'not yet\n');
      await write(join(tree, '.disable-appstream'), '');
      server = spawn(program, args(place), { stdio: ['ignore', 'ignore', 'inherit'] });
      base = `http://127.0.0.1:${port}/${CHROOT}`;
      for (const until = Date.now() + 20_000; ;) {
        const isUp = await fetch(base).then(Boolean, () => false);
        if (isUp) break;
        assert.ok(server.exitCode === null && Date.now() < until, `${name} does not answer`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    });

    after(async () => {
      if (server?.exitCode === null && server.kill()) await once(server, 'exit');
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
  });
}

/** lighttpd of an unpacked package does not find its own modules. */
function modulesOf(directory: string | undefined): readonly string[] {
  return directory === undefined ? [] : ['-m', directory];
}

async function write(file: string, content: string | Buffer): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
}
