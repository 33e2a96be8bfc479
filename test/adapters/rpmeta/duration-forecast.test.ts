import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createRpmeta } from '../../../src/adapters/rpmeta/duration-forecast.js';
import { givenFacts } from '../../support/fake-activities.js';
import { givenDirectory } from '../../support/given-directory.js';
import { until } from '../../support/until.js';

const HARDWARE = { cpu_model_name: 'Xeon', cpu_arch: 'x86_64', cpu_model: '85', cpu_cores: 4, ram: 16, swap: 0 };

describe('createRpmeta', () => {
  let server: Server;
  let asked: { path: string | undefined; body: unknown }[];
  let answer: (response: ServerResponse) => void;
  let directory: Awaited<ReturnType<typeof givenDirectory>>;
  let logged: string[];
  let rpmeta: ReturnType<typeof createRpmeta>;

  beforeEach(async () => {
    directory = await givenDirectory();
    [asked, logged] = [[], []];
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        asked.push({ path: request.url, body: JSON.parse(Buffer.concat(chunks).toString()) });
        answer(response);
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    await writeFile(
      join(directory.path, 'pools.yaml'),
      JSON.stringify({ x86_64: HARDWARE, ppc64le: { ...HARDWARE, cpu_arch: 'ppc64' } }),
    );
    rpmeta = given(60_000);
  });

  afterEach(async () => {
    await rpmeta.close();
    server.closeAllConnections();
    server.close();
    await directory.remove();
  });

  it('writes a prediction down, and whether the builder is what it recommends', async () => {
    answer = (response) => response.end('{"prediction": 120}');
    const build = { ...BUILD, packageName: 'gcc', packageVersion: '2:14.1-3.fc42', tags: ['on_demand_powerful'] };
    rpmeta.ask({ ...build, chroot: 'fedora-42-x86_64' });
    await untilLogged(/rpmeta predicts/);
    assert.deepEqual(asked, [
      {
        path: '/predict',
        body: {
          package_name: 'gcc',
          epoch: 2,
          version: '14.1',
          mock_chroot: 'fedora-42-x86_64',
          hw_info: HARDWARE,
          configuration: { time_format: 'minutes' },
        },
      },
    ]);
    const line = { build_id: build.buildId, prediction: 120, recommends_powerful: true, has_powerful_tag: true };
    assert.equal(await readFile(join(directory.path, 'predictions.log'), 'utf8'), `${JSON.stringify(line)}\n`);
  });

  it('is not asked about builders that it does not know', async () => {
    answer = (response) => response.end('{"prediction": 1}');
    rpmeta.ask({ ...BUILD, chroot: 'fedora-42-s390x' });
    rpmeta.ask({ ...BUILD, chroot: 'fedora-42-ppc64le' });
    rpmeta.ask({ ...BUILD, packageName: null });
    rpmeta.ask({ ...BUILD, buildId: 8 });
    await untilLogged(/rpmeta predicts/);
    assert.deepEqual(
      asked.map(({ body }) => (body as { mock_chroot: string }).mock_chroot),
      [BUILD.chroot],
    );
  });

  it('says what went wrong, and goes on', async () => {
    answer = (response) => response.writeHead(404).end();
    rpmeta.ask(BUILD);
    await untilLogged(/does not know this package/);
    answer = (response) => response.end('<html>');
    rpmeta.ask(BUILD);
    await untilLogged(/no prediction from rpmeta/);
    answer = (response) => response.end('{"prediction": 3}');
    rpmeta.ask(BUILD);
    await untilLogged(/rpmeta predicts/);
  });

  it('gives up a service that is silent', async () => {
    answer = () => undefined;
    await rpmeta.close();
    rpmeta = given(20);
    rpmeta.ask(BUILD);
    await untilLogged(/no prediction from rpmeta/);
  });

  it('has a bound for open questions, and closes without their answers', async () => {
    const silent = new Promise<void>((resolve) => (answer = () => resolve()));
    for (let count = 0; count < 33; count += 1) rpmeta.ask(BUILD);
    await untilLogged(/too many questions are open/);
    await silent;
    await rpmeta.close();
    assert.equal(logged.length, 1);
  });

  const BUILD = { ...givenFacts(), chroot: 'fedora-42-x86_64', packageName: 'hello' };

  function given(timeoutMs: number): ReturnType<typeof createRpmeta> {
    const note = (_: object, text: string): void => void logged.push(text);
    return createRpmeta({
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      timeoutMs,
      hardwareFile: join(directory.path, 'pools.yaml'),
      file: join(directory.path, 'predictions.log'),
      log: { info: note, warn: note },
    });
  }

  async function untilLogged(text: RegExp): Promise<void> {
    await until(text.source, () => logged.some((line) => text.test(line)));
  }
});
