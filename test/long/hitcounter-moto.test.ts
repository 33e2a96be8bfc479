import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { CreateBucketCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { pythonPackages } from '../../bench/repo/python-packages.js';
import { startFrontendServer, type FrontendServer } from '../adapters/frontend-http/frontend-server.js';
import { freePorts } from '../support/free-ports.js';
import { givenDirectory } from '../support/given-directory.js';
import { until } from '../support/until.js';
import { fixture, ROOT } from '../support/worker-process.js';

const MOTO = 'moto[server,s3]==5.2.5';
const KEYS = { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' };
const REGION = 'us-east-1';
const LINE = '2026-11-29\t12:00:00\t/results/jdoe/hello/f-1-x/repodata/repomd.xml\t200\tdnf\tcdn.example';
const LOG = gzipSync(`#Version: 1.0\n#Fields: date time cs-uri-stem sc-status cs(User-Agent) x-host-header\n${LINE}\n`);
const LOGS = 25;

describe('copr-aws-s3-hitcounter, with the S3 of moto', function () {
  this.timeout(600_000);
  let moto: ChildProcess;
  let s3: S3Client;
  let endpoint = '';
  let frontend: FrontendServer;
  let root: Awaited<ReturnType<typeof givenDirectory>>;

  before(async () => {
    root = await givenDirectory();
    frontend = await startFrontendServer();
    frontend.answer = (_request, response) => void response.writeHead(201).end('"OK"');
    const { port } = await freePorts(['port']);
    endpoint = `http://127.0.0.1:${port}`;
    const PYTHONPATH = await pythonPackages('moto-5.2.5', [MOTO]);
    moto = spawn('python3', ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)], {
      env: { ...process.env, PYTHONPATH },
      stdio: 'ignore',
    });
    s3 = new S3Client({ endpoint, region: REGION, credentials: KEYS, forcePathStyle: true });
    await until('moto answers', () =>
      s3.send(new CreateBucketCommand({ Bucket: 'logs' })).then(
        () => true,
        () => false,
      ),
    );
    const put = (Key: string, Body: Buffer): Promise<unknown> =>
      s3.send(new PutObjectCommand({ Bucket: 'logs', Key, Body }));
    for (let index = 0; index < LOGS; index += 1) await put(`cloudwatch/${index}.gz`, LOG);
    await put('other/a.gz', LOG);
  });
  after(async () => {
    s3.destroy();
    moto.kill();
    await once(moto, 'exit');
    await frontend.stop();
    await root.remove();
  });

  it('counts each log once, and deletes it', async () => {
    const config = path.join(root.path, 'copr-be.conf');
    const keys = [`destdir=${root.path}`, `log_dir=${root.path}`, `frontend_base_url=${frontend.url}`];
    await writeFile(config, `[backend]\n${keys.join('\n')}\nfrontend_auth=secret\n`);
    const words = ['--config', config, '--bucket', 'logs', '--prefix', 'cloudwatch/', '--endpoint', endpoint];
    const child = spawn(
      process.execPath,
      [
        ...fixture('maintenance-program.ts'),
        ...['copr-aws-s3-hitcounter', ...words, '--cdn-hostname', 'cdn.example', '--delete-counted'],
      ],
      {
        cwd: ROOT,
        stdio: ['ignore', 'ignore', 'inherit'],
        env: {
          ...process.env,
          AWS_REGION: REGION,
          AWS_ACCESS_KEY_ID: KEYS.accessKeyId,
          AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
        },
      },
    );
    assert.deepEqual(await once(child, 'close'), [0, null]);
    const hits = frontend.seen.map(({ body }) => (body as { readonly hits: Record<string, number> }).hits);
    const counted = hits.reduce((sum, one) => sum + (one['chroot_repo_metadata_dl_stat|jdoe|hello|f-1-x'] ?? 0), 0);
    assert.equal(counted, LOGS);
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: 'logs' }));
    assert.deepEqual(
      Contents.map(({ Key }) => Key),
      ['other/a.gz'],
    );
  });
});
