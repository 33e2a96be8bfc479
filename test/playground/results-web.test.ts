import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { RunningService } from '../../playground/loopback/http-service.js';
import { startResultsWeb } from '../../playground/results-web/server.js';
import { makeTemporaryDirectory } from './support.js';

describe('playground results web server', () => {
  const directory = makeTemporaryDirectory();
  const tree = join(directory.path, 'results');
  const project = join(tree, 'jdoe', 'hello');
  let web: RunningService;

  before(async () => {
    mkdirSync(join(project, 'repodata'), { recursive: true });
    mkdirSync(join(project, '.staging'));
    mkdirSync(join(project, 'a <b>'));
    writeFileSync(join(directory.path, 'secret'), 'secret');
    writeFileSync(join(project, 'hello.rpm'), '0123456789');
    writeFileSync(join(project, 'empty.txt'), '');
    writeFileSync(join(project, 'repodata', 'repomd.xml'), '<repomd/>');
    writeFileSync(join(project, 'backend.log.gz'), gzipSync('the log\n'));
    writeFileSync(join(project, 'builder-live.log'), 'live\n');
    symlinkSync('../../../secret', join(project, 'out'));
    symlinkSync('hello.rpm', join(project, 'inside.rpm'));
    web = await startResultsWeb({ port: 0, directory: tree });
  });
  after(async () => {
    await web.close();
    directory.remove();
  });

  const get = (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Response> =>
    fetch(`${web.url}/jdoe/hello/${path}`, { headers, method, redirect: 'manual' });

  it('lists directories, links encoded, names escaped, dot names left out', async () => {
    const page = await (await get('')).text();
    assert.ok(page.includes('href="repodata/"') && page.includes('hello.rpm'));
    assert.ok(page.includes('href="a%20%3Cb%3E/"') && page.includes('a &#60;b&#62;/'));
    assert.ok(!page.includes('.staging'));
    const moved = await get('repodata');
    assert.equal(moved.status, 301);
    assert.equal((await fetch(`${web.url}/jdoe/hello/repodata`)).url, `${web.url}/jdoe/hello/repodata/`);
  });

  it('sends whole files, parts, heads, and nothing when unchanged', async () => {
    const whole = await get('hello.rpm');
    assert.deepEqual(
      [whole.status, whole.headers.get('content-type'), await whole.text()],
      [200, 'application/x-rpm', '0123456789'],
    );
    const part = await get('hello.rpm', { range: 'bytes=2-4' });
    assert.deepEqual([part.status, part.headers.get('content-range'), await part.text()], [206, 'bytes 2-4/10', '234']);
    assert.equal(await (await get('hello.rpm', { range: 'bytes=-3' })).text(), '789');
    assert.equal(await (await get('hello.rpm', { range: 'bytes=8-' })).text(), '89');
    assert.equal((await get('hello.rpm', { range: 'bytes=10-' })).status, 416);
    assert.equal(await (await get('empty.txt')).text(), '');
    const head = await get('hello.rpm', {}, 'HEAD');
    assert.deepEqual([head.headers.get('content-length'), await head.text()], ['10', '']);
    const same = await get('hello.rpm', { 'if-modified-since': whole.headers.get('last-modified') ?? '' });
    assert.equal(same.status, 304);
    assert.equal((await get('hello.rpm', {}, 'DELETE')).status, 405);
    assert.equal(await (await get('inside.rpm')).text(), '0123456789');
  });

  it('serves compressed logs as text, under the old name too', async () => {
    for (const name of ['backend.log', 'backend.log.gz']) {
      const answer = await get(name);
      assert.equal(answer.headers.get('content-encoding'), 'gzip');
      assert.match(answer.headers.get('content-type') ?? '', /^text\/plain/);
      assert.equal(await answer.text(), 'the log\n');
    }
    assert.equal((await get('other.log')).status, 404);
  });

  it('lets nobody cache what changes', async () => {
    assert.equal((await get('repodata/repomd.xml')).headers.get('cache-control'), 'no-cache');
    assert.equal((await get('builder-live.log')).headers.get('cache-control'), 'no-cache');
    assert.equal((await get('hello.rpm')).headers.get('cache-control'), null);
  });

  it('never leaves the tree', async () => {
    assert.equal((await get('out')).status, 404);
    for (const path of [
      '/../secret',
      '/jdoe/../../secret',
      '/..%2fsecret',
      '/%2e%2e/secret',
      '/jdoe/%00',
      '//../secret',
    ]) {
      assert.ok((await rawStatus(path)) >= 400, path);
    }
  });

  /** A path exactly as given; `fetch` would tidy it. */
  function rawStatus(path: string): Promise<number> {
    return new Promise((resolve, reject) => {
      const sent = request({ port: web.port, host: '127.0.0.1', path }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      sent.on('error', reject);
      sent.end();
    });
  }

  it('sends old URLs of a renamed project on, and no others', async () => {
    mkdirSync(join(tree, '.renamed'));
    writeFileSync(join(tree, '.renamed', 'map.txt'), '/@web/old /jdoe/hello\n/jdoe/hello:pr:1 /nobody/at-all\n');
    const old = (path: string): Promise<Response> => fetch(`${web.url}${path}`, { redirect: 'manual' });
    for (const [from, to] of [
      ['/@web/old/hello.rpm', '/jdoe/hello/hello.rpm'],
      ['/%40web/old/repodata/', '/jdoe/hello/repodata/'],
      ['/@web/old', '/jdoe/hello'],
      ['/@web/old/a%20%3Cb%3E/', '/jdoe/hello/a%20%3Cb%3E/'],
    ] as const) {
      const moved = await old(from);
      assert.deepEqual([moved.status, moved.headers.get('location')], [302, to]);
    }
    assert.equal(await (await fetch(`${web.url}/@web/old/hello.rpm`)).text(), '0123456789');
    for (const path of ['/@web/older/hello.rpm', '/@web/', '/jdoe/hello/missing', '/@web/old/../x/y'])
      assert.equal((await old(path)).status, 404, path);
  });
});
