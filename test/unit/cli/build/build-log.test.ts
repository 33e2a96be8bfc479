import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { copyLogFrom, type LogPlace } from '../../../../src/cli/build/build-log.js';

describe('copyLogFrom', () => {
  let destdir: string;
  let place: LogPlace;
  let log: string;
  beforeEach(() => {
    destdir = mkdtempSync(join(tmpdir(), 'copr-logs-'));
    place = { destdir, resultsBaseurl: null, resultPath: 'copr/examples', name: 'builder-live.log' };
    mkdirSync(join(destdir, place.resultPath), { recursive: true });
    log = join(destdir, place.resultPath, place.name);
  });
  afterEach(() => {
    rmSync(destdir, { recursive: true });
  });

  async function read(offset: number, from = place): Promise<readonly [string, number | null]> {
    const chunks: Buffer[] = [];
    const next = await copyLogFrom(from, offset, (chunk) => chunks.push(chunk));
    return [Buffer.concat(chunks).toString(), next];
  }

  it('is null while there is no log', async () => {
    assert.deepEqual(await read(0), ['', null]);
  });

  it('goes on where it stopped, over the moment in which the log is compressed', async () => {
    writeFileSync(log, 'one\n');
    assert.deepEqual(await read(0), ['one\n', 4]);
    assert.deepEqual(await read(4), ['', 4]);
    appendFileSync(log, 'two\n');
    assert.deepEqual(await read(4), ['two\n', 8]);
    rmSync(log);
    writeFileSync(`${log}.gz`, gzipSync('one\ntwo\nthree\n'));
    assert.deepEqual(await read(8), ['three\n', 14]);
  });

  describe('from the results URL', () => {
    let server: Server;
    let files: Map<string, Buffer>;
    beforeEach(async () => {
      files = new Map();
      server = createServer((request, response) => {
        const body = files.get(request.url ?? '');
        response.writeHead(body === undefined ? 404 : 200).end(body);
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as AddressInfo;
      place = { ...place, destdir: join(destdir, 'not-mounted'), resultsBaseurl: `http://127.0.0.1:${port}/` };
    });
    afterEach(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });

    it('skips what was read when the server ignores ranges', async () => {
      files.set('/copr/examples/builder-live.log', Buffer.from('one\ntwo\n'));
      assert.deepEqual(await read(4), ['two\n', 8]);
    });

    it('unpacks a compressed log', async () => {
      files.set('/copr/examples/builder-live.log.gz', gzipSync('one\n'));
      assert.deepEqual(await read(0), ['one\n', 4]);
    });

    it('is null when there is none', async () => {
      assert.deepEqual(await read(0), ['', null]);
    });
  });
});
