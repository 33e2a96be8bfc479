import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const SOURCES = fileURLToPath(new URL('../../src/', import.meta.url));

/** Numbers that decide what a workflow schedules, when, and for whom. */
const DECIDING: Readonly<Record<string, string>> = {
  'domain/build/builder-tries.ts MAX_HOSTS': '3',
  'domain/build/builder-tries.ts MAX_ATTEMPTS': '8',
  'domain/build/builder-tries.ts MAX_EARLIER': '50',
  'domain/build/builder-tries.ts MAX_WITHOUT_POOL': '2',
  'domain/dispatch/dispatch-ledger.ts START_SLICE': '200',
  'domain/dispatch/dispatch-policy.ts RESERVE_SIZE': '64',
  'domain/dispatch/dispatch-policy.ts BACKGROUND': '2_000_000',
  'domain/dispatch/dispatch-policy.ts RPM': '1_000_000',
  'domain/event-budget.ts EVENTS_PER_RUN': '8000',
  'domain/event-budget.ts OVERDRAFT': '1.2',
  'domain/event-budget.ts EVENT_COST': '{ activity: 6, timer: 5, signal: 4, external: 5 }',
  'domain/project/project-mailbox.ts KEYS_AT_ONCE': '5',
  'domain/repository/publication-pace.ts ENOUGH_COMPANY': '10',
  'domain/repository/publication-pace.ts AT_ONCE': '3',
  'domain/repository/publication-pace.ts MAX_STEPS': '4',
  'domain/repository/repository-batch.ts BATCH_LIMIT': '100',
  'domain/repository/repository-mailbox.ts REMEMBERED': '500',
  'workflows/action/ask-repositories.ts REQUESTS_AT_ONCE': '50',
  'workflows/action/ask-repositories.ts WAITED_FOR_TOLD': '5',
  'workflows/answer-requester.ts ANSWERS_AT_ONCE': '200',
  'workflows/build/builder-choice.ts MAX_EXCHANGES': '2',
  'workflows/cancel/cancel-answers.ts AT_ONCE': '200',
  'workflows/failed-end.ts MAX_PATH': '400',
  'workflows/failed-end.ts MAX_REASON': '500',
  'workflows/history-events.ts EVENTS_OF_A_TASK': '3',
};

/** Numbers in texts, in inputs of activities, or are lengths of timers: a replay does not compare them. */
const NOT_COMPARED: Readonly<Record<string, string>> = {
  'domain/build/builder-tries.ts MAX_PAUSE_SECONDS': '60',
  'domain/dispatch/packed-tasks.ts BACKGROUND': '1',
  'domain/dispatch/packed-tasks.ts SOURCE': '2',
  'domain/dispatch/packed-tasks.ts USER_SSH': '4',
  'domain/dispatch/packed-tasks.ts STARTED': '8',
  'domain/dispatch/packed-tasks.ts ASKED': '16',
  'domain/dispatch/packed-tasks.ts NONE': '-1',
  'domain/prune/prune-run.ts TROUBLES_KEPT': '20',
  'domain/repository/repository-record.ts MAX_WAIT': '24 * 3_600_000',
  'domain/signing/resign-run.ts PROBLEMS_KEPT': '10',
  'workflows/action/action.ts MAX_MESSAGE': '1000',
  'workflows/action/ask-repositories.ts FAILURES_KEPT': '5',
  'workflows/action/copy-all.ts FIRST_SLICE': '50',
  'workflows/action/copy-all.ts TOLD': '5',
  'workflows/action/discard.ts FIRST_SLICE': '10_000',
  'workflows/retry/activity-profiles.ts DAY': '86_400_000',
  'workflows/answers.ts DELAYED_FACTOR': '60',
  'workflows/answers.ts MAX_PAUSE': '6 * 3600',
  'workflows/cancel/cancel-answers.ts FIRST_PAUSE': '10',
  'workflows/cancel/cancel-answers.ts MAX_PAUSE': '5',
  'workflows/long-lived.ts MOVES_WITHIN_MS': '300_000',
  'workflows/project/change-storage.ts REQUESTS_AT_ONCE': '20',
  'workflows/project/change-storage.ts ROUNDS': '5',
  'workflows/project/empty-trash.ts SLICE': '50_000',
  'workflows/dispatch/start-admitted.ts PAUSE_MS': '5000',
};

/** Files of the domain that are in the bundle (docs/determinism.md). */
const DOMAIN = [
  'build/builder-tries',
  'dispatch/dispatch-ledger',
  'dispatch/dispatch-limits',
  'dispatch/dispatch-policy',
  'event-budget',
  'dispatch/packed-tasks',
  'project/project-mailbox',
  'prune/prune-run',
  'repository/publication-pace',
  'repository/repository-batch',
  'repository/repository-mailbox',
  'repository/repository-record',
  'signing/resign-run',
].map((name) => `domain/${name}.ts`);

const WHAT_TO_DO = `A number that running workflows go by has changed, is new or has gone.
Recorded histories may be too short to notice. Ask whether a workflow that began with the old number would schedule
something else:
- a version with the old number was released: keep the old number for running workflows behind patched(), in both paths;
- it is of the version in work: delete the histories of that workflow in test/replay/histories and record them anew
  (COPR_RECORD_HISTORIES=new npm test -- test/workflows/scenarios.test.ts), and read the difference.
Then write it down in test/replay/constants.test.ts.`;

describe('numbers that workflows go by', () => {
  it('are those that the histories were recorded with', async () => {
    assert.deepEqual(await foundConstants(), sorted({ ...DECIDING, ...NOT_COMPARED }), WHAT_TO_DO);
  });
});

/** Numeric constants of whole files, by file and name, as their source says them. */
async function foundConstants(): Promise<Readonly<Record<string, string>>> {
  const workflows = (await readdir(path.join(SOURCES, 'workflows'), { recursive: true }))
    .filter((file) => file.endsWith('.ts'))
    .map((file) => `workflows/${file}`);
  const found: Record<string, string> = {};
  for (const file of [...workflows, ...DOMAIN]) {
    const text = (await readFile(path.join(SOURCES, file), 'utf8')).replaceAll(/\/\*\*.*?\*\/|\/\/[^\n]*/gs, '');
    for (const [, name = '', value = ''] of text.matchAll(/^(?:export )?const ([A-Z][A-Z_]*) = ([^;]+);/gms)) {
      const plain = value
        .replaceAll(/\s+/g, ' ')
        .replace(/ as const$/, '')
        .replace(', }', ' }')
        .trim();
      if (/^-?[\d_.]+( \* [\d_.]+)*$|^\{( \w+: [\d_.]+,?)+ \}$/.test(plain)) found[`${file} ${name}`] = plain;
    }
  }
  return sorted(found);
}

function sorted(constants: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(constants).sort(([one], [other]) => (one < other ? -1 : 1)));
}
