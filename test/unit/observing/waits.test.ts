import assert from 'node:assert/strict';
import { waitedFor } from '../../../src/contracts/failures/outside-systems.js';
import { Waits } from '../../../src/observing/waits.js';

describe('Waits', () => {
  it('remembers a failed attempt over the pause until the next one, and forgets one that goes on elsewhere', () => {
    const clock = { now: 1_000_000 };
    const waits = new Waits(() => clock.now);
    waits.pause('run/1', 'frontend', clock.now - 5000);
    waits.pause('run/2', 'frontend', clock.now);
    clock.now += 60_000;
    assert.deepEqual(waits.summary().get('frontend'), { count: 2, oldestSeconds: 65 });
    waits.resume('run/1');
    clock.now += 100_000;
    assert.deepEqual(waits.summary().get('frontend'), { count: 1, oldestSeconds: 165 });
    waits.end('run/1');
    assert.deepEqual(waits.summary().get('frontend'), { count: 0, oldestSeconds: 0 });
  });
});

describe('waitedFor', () => {
  it('names the system behind a code, and nobody for what speaks of a builder or a package', () => {
    assert.deepEqual(['FrontendRefused', 'StorageFailed', 'BuilderLost', 'x'].map(waitedFor), [
      ...['frontend', 'storage'],
      ...[null, null],
    ]);
  });
});
