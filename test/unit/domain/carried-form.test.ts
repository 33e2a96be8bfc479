import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { CARRIED_FORMS, inWrittenForm, LaterForm, refuseLaterForm } from '../../../src/domain/carried-form.js';
import { DispatchLedger } from '../../../src/domain/dispatch/dispatch-ledger.js';
import { packState, unpackState, type PackedState } from '../../../src/domain/dispatch/packed-tasks.js';
import { ProjectMailbox, type ProjectMail } from '../../../src/domain/project/project-mailbox.js';
import { PruneRun, type PruneCarried } from '../../../src/domain/prune/prune-run.js';
import { RepositoryMailbox, type RepositoryMail } from '../../../src/domain/repository/repository-mailbox.js';
import { RepositoryRecord, type RepositoryPast } from '../../../src/domain/repository/repository-record.js';
import { StorageMoveRun } from '../../../src/domain/project/storage-move-run.js';
import { ResignRun } from '../../../src/domain/signing/resign-run.js';
import type { StorageMoveStatus } from '../../../src/contracts/project/storage-move.js';
import type { ResignStatus } from '../../../src/contracts/signing/resign.js';

/** States as versions have passed them on, by form; a file is never changed, because runs with such states exist. */
const PASSED_ON = { 1: new URL('../../fixtures/carried/form-1.json', import.meta.url) };
const NOW = '2026-11-30T12:00:00.000Z';
const PLAN = { plan: { file: 'plan', count: 9, sha256: '0' }, parallel: 2 };
/** A field that a later version could add to any object. */
const LATER = 'laterField';
/** In the place of a last column, once there are more. */
const ABSENT = -1;

/** A state, read and passed on again at once. */
const AGAIN: Readonly<Record<string, (carried: never) => unknown>> = {
  dispatcher: (state: PackedState) => packState(new DispatchLedger(unpackState(state), 'another life').state()),
  repository: (carried: RepositoryPast & { readonly mail: RepositoryMail }) => ({
    mail: new RepositoryMailbox(carried.mail).mail(),
    ...new RepositoryRecord(carried).past,
  }),
  project: (mail: ProjectMail) => new ProjectMailbox(mail).mail(),
  changeStorage: (status: StorageMoveStatus) =>
    new StorageMoveRun({ owner: 'jdoe', project: 'hello' }, status, NOW).status,
  resign: (status: ResignStatus) => new ResignRun({ owner: 'jdoe', dirname: 'hello' }, status, NOW).status,
  pruneResults: (carried: PruneCarried) => new PruneRun(PLAN, carried, NOW).carried(),
};

describe('what long-lived workflows pass on', () => {
  for (const [type, again] of Object.entries(AGAIN)) {
    it(`${type}: loses nothing of what the version before has passed on`, () => {
      const state = given(type);
      assert.deepEqual(again(state as never), state);
    });

    it(`${type}: loses nothing that this version knows when a later one has added to it`, () => {
      const state = given(type);
      assert.deepEqual(withoutAdded(again(withAdded(state) as never)), state);
    });
  }

  it('is refused in a form that only a later version knows, before anything reads it', () => {
    const reads = CARRIED_FORMS.repository.reads;
    assert.doesNotThrow(() => refuseLaterForm('repository', {}));
    assert.doesNotThrow(() => refuseLaterForm('repository', { form: reads }));
    assert.throws(
      () => refuseLaterForm('repository', { form: reads + 1 }),
      (error) =>
        error instanceof LaterForm &&
        /this repository .* form 2, .* reads forms up to 1: .* deploy current/.test(error.message),
    );
  });

  it('has the form in which this version writes it, whatever form it read', () => {
    const next = { storage: 'main', form: 3 };
    assert.deepEqual(JSON.parse(JSON.stringify(inWrittenForm('project', next, { writes: 1, reads: 3 }))), {
      storage: 'main',
    });
    assert.deepEqual(inWrittenForm('project', next, { writes: 2, reads: 3 }), { storage: 'main', form: 2 });
  });

  it('is always passed on in a form that its own version reads', () => {
    for (const [type, { writes, reads }] of Object.entries(CARRIED_FORMS)) assert.ok(writes <= reads, type);
  });
});

function given(type: string): unknown {
  const states = JSON.parse(readFileSync(PASSED_ON[1], 'utf8')) as Readonly<Record<string, unknown>>;
  return states[type] ?? assert.fail(`there is no state of ${type}`);
}

/** A field more in every object, and a column more in every row of packed tasks and tombstones. */
function withAdded(value: unknown): unknown {
  if (Array.isArray(value)) {
    const all = value.map(withAdded);
    const width = rowWidth(value);
    return width === null ? all : [...all, ...Array<number>(width - all.length).fill(ABSENT), LATER];
  }
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).map(([name, one]) => [name, withAdded(one)] as const);
  return { ...Object.fromEntries(fields), [LATER]: true };
}

function withoutAdded(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((one) => one !== LATER).map(withoutAdded);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).filter(([name]) => name !== LATER);
  return Object.fromEntries(fields.map(([name, one]) => [name, withoutAdded(one)]));
}

/** Columns of a packed task or of a packed tombstone; null: it is neither. */
function rowWidth(list: readonly unknown[]): number | null {
  if (!list.some((one) => typeof one === 'number')) return null;
  return list.length > 6 ? 12 : 6;
}
