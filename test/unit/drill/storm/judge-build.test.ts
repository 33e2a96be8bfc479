import assert from 'node:assert/strict';
import { judgeBuild, type BuildFacts, type Judgement, type TaskFacts } from '../../../../drill/storm/judge-build.js';

const FINE: Judgement = { open: [], wrong: [] };
const RPM: TaskFacts = { taskId: '7-custom-1-x86_64', state: 'succeeded', run: 'succeeded' };
const SOURCES: TaskFacts = { taskId: '7', state: 'succeeded', run: 'succeeded' };
const PUBLIC = { rpms: ['hello.rpm'], isNamed: true };
const NOTHING = { rpms: [], isNamed: false };

function facts(special: Partial<BuildFacts>): BuildFacts {
  return {
    ...{ id: 7, script: 'succeeds', canceledIn: null, refused: 'no', requests: [], sources: null, rpm: RPM },
    ...(special.rpm === undefined || special.rpm.state === 'succeeded' ? PUBLIC : NOTHING),
    ...special,
  };
}

function rpm(state: string, run: TaskFacts['run']): TaskFacts {
  return { ...RPM, state, run };
}

describe('a build of a storm', () => {
  it('is final and right when it ended as its script says, the same on all sides', () => {
    assert.deepEqual(judgeBuild(facts({})), FINE);
    assert.deepEqual(judgeBuild(facts({ script: 'fails', rpm: rpm('failed', 'failed') })), FINE);
    assert.deepEqual(judgeBuild(facts({ sources: SOURCES })), FINE);
    const bad = { ...SOURCES, state: 'failed', run: 'failed' } as const;
    assert.deepEqual(judgeBuild(facts({ script: 'hasBadSources', sources: bad, rpm: rpm('failed', null) })), FINE);
  });

  it('is wrong when it ended otherwise than its script says', () => {
    const failed = judgeBuild(facts({ rpm: rpm('failed', 'failed') }));
    assert.deepEqual(failed, { open: [], wrong: ['7-custom-1-x86_64 ended as failed'] });
    assert.equal(judgeBuild(facts({ script: 'fails' })).wrong.length, 1);
    assert.equal(judgeBuild(facts({ rpm: rpm('canceled', 'canceled') })).wrong.length, 1, 'nobody canceled it');
    const bad = { ...SOURCES, state: 'failed', run: 'failed' } as const;
    assert.equal(judgeBuild(facts({ sources: bad, rpm: rpm('failed', null) })).wrong.length, 2);
  });

  it('may end as canceled or as ever once its user canceled it, and not as failed', () => {
    for (const run of ['canceled', 'refused', null] as const)
      assert.deepEqual(judgeBuild(facts({ canceledIn: 'building', rpm: rpm('canceled', run) })), FINE);
    assert.deepEqual(judgeBuild(facts({ canceledIn: 'publishing' })), FINE);
    assert.deepEqual(
      judgeBuild(facts({ canceledIn: 'building', script: 'fails', rpm: rpm('failed', 'failed') })),
      FINE,
    );
    const failed = judgeBuild(facts({ canceledIn: 'building', rpm: rpm('failed', 'canceled') }));
    assert.deepEqual(failed.wrong, ['7-custom-1-x86_64 ended as failed, canceled while building']);
    assert.deepEqual(failed.open, ['7-custom-1-x86_64 is failed and its workflow canceled']);
  });

  it('may have been done with its sources when its user canceled it', () => {
    const sources = { ...SOURCES, state: 'canceled' };
    assert.deepEqual(judgeBuild(facts({ canceledIn: 'any', sources, rpm: rpm('canceled', null) })), FINE);
    assert.equal(judgeBuild(facts({ sources })).wrong.length, 1, 'nobody canceled it');
  });

  it('is wrong when it is canceled and its packages are public', () => {
    const canceled = { canceledIn: 'publishing', rpm: rpm('canceled', 'canceled') } as const;
    for (const seen of [
      { rpms: [], isNamed: true },
      { rpms: ['hello.rpm'], isNamed: false },
    ])
      assert.deepEqual(judgeBuild(facts({ ...canceled, ...seen })).wrong, [
        '7-custom-1-x86_64 was canceled and its packages are public',
      ]);
  });

  it('is wrong when it succeeded and its repository does not name it', () => {
    const unseen = judgeBuild(facts({ isNamed: false }));
    assert.deepEqual(unseen.wrong, ['7-custom-1-x86_64 succeeded and nobody sees its package']);
    assert.deepEqual(unseen.open, ['7-custom-1-x86_64 is succeeded and the repository does not name it']);
  });

  it('is not final while something goes on, or Temporal says another end than the frontend', () => {
    const open = (special: Partial<BuildFacts>): readonly string[] => judgeBuild(facts(special)).open;
    assert.deepEqual(open({ rpm: rpm('running', 'open') }), ['7-custom-1-x86_64 is running']);
    assert.deepEqual(open({ rpm: rpm('succeeded', 'open') }), ['7-custom-1-x86_64 is succeeded and its workflow open']);
    assert.equal(open({ rpm: rpm('succeeded', 'terminated') }).length, 1);
    assert.equal(open({ rpm: rpm('succeeded', null) }).length, 1);
    const requests = ['7-custom-1-x86_64'];
    assert.equal(open({ canceledIn: 'building', requests, rpm: rpm('canceled', 'canceled') }).length, 1);
    assert.equal(open({ script: 'fails', rpm: rpm('failed', null) }).length, 1, 'its sources were not the reason');
  });

  it('ends as it can while the frontend does not take the confirmation of its cancel', () => {
    const refused = { canceledIn: 'building', refused: 'for a time' } as const;
    assert.deepEqual(judgeBuild(facts({ ...refused, rpm: rpm('failed', 'canceled') })), FINE);
    const forEver = { canceledIn: 'waiting', refused: 'for ever', requests: ['7-custom-1-x86_64'] } as const;
    assert.deepEqual(judgeBuild(facts({ ...forEver, rpm: rpm('pending', null) })), FINE);
    assert.equal(judgeBuild(facts({ ...forEver, rpm: rpm('pending', 'open') })).open.length, 1);
    const isPublic = judgeBuild(facts({ ...forEver, rpm: rpm('pending', 'canceled'), isNamed: true }));
    assert.equal(isPublic.wrong.length, 1);
  });
});
