import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { DispatchState, LedgerTask } from '../../../../src/contracts/dispatch/dispatch.js';
import { DEFAULT_DURATIONS } from '../../../../src/contracts/durations.js';
import { packState, packView, unpackState, unpackView } from '../../../../src/domain/dispatch/packed-tasks.js';
import { givenLimits } from '../../../support/given-tasks.js';

/** Most that the server takes as one payload (its default `limit.blobSize.error`). */
const PAYLOAD = 2 * 1024 * 1024;
/** Most that `builds_max_workers` allows. */
const MAX_RUNNING = 20_000;
const AT = '2026-01-02T03:04:05.678Z';

function givenState(changed: Partial<DispatchState>): DispatchState {
  return {
    ...{ knowsWhatRuns: true, life: 'life', running: [], reserve: [], tombstones: [], lastEnd: 7 },
    ...{ limits: givenLimits(5), limitsFrom: null, durations: DEFAULT_DURATIONS, pause: 5, storage: 'main' },
    ...{ listed: 1, started: 2, ended: 3 },
    ...changed,
  };
}

const word = fc.oneof(fc.string({ maxLength: 12 }), fc.constantFrom('__proto__', 'constructor', '7', '-'));
const task: fc.Arbitrary<LedgerTask> = fc
  .record({
    number: fc.oneof(fc.nat().map(String), word),
    owner: word,
    sandbox: fc.option(word),
    background: fc.boolean(),
    chroot: fc.option(word),
    source: fc.boolean(),
    tags: fc.array(word, { maxLength: 3 }),
    userSsh: fc.boolean(),
    priority: fc.integer(),
    isStarted: fc.boolean(),
    isAsked: fc.boolean(),
    times: fc.nat(),
    admission: fc.oneof(
      word,
      fc.tuple(word, fc.nat()).map(([life, count]) => `${life}/${count}`),
    ),
    since: fc.option(fc.date({ noInvalidDate: true, min: new Date(0) })),
    reported: fc.boolean(),
  })
  .map(({ number, since, reported, ...rest }) => ({
    ...rest,
    ...(reported ? { reportedAt: AT } : {}),
    taskId: rest.chroot === null ? number : `${number}-${rest.chroot}`,
    ...(since === null ? {} : { since: since.toISOString() }),
  }));

describe('packed tasks', () => {
  it('are what they were when they are unpacked, whatever the names are', () => {
    fc.assert(
      fc.property(fc.array(task, { maxLength: 20 }), (running) => {
        const kinds = [{}, { as: 'inactive' }, { as: 'source built' }] as const;
        const tombstones = running.map(({ taskId, times }, end) => ({
          ...{ taskId, end, at: AT, times },
          ...kinds[end % kinds.length],
        }));
        const state = givenState({ running, tombstones });
        assert.deepEqual(unpackState(structuredClone(packState(state))), state);
        const view = {
          ...{ knowsWhatRuns: true, lastEnd: 7, reserve: [], limits: givenLimits(5), limitsFrom: null },
          ...{ durations: DEFAULT_DURATIONS, pause: 5, storage: 'main', running, tombstones },
        };
        assert.deepEqual(unpackView(structuredClone(packView(view))), view);
      }),
    );
  });

  it('let a dispatcher start again with as many as the configuration allows', () => {
    const running = Array.from({ length: MAX_RUNNING }, (_, index): LedgerTask => {
      const chroot = `fedora-rawhide-${['x86_64', 'aarch64', 's390x', 'ppc64le'][index % 4] ?? ''}`;
      const owner = `@some-group-of-packagers-${index % 3000}`;
      return {
        ...{ taskId: `${9_000_000 + index}-${chroot}`, owner, sandbox: `${owner}/project-${index % 9}--maintainer` },
        ...{ background: false, chroot, source: false, tags: [`arch_${chroot}`], userSsh: false, priority: 0 },
        ...{
          since: AT,
          isStarted: true,
          isAsked: true,
          times: 0,
          admission: `0198f7a2-5c1e-7cc0-a8a7-d1f0c7a5b0e1/${index}`,
        },
      };
    });
    const bytes = Buffer.byteLength(JSON.stringify(packState(givenState({ running }))));
    assert.ok(bytes < PAYLOAD, `${bytes} bytes`);
  });
});
