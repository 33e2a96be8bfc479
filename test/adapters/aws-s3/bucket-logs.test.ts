import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { startFrontendServer, type FrontendServer } from '../frontend-http/frontend-server.js';
import { givenDirectory } from '../../support/given-directory.js';
import { KEYS, REGION, startS3Server, type S3Server } from '../../support/s3-server.js';
import { fixture, ROOT } from '../../support/worker-process.js';

const FIELDS = '#Fields: date time cs-uri-stem sc-status cs(User-Agent) x-host-header';
const HOST = 'cdn.example';

function log(...lines: readonly string[]): Buffer {
  return gzipSync(['#Version: 1.0', FIELDS, ...lines, ''].join('\n'));
}
const hit = (host = HOST): string =>
  `2026-11-29\t12:00:00\t/results/jdoe/hello/f-1-x/repodata/repomd.xml\t200\tdnf\t${host}`;

describe('copr-aws-s3-hitcounter, with a bucket that checks signatures', function () {
  this.timeout(120_000);
  let bucket: S3Server;
  let frontend: FrontendServer;
  let root: Awaited<ReturnType<typeof givenDirectory>>;
  let config = '';

  beforeEach(async () => {
    root = await givenDirectory();
    [bucket, frontend] = [await startS3Server('logs'), await startFrontendServer()];
    frontend.answer = (_request, response) => void response.writeHead(201).end('"OK"');
    config = path.join(root.path, 'copr-be.conf');
    const keys = [`destdir=${root.path}`, `log_dir=${root.path}`, `frontend_base_url=${frontend.url}`];
    await writeFile(config, `[backend]\n${keys.join('\n')}\nfrontend_auth=secret\n`);
  });
  afterEach(async () => {
    await bucket.stop();
    await frontend.stop();
    await root.remove();
  });

  /** Starts a round; `secret`: another key than the bucket knows. */
  function start(
    secret: string = KEYS.secretAccessKey,
    ...more: readonly string[]
  ): { readonly child: ChildProcess; readonly said: () => string } {
    const words = ['--config', config, '--bucket', 'logs', '--prefix', 'cloudwatch/', '--endpoint', bucket.url];
    const program = [...fixture('maintenance-program.ts'), 'copr-aws-s3-hitcounter'];
    const args = [...program, ...words, '--cdn-hostname', HOST, '--delete-counted', '--verbose', ...more];
    const child = spawn(process.execPath, args, {
      cwd: ROOT,
      env: { ...process.env, AWS_REGION: REGION, AWS_ACCESS_KEY_ID: KEYS.accessKeyId, AWS_SECRET_ACCESS_KEY: secret },
    });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    return { child, said: () => said };
  }

  async function round(
    secret?: string,
    ...more: readonly string[]
  ): Promise<{ readonly code: number | null; readonly said: string }> {
    const { child, said } = start(secret, ...more);
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, said: said() };
  }

  it('counts and deletes every log of ours, and leaves what is not', async () => {
    bucket.objects.set('cloudwatch/a.gz', log(hit(), hit()));
    bucket.objects.set('cloudwatch/b.gz', log(hit()));
    bucket.objects.set('cloudwatch/c.gz', log());
    bucket.objects.set('cloudwatch/foreign.gz', log(hit(), hit('other.example')));
    bucket.objects.set('other/a.gz', log(hit()));
    const { code, said } = await round();
    assert.equal(code, 1, 'the foreign log is named');
    assert.match(said, /foreign\.gz is a log of other\.example too, which is not ours/);
    const key = 'chroot_repo_metadata_dl_stat|jdoe|hello|f-1-x';
    const bodies = frontend.seen.map(({ body }) => (body as { readonly hits: unknown }).hits);
    assert.deepEqual(bodies, [{ [key]: 2 }, { [key]: 1 }]);
    assert.deepEqual([...bucket.objects.keys()], ['cloudwatch/foreign.gz', 'other/a.gz']);
    assert.ok(!bucket.seen.includes('refused'));
  });

  it('says with --dry-run what it would count, and sends, deletes and remembers nothing', async () => {
    bucket.objects.set('cloudwatch/a.gz', log(hit(), hit()));
    const dry = await round(undefined, '--dry-run');
    assert.equal(dry.code, 0, dry.said);
    assert.match(dry.said, /^2 hits .* would be counted$/m);
    assert.equal(frontend.seen.length, 0);
    assert.deepEqual(
      bucket.seen.filter((request) => request.startsWith('DELETE')),
      [],
    );
    assert.equal((await round()).code, 0);
    assert.equal(frontend.seen.length, 1, 'the dry run has not counted it');
    assert.equal(bucket.objects.size, 0);
  });

  it('counts a log once although it is killed before the bucket has deleted it', async () => {
    bucket.objects.set('cloudwatch/a.gz', log(hit()));
    const first = start();
    const ended = once(first.child, 'close');
    bucket.onDelete = async () => {
      first.child.kill('SIGKILL');
      bucket.onDelete = () => undefined;
      await ended;
      return 'refused' as const;
    };
    await ended;
    assert.equal(frontend.seen.length, 1);
    assert.equal((await round()).code, 0);
    assert.equal(frontend.seen.length, 1, 'not counted again');
    assert.equal(bucket.objects.has('cloudwatch/a.gz'), false);
  });

  it('says so if the bucket refuses its signature, and counts nothing', async () => {
    bucket.objects.set('cloudwatch/a.gz', log(hit()));
    const { code, said } = await round('another secret');
    assert.equal(code, 1);
    assert.match(said, /s3:\/\/logs\/cloudwatch\/ cannot be listed: SignatureDoesNotMatch/);
    assert.equal(frontend.seen.length, 0);
  });
});
