import assert from 'node:assert/strict';
import fc from 'fast-check';
import { HostRecord } from '../../../../src/domain/build/host-record.js';

const NOW = Date.parse('2026-01-02T03:04:05.000Z');
const MINUTE = 60_000;
const HERE = { host: '10.0.3.7', name: 'pool_1' };
const CHROOT = 'fedora-42-x86_64';

/** Minutes until a machine is used again after `times` failures in a row, one a second. */
function minutesAfter(times: number): number {
  const record = new HostRecord();
  for (let n = 0; n < times; n += 1) record.failed(HERE, CHROOT, 'BuilderUnreachable', NOW + n);
  const { until = '' } = record.suspicion(HERE, CHROOT, NOW + times) ?? {};
  return (Date.parse(until) - (NOW + times - 1)) / MINUTE;
}

describe('HostRecord', () => {
  it('knows nothing against a machine it never heard of, or another one', () => {
    const record = new HostRecord();
    assert.equal(record.suspicion(HERE, CHROOT, NOW), null);
    record.failed({ host: '10.0.3.8', name: 'pool_2' }, CHROOT, 'BuilderUnreachable', NOW);
    assert.equal(record.suspicion(HERE, CHROOT, NOW), null);
  });

  it('avoids a machine for five minutes, twice as long each time, an hour at most', () => {
    assert.deepEqual([1, 2, 3, 4, 5, 9].map(minutesAfter), [5, 10, 20, 40, 60, 60]);
  });

  it('uses it again when the time is over, and remembers the failure for the next one', () => {
    const record = new HostRecord();
    record.failed(HERE, CHROOT, 'DownloadFailed', NOW);
    assert.equal(record.suspicion(HERE, CHROOT, NOW + 5 * MINUTE), null);
    record.failed(HERE, CHROOT, 'LogBroken', NOW + 6 * MINUTE);
    const { why = '' } = record.suspicion(HERE, CHROOT, NOW + 8 * MINUTE) ?? {};
    assert.equal(why, 'it failed 2 times in a row, last 2 min ago (LogBroken)');
  });

  it('forgets everything after a success, and what is long ago', () => {
    const record = new HostRecord();
    record.failed(HERE, CHROOT, 'DownloadFailed', NOW);
    assert.equal(record.succeeded(HERE, CHROOT, NOW + 1), true);
    assert.equal(record.succeeded(HERE, CHROOT, NOW + 1), false);
    assert.equal(record.suspicion(HERE, CHROOT, NOW + 2), null);
    record.failed(HERE, CHROOT, 'DownloadFailed', NOW + 3);
    record.failed(HERE, CHROOT, 'DownloadFailed', NOW + 200 * MINUTE);
    assert.match(record.suspicion(HERE, CHROOT, NOW + 200 * MINUTE)?.why ?? '', /^it failed just now/);
    assert.deepEqual(record.entries(NOW + 2000 * MINUTE), {});
  });

  it('holds a machine that is not ready for one chroot against nothing else', () => {
    const record = new HostRecord();
    record.failed(HERE, CHROOT, 'BuilderNotReady', NOW);
    assert.notEqual(record.suspicion({ ...HERE, name: 'pool_9' }, CHROOT, NOW), null);
    assert.equal(record.suspicion(HERE, 'fedora-43-x86_64', NOW), null);
  });

  it('takes a new machine at the address of a dead one for a new machine, but not after other failures', () => {
    const record = new HostRecord();
    const successor = { ...HERE, name: 'pool_2' };
    record.failed(HERE, CHROOT, 'BuilderLost', NOW);
    assert.equal(record.suspicion(successor, CHROOT, NOW), null);
    assert.notEqual(record.suspicion(HERE, CHROOT, NOW), null);
    record.failed(HERE, CHROOT, 'BuilderUnreachable', NOW);
    assert.notEqual(record.suspicion(successor, CHROOT, NOW), null);
  });

  it('says the same after its entries went through a file', () => {
    const events = fc.array(
      fc.record({
        host: fc.constantFrom('a', 'b', 'c'),
        chroot: fc.constantFrom('x', 'y'),
        code: fc.constantFrom(null, 'BuilderLost', 'BuilderNotReady', 'DownloadFailed'),
        after: fc.nat({ max: 20 * MINUTE }),
      }),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(events, (list) => {
        const record = new HostRecord();
        let now = NOW;
        for (const { host, chroot, code, after } of list) {
          now += after;
          const machine = { host, name: host };
          if (code === null) record.succeeded(machine, chroot, now);
          else record.failed(machine, chroot, code, now);
        }
        const next = new HostRecord();
        next.merge(record.entries(now));
        assert.deepEqual(next.avoided(now), record.avoided(now));
      }),
    );
  });

  it('takes the later word of two processes', () => {
    const [one, other] = [new HostRecord(), new HostRecord()];
    one.failed(HERE, CHROOT, 'DownloadFailed', NOW);
    other.merge(one.entries(NOW));
    other.succeeded(HERE, CHROOT, NOW + 1);
    one.merge(other.entries(NOW + 1));
    assert.equal(one.suspicion(HERE, CHROOT, NOW + 2), null);
    one.failed(HERE, CHROOT, 'DownloadFailed', NOW + 3);
    one.merge(other.entries(NOW + 3));
    assert.notEqual(one.suspicion(HERE, CHROOT, NOW + 4), null);
  });

  it('stays small: of many machines the oldest go', () => {
    const record = new HostRecord();
    for (let n = 0; n < 1500; n += 1) {
      record.failed({ host: `h${n}`, name: `h${n}` }, CHROOT, 'DownloadFailed', NOW + n);
    }
    assert.equal(Object.keys(record.entries(NOW + 1500)).length, 1000);
    assert.equal(record.suspicion({ host: 'h0', name: 'h0' }, CHROOT, NOW + 1500), null);
    assert.notEqual(record.suspicion({ host: 'h1499', name: 'h1499' }, CHROOT, NOW + 1500), null);
  });
});
