import assert from 'node:assert/strict';
import { checkModes, wantedJobs } from '../../../src/config/maintenance.js';
import { OPTIONS } from '../../../src/config/schema.js';

describe('wantedJobs', () => {
  it('removes results only where they are pruned, and counts hits only in a log', () => {
    const always = ['analyze-results', 'compress-live-logs', 'reconcile', 'unknown-tickets'];
    assert.deepEqual(wantedJobs({ hitCounterLog: null }, null), always);
    assert.deepEqual(wantedJobs({ hitCounterLog: '/var/log/lighttpd/access.log' }, 0), [
      ...['analyze-results', 'clean-result-directories', 'compress-live-logs', 'hit-counters', 'prune-srpms'],
      ...['reconcile', 'unknown-tickets'],
    ]);
  });
});

describe('reconcile', () => {
  const read = (text: string): ReturnType<typeof OPTIONS.reconcile.value.safeParse> =>
    OPTIONS.reconcile.value.safeParse(text);

  it('proposes wherever the configuration says nothing else', () => {
    assert.deepEqual([...new Set(Object.values(checkModes({ reconcile: read('').data ?? {} })))], ['propose']);
    const { tickets, repodata, keys } = checkModes({
      reconcile: read(' repodata = fix,\n tickets=observe').data ?? {},
    });
    assert.deepEqual([tickets, repodata, keys], ['observe', 'fix', 'propose']);
  });

  it('names each mistake', () => {
    for (const [text, problem] of [
      ['ticket=fix', /"ticket=fix", which does not begin with one of tickets, running/],
      ['tickets', /"tickets", which must have one of observe, propose, fix after the =/],
      ['tickets=repair', /must have one of observe, propose, fix after the =/],
      ['tickets=fix, tickets=observe', /"tickets=observe", which occurs twice/],
    ] as const)
      assert.match(read(text).error?.issues[0]?.message ?? 'nothing', problem, text);
  });
});
