import assert from 'node:assert/strict';
import { createPollLog } from '../../../src/activities/dispatch/poll-log.js';
import type { DispatchView, TaskFacts } from '../../../src/contracts/dispatch/dispatch.js';
import { propose } from '../../../src/domain/dispatch/poll-proposal.js';
import { givenView } from '../../support/fake-ports.js';
import { givenLimits, givenRunning, givenTask } from '../../support/given-tasks.js';

const NOW = Date.parse('2026-01-02T03:04:05.000Z');

describe('the log of polls', () => {
  let lines: Readonly<Record<string, unknown>>[];
  let tell: ReturnType<typeof createPollLog>;
  let seconds: number;

  beforeEach(() => {
    lines = [];
    seconds = 0;
    const info = (fields: unknown): void => void lines.push(fields as Record<string, unknown>);
    tell = createPollLog({ info, warn: info });
  });

  const limits = givenLimits(3, { owner: 2, blockedOwners: ['eve'] });
  const poll = (listed: readonly TaskFacts[], view: Partial<DispatchView> = {}, held: readonly string[] = []): void => {
    const now = NOW + seconds * 1000;
    const known = { view: givenView(view), held: new Set(held), limits, now };
    tell('builds', { proposal: propose({ of: 'builds', listed, lost: [], ...known }), ...known });
  };
  const tasks = (owner: string, ...ids: readonly string[]): readonly TaskFacts[] =>
    ids.map((taskId) => givenTask({ taskId, owner }));

  it('says how many are listed, new and offered, and for what the others wait', () => {
    const tombstone = { taskId: '6', end: 1, times: 9, at: new Date(NOW).toISOString() };
    const listed = [
      ...[...tasks('jdoe', '1', '2', '3', '4'), ...tasks('eve', '5')],
      ...[...tasks('bob', '6'), ...tasks('ann', '7')],
    ];
    poll(listed, { running: tasks('jdoe', '1').map(givenRunning), tombstones: [tombstone] }, ['7']);
    assert.deepEqual(lines, [
      {
        ...{ of: 'builds', polls: 1, listed: 7, new: 7, gone: 0, offered: 1, running: 1, waiting: 5 },
        waitingFor: 'owner jdoe: 2, blocked owner eve: 1, a record of the frontend: 1, another try: 1',
      },
    ]);
  });

  it('is silent without news, but for a line every ten minutes', () => {
    const running = tasks('jdoe', '1', '2').map(givenRunning);
    poll(tasks('jdoe', '1', '2'), { running });
    for (seconds = 5; seconds <= 600; seconds += 5) poll(tasks('jdoe', '1', '2'), { running });
    poll(tasks('jdoe', '2'), { running });
    assert.deepEqual(
      lines.map(({ polls, new: added, gone }) => [polls, added, gone]),
      [
        [1, 2, 0],
        [120, 0, 0],
        [1, 0, 1],
      ],
    );
  });

  it('sums up the polls of half a minute while a long list changes all the time, and is bounded', () => {
    const owners = Array.from({ length: 1500 }, (_, n) => `owner${n}`);
    const many = owners.flatMap((owner) => tasks(owner, `${owner}-1`, `${owner}-2`));
    const running = owners.flatMap((owner) => tasks(owner, `${owner}-3`, `${owner}-4`)).map(givenRunning);
    for (let n = 0; n <= 30; n += 1) {
      seconds = n;
      poll([...many, ...tasks('new', String(n))], { running });
    }
    assert.deepEqual(
      lines.map(({ polls, new: added, gone }) => [polls, added, gone]),
      [
        [1, 3001, 0],
        [30, 30, 30],
      ],
    );
    const text = String(lines[1]?.['waitingFor']);
    assert.match(text, /^workers: 3001, owner owner0: 2, .* 1491 more reasons$/);
    assert.ok(text.length < 500);
  });
});
