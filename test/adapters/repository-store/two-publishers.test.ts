import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createCreaterepoIndexer } from '../../../src/adapters/repository-store/repository-indexer.js';
import { withPublisherLock } from '../../../src/adapters/repository-store/publication/publisher-lock.js';
import { createTreePaths } from '../../../src/adapters/file-tree/paths.js';
import { PortFailure } from '../../../src/ports/port-failure.js';
import type { IndexerRun, RepositoryIndexer } from '../../../src/ports/repository/repository-indexer.js';
import { givenRepository, NOTHING, REPOSITORY, type GivenRepository } from '../../support/given-repository.js';

/** A publisher that stands still between what it made and the rename, as one does whose worker is cut off. */
type Slow = {
  readonly publish: (run: Partial<IndexerRun>) => ReturnType<RepositoryIndexer['publish']>;
  readonly isReady: Promise<void>;
  readonly goOn: () => void;
};

describe('two publishers of one directory', function () {
  this.timeout(60_000);
  let given: GivenRepository;
  const signature = { signature: 'of a test', publicKey: 'of a test' };

  beforeEach(async () => {
    given = await givenRepository({ sign: () => () => Promise.resolve(signature) });
    await given.publish({ add: [await given.build('00000001-first')] });
    for (const build of ['00000002-slow', '00000003-fast']) await given.build(build);
  });
  afterEach(() => given.remove());

  function slowPublisher(): Slow {
    let [arrive, goOn] = [(): void => undefined, (): void => undefined];
    const isReady = new Promise<void>((resolve) => (arrive = resolve));
    const released = new Promise<void>((resolve) => (goOn = resolve));
    const indexer = createCreaterepoIndexer({
      ...{ destdir: given.root, resultsBaseurl: 'http://results.example/results/', graceHours: 1 },
      now: () => given.clock.now,
      sign: () => async () => {
        arrive();
        await released;
        return signature;
      },
    });
    return {
      publish: (run) => indexer.publish(REPOSITORY, { ...NOTHING, ...run }, {}),
      isReady,
      goOn: () => goOn(),
    };
  }

  async function assertOvertaken(publication: Promise<unknown>): Promise<void> {
    await assert.rejects(publication, (error) => {
      assert.ok(error instanceof PortFailure);
      assert.deepEqual([error.code, error.retryable], ['RepositoryFailed', true]);
      assert.match(error.message, /another publisher wrote the metadata at the same time/);
      return true;
    });
  }

  it('lose nothing: the slow one fails, and is done from the new state when it is tried again', async () => {
    const slow = slowPublisher();
    const stale = slow.publish({ add: ['00000002-slow'] });
    await slow.isReady;
    const fast = await given.publish({ add: ['00000003-fast'] });
    const seen = await readFile(given.live('repomd.xml'));
    slow.goOn();
    await assertOvertaken(stale);
    assert.deepEqual(await readFile(given.live('repomd.xml')), seen, 'clients see what the fast one made');
    assert.equal(fast.packages, 6);
    await given.publish({ add: ['00000002-slow'] });
    const all = ['00000001-first', '00000002-slow', '00000003-fast'].flatMap(given.rpmsOf);
    assert.deepEqual(await given.hrefs(), all.toSorted());
  });

  it('do not undo a rollback', async () => {
    const { revision: first } = (await given.metadata()).repomd;
    given.clock.now += 10_000;
    await given.publish({ add: ['00000003-fast'] });
    const slow = slowPublisher();
    const stale = slow.publish({ add: ['00000002-slow'] });
    await slow.isReady;
    await given.indexer.operate(REPOSITORY, { kind: 'rollback', generation: first, by: 'root', reason: null }, {});
    slow.goOn();
    await assertOvertaken(stale);
    assert.deepEqual(await given.hrefs(), given.rpmsOf('00000001-first'));
  });

  it('prepare one after the other while the repository is held', async () => {
    const { revision: first } = (await given.metadata()).repomd;
    given.clock.now += 10_000;
    await given.publish({ add: ['00000003-fast'] });
    await given.indexer.operate(REPOSITORY, { kind: 'rollback', generation: first, by: 'root', reason: null }, {});
    const slow = slowPublisher();
    const stale = slow.publish({ add: ['00000002-slow'] });
    await slow.isReady;
    await given.publish({ delete: ['00000003-fast'] });
    slow.goOn();
    await assertOvertaken(stale);
    await given.publish({ add: ['00000002-slow'] });
    await given.indexer.operate(REPOSITORY, { kind: 'release', by: 'root' }, {});
    const all = ['00000001-first', '00000002-slow'].flatMap(given.rpmsOf);
    assert.deepEqual(await given.hrefs(), all.toSorted());
  });

  it('wait for each other where it counts, and not for ever for one that hangs', async () => {
    const paths = createTreePaths(given.root);
    let leave = (): void => undefined;
    let enter = (): void => undefined;
    const hasEntered = new Promise<void>((resolve) => (enter = resolve));
    const hanging = withPublisherLock(paths, REPOSITORY, {}, () => {
      enter();
      return new Promise<void>((resolve) => (leave = resolve));
    });
    await hasEntered;
    await assert.rejects(
      withPublisherLock(paths, REPOSITORY, { waitMs: 50 }, () => Promise.resolve()),
      (error) => error instanceof PortFailure && error.retryable && error.message.includes('held by another publisher'),
    );
    const canceled = new AbortController();
    const waiting = withPublisherLock(paths, REPOSITORY, { signal: canceled.signal }, () => Promise.resolve());
    canceled.abort(new Error('canceled'));
    await assert.rejects(waiting, /canceled/);
    leave();
    await hanging;
    assert.equal(await withPublisherLock(paths, REPOSITORY, {}, () => Promise.resolve('free')), 'free');
  });
});
