import assert from 'node:assert/strict';
import { PoolTrouble } from '../../../../src/domain/build/pool-trouble.js';

const NOW = Date.parse('2026-01-02T03:04:05.000Z');
const MINUTE = 60_000;

function failing(pools: PoolTrouble, times: number, now: number, pool = 'aws'): void {
  for (let n = 0; n < times; n += 1) pools.failed(pool, `host${n}`, 'BuilderUnreachable', now);
}
function working(pools: PoolTrouble, times: number, now: number, pool = 'aws'): void {
  for (let n = 0; n < times; n += 1) pools.succeeded(pool, now);
}
function kinds(pools: PoolTrouble, now: number): readonly string[] {
  return pools.look(now).map(({ kind, report }) => `${report.pool} ${kind}`);
}

describe('PoolTrouble', () => {
  it('says once that it began, and once that it is over', () => {
    const pools = new PoolTrouble();
    failing(pools, 5, NOW);
    working(pools, 11, NOW);
    assert.deepEqual(kinds(pools, NOW), ['aws began']);
    assert.deepEqual(kinds(pools, NOW + MINUTE), []);
    working(pools, 15, NOW + 2 * MINUTE);
    assert.deepEqual(kinds(pools, NOW + 2 * MINUTE), [], 'better, but not yet well');
    working(pools, 5, NOW + 3 * MINUTE);
    assert.deepEqual(kinds(pools, NOW + 3 * MINUTE), ['aws ended']);
    assert.deepEqual(kinds(pools, NOW + 4 * MINUTE), []);
  });

  it('is not alarmed by a few failures, nor by a share that is small', () => {
    const pools = new PoolTrouble();
    failing(pools, 4, NOW);
    failing(pools, 6, NOW, 'libvirt');
    working(pools, 20, NOW, 'libvirt');
    assert.deepEqual(kinds(pools, NOW), []);
  });

  it('knows one pool from another', () => {
    const pools = new PoolTrouble();
    failing(pools, 9, NOW, 'ppc');
    working(pools, 90, NOW, 'aws');
    assert.deepEqual(kinds(pools, NOW), ['ppc began']);
  });

  it('ends it when nothing happens any more, and forgets the pool', () => {
    const pools = new PoolTrouble();
    failing(pools, 9, NOW);
    assert.deepEqual(kinds(pools, NOW), ['aws began']);
    assert.deepEqual(kinds(pools, NOW + 29 * MINUTE), []);
    assert.deepEqual(kinds(pools, NOW + 31 * MINUTE), ['aws ended']);
    assert.deepEqual(pools.reports(), []);
  });

  it('reports the numbers, the codes and the machines that failed most', () => {
    const pools = new PoolTrouble();
    failing(pools, 7, NOW);
    pools.failed('aws', 'worst', 'DownloadFailed', NOW);
    pools.failed('aws', 'worst', 'DownloadFailed', NOW);
    working(pools, 27, NOW);
    const [report] = pools.reports();
    assert.deepEqual(report, {
      ...{ pool: 'aws', succeeded: 27, failed: 9, share: 0.25, troubledSince: null },
      codes: { BuilderUnreachable: 7, DownloadFailed: 2 },
      hosts: ['worst', 'host0', 'host1', 'host2', 'host3'],
    });
  });
});
