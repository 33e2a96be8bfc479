import assert from 'node:assert/strict';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { createPublishedMetadata } from '../../../src/adapters/pulp-store/published-metadata.js';
import { createPulpIndexer } from '../../../src/adapters/pulp-store/repository-indexer.js';
import type { PulpContent } from '../../../src/adapters/pulp/pulp-client.js';
import { refusalOf } from '../../support/rejection.js';

describe('repositories at Pulp that a build asks for', () => {
  it('are known to be there without a look at their packages, which may be many', async () => {
    const asked: string[] = [];
    const statuses = new Map([
      ['/jdoe/hello/c/repodata/repomd.xml', 200],
      ['/jdoe/broken/c/repodata/repomd.xml', 503],
    ]);
    const server = http.createServer(({ url = '' }, response) => {
      asked.push(url);
      response.writeHead(statuses.get(url) ?? 404).end('<repomd><data type="primary"/></repomd>');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const metadata = createPublishedMetadata(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const indexer = createPulpIndexer({
      ...{ destdir: '/', client: {} as PulpContent, published: metadata, graceHours: 1 },
      redirects: { add: () => Promise.resolve(), remove: () => Promise.resolve() },
    });
    const isThere = (dirname: string): Promise<boolean> =>
      indexer.exists({ owner: 'jdoe', dirname, chroot: 'c' }, { devel: false });
    try {
      assert.equal(await isThere('hello'), true);
      assert.equal(await isThere('never'), false);
      assert.equal((await refusalOf(isThere('broken'))).code, 'PulpUnavailable');
      assert.deepEqual(
        asked,
        ['hello', 'never', 'broken'].map((name) => `/jdoe/${name}/c/repodata/repomd.xml`),
      );
    } finally {
      metadata.close();
      await new Promise((resolve) => server.close(resolve));
    }
  });
});
