import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { shortPlan } from '../../../src/activities/action/plans/short-plan.js';
import { ActionRecord } from '../../../src/adapters/frontend-http/actions/action-record.js';
import type { ActionPlan } from '../../../src/contracts/action/action.js';
import { repositoryChange } from '../../../src/contracts/repository/repository.js';
import { fakePorts } from '../../support/fake-ports.js';
import { actionRecord as record, planOf } from '../../support/planned-action.js';

function refusal(asked: ActionRecord): string {
  const plan = planOf(asked);
  assert.ok(plan.type === 'refused', `${JSON.stringify(asked).slice(0, 200)} became ${plan.type}`);
  return `${plan.failure.code}: ${plan.failure.message}`;
}

const BUILD = {
  ownername: 'jdoe',
  projectname: 'hello',
  project_dirname: 'hello',
  chroot_builddirs: { 'srpm-builds': ['00000023'], 'fedora-44-x86_64': ['00000023-hello'] },
  appstream: false,
  devel: false,
};
const FORK = {
  user: 'alice',
  copr: 'mine',
  builds_map: {
    'fedora-44-x86_64': { '00000023-hello': '00000028-hello' },
    'epel-9-x86_64': {},
    'srpm-builds': { '00000023': '00000028' },
  },
};
const FORKED = { oldValue: 'jdoe/hello', newValue: 'alice/mine' };

describe('plans of projects in Pulp', () => {
  it('name Pulp in the plan and in every request, where another plan names nothing', () => {
    for (const [storage, store] of [
      [1, 'pulp'],
      [0, undefined],
    ] as const) {
      for (const asked of [
        record('delete', { ...BUILD, storage }, { objectType: 'build', objectId: 23 }),
        record('fork', { ...FORK, storage }, FORKED),
      ]) {
        const plan = planOf(asked);
        assert.ok(plan.type === 'deleteBuilds' || plan.type === 'fork');
        const named = (plan.requests.items ?? []).map(({ change }) => change.store);
        assert.deepEqual([plan.store, ...new Set(named)], [store, store]);
      }
    }
  });
});

describe('plans of deletes', () => {
  it('ask the chroot of each build, and take along what no metadata names', () => {
    const plan = planOf(record('delete', BUILD, { objectType: 'build', objectId: 23 }));
    assert.ok(plan.type === 'deleteBuilds');
    assert.deepEqual(plan.requests.items, [
      {
        repository: { owner: 'jdoe', dirname: 'hello', chroot: 'fedora-44-x86_64' },
        change: repositoryChange('change', { delete: ['00000023-hello'] }),
      },
    ]);
    assert.equal(plan.loose.owner, 'jdoe');
    assert.ok(plan.loose.paths.items?.includes('hello/srpm-builds/00000023'));
  });

  it('take along the logs of old times that lie beside the build, and no others', async () => {
    const logs = ['build-00000023.log', 'build-23.rsync.log', 'build-23.log'];
    const ports = fakePorts({
      projects: {
        exists: () => Promise.resolve(true),
        namesIn: ([, , chroot]) => Promise.resolve(new Set(chroot === 'srpm-builds' ? [] : [...logs, 'build-24.log'])),
      },
    });
    const plan = planOf(record('delete', BUILD, { objectType: 'build', objectId: 23 }));
    const short = await shortPlan(50, plan, ports.deps);
    assert.ok(short.type === 'deleteBuilds');
    assert.deepEqual(
      short.loose.paths.items,
      logs.map((log) => `hello/fedora-44-x86_64/${log}`),
    );
    assert.equal(short.oldLogs, undefined);
  });

  it('take a build of a manual-createrepo project out of both metadata', () => {
    const plan = planOf(record('delete', { ...BUILD, devel: true }, { objectType: 'build', objectId: 23 }));
    assert.ok(plan.type === 'deleteBuilds');
    assert.deepEqual(
      plan.requests.items?.map(({ change }) => change.devel),
      [false, true],
    );
  });

  it('leave out what is gone already, so that a repeated one succeeds', async () => {
    const ports = fakePorts({
      projects: { exists: () => Promise.resolve(false), namesIn: () => Promise.resolve(new Set()) },
    });
    const plan = planOf(record('delete', BUILD, { objectType: 'build', objectId: 23 }));
    const short = await shortPlan(50, plan, ports.deps);
    assert.deepEqual(short, {
      type: 'deleteBuilds',
      requests: { items: [], file: null },
      loose: { owner: 'jdoe', paths: { items: [], file: null } },
    });
  });

  it('know the project by its directories', () => {
    const data = { ownername: 'alice', project_dirnames: ['gone', 'gone:pr:1', ''], storage: 0 };
    assert.deepEqual(planOf(record('delete', data, { objectType: 'copr' })), {
      type: 'deleteProject',
      project: { owner: 'alice', project: 'gone' },
      directories: {
        items: [
          { owner: 'alice', dirname: 'gone' },
          { owner: 'alice', dirname: 'gone:pr:1' },
        ],
        file: null,
      },
    });
  });
});

describe('plans of what was asked for before the project was deleted', () => {
  const createrepo = {
    ownername: 'alice',
    projectname: 'gone',
    project_dirnames: ['gone'],
    chroots: ['fedora-44-x86_64'],
  };
  const deletedBy = (action: number): ReturnType<typeof fakePorts> =>
    fakePorts({ projects: { deletedBy: ({ chroot }) => Promise.resolve(chroot === null ? action : null) } });

  it('are nothing to do: the directory is not made again', async () => {
    for (const [type, data] of [
      ['createrepo', createrepo],
      ['generateKey', createrepo],
      ['updateComps', { ...createrepo, chroot: 'fedora-44-x86_64', comps_present: true, url_path: '/comps/' }],
    ] as const) {
      const ports = deletedBy(71);
      const plan = await shortPlan(50, planOf(record(type, data)), ports.deps);
      assert.ok(plan.type === 'nothing');
      assert.match(plan.why, /deleted by action 71/);
      assert.deepEqual(ports.calls('projects', 'recreate'), []);
    }
  });

  it('are carried out for a project that was made again after it', async () => {
    const ports = deletedBy(41);
    const plan = await shortPlan(50, planOf(record('createrepo', createrepo)), ports.deps);
    assert.equal(plan.type, 'createrepo');
    assert.deepEqual(ports.calls('projects', 'recreate')[0], [{ owner: 'alice', dirname: 'gone', chroot: null }]);
  });
});

describe('plans of copies', () => {
  it('say what goes where', () => {
    const plan = planOf(record('fork', FORK, { objectType: 'copr', ...FORKED }));
    assert.deepEqual(plan, {
      type: 'fork',
      source: { owner: 'jdoe', project: 'hello' },
      destination: { owner: 'alice', project: 'mine' },
      requests: {
        items: ['fedora-44-x86_64', 'epel-9-x86_64'].map((chroot) => ({
          repository: { owner: 'alice', dirname: 'mine', chroot },
          change: repositoryChange('full', { appstream: true }),
        })),
        file: null,
      },
      builds: {
        items: [
          { chroot: 'fedora-44-x86_64', from: '00000023-hello', to: '00000028-hello' },
          { chroot: 'srpm-builds', from: '00000023', to: '00000028' },
        ],
        file: null,
      },
      sign: true,
    });
    assert.equal(planOf(record('rename', null, FORKED)).type, 'rename');
  });

  it('refuse a fork whose row and data speak of different projects', () => {
    assert.match(refusal(record('fork', { ...FORK, user: 'eve' }, FORKED)), /^TaskInvalid/);
    assert.match(refusal(record('fork', FORK, { ...FORKED, newValue: 'jdoe/hello' })), /same project/);
  });
});

describe('plans of renames', () => {
  it('say what becomes what, and refuse names that no project can have', () => {
    assert.deepEqual(planOf(record('rename', null, FORKED)), {
      type: 'rename',
      source: { owner: 'jdoe', project: 'hello' },
      destination: { owner: 'alice', project: 'mine' },
      sign: true,
    });
    const hostile = [
      '',
      'x',
      '../x/y',
      '/x/y',
      'x/../y',
      'x/y/z',
      'x/y:pr:7',
      '.x/y',
      'x/.y',
      'x/y z',
      'x/y\n',
      'x/~y',
      null,
    ];
    for (const name of hostile) {
      for (const names of [{ oldValue: name }, { newValue: name }])
        assert.match(refusal(record('rename', null, { ...FORKED, ...names })), /^TaskInvalid/, JSON.stringify(name));
    }
    assert.match(refusal(record('rename', null, { ...FORKED, newValue: 'x'.repeat(300) + '/y' })), /^TaskInvalid/);
  });

  it('leave the place of the new name alone', async () => {
    const ports = fakePorts({ projects: { deletedBy: () => Promise.resolve(41) } });
    assert.equal((await shortPlan(50, planOf(record('rename', null, FORKED)), ports.deps)).type, 'rename');
    assert.deepEqual(ports.calls('projects', 'recreate'), []);
  });
});

describe('actions that were asked for before a rename', () => {
  const data = { ownername: 'jdoe', projectname: 'hello', chroots: ['fedora-44-x86_64'] };
  const builds = { 'fedora-44-x86_64': ['00000007-hello'], 'srpm-builds': ['00000007'] };
  const asked: readonly (readonly [string, ActionRecord])[] = [
    ['createrepo', record('createrepo', { ...data, project_dirnames: ['hello:pr:7'] })],
    [
      'delete builds',
      record(
        'delete',
        { ...data, project_dirname: 'hello', chroot_builddirs: builds, appstream: true },
        { objectType: 'build', objectId: 7 },
      ),
    ],
    ['delete a project', record('delete', { ...data, project_dirnames: ['hello'] }, { objectType: 'copr' })],
    ['delete a chroot', record('delete', { ...data, chrootname: 'fedora-44-x86_64' }, { objectType: 'chroot' })],
    ['remove directories', record('removeDirectories', ['jdoe/hello:pr:7'])],
    ['fork', record('fork', FORK, { objectType: 'copr', ...FORKED })],
  ];

  it('are refused with the new name: done at the old one they would be lost', async () => {
    for (const [what, one] of asked) {
      const renamedBy = (action: number): ReturnType<typeof fakePorts> =>
        fakePorts({ projects: { renamedBy: () => Promise.resolve({ action, to: 'jdoe/world' }) } });
      const late = await shortPlan(50, planOf(one), renamedBy(60).deps);
      assert.ok(late.type === 'refused', what);
      assert.equal(late.failure.code, 'ProjectRenamed');
      assert.match(late.failure.message, /is jdoe\/world since action 60/);
      const later = await shortPlan(50, planOf(one), renamedBy(40).deps);
      assert.notEqual(later.type, 'refused', `${what}, of a new project of that name`);
    }
  });
});

describe('types that are nobody’s', () => {
  it('get a clear answer', () => {
    assert.equal(planOf(record('legalFlag', null)).type, 'nothing');
    assert.match(refusal(record('updateModule', {})), /^ActionUnsupported: a module is not updated/);
    assert.match(refusal(record('cancelBuild', {})), /^ActionUnsupported: a build is not canceled by an action/);
    assert.match(refusal(record('delete', {}, { objectType: 'user' })), /^ActionUnsupported: delete of "user"/);
  });
});

/** Recorded from a real frontend; test/fixtures/frontend says where it comes from. */
const RECORDED = readFileSync(new URL('../../fixtures/frontend/actions.jsonl', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => ActionRecord.parse(JSON.parse(line)));

describe('every recorded action', () => {
  /** By the number of the type and the object. */
  const EXPECTED: Readonly<Record<string, ActionPlan['type']>> = {
    '3 repository': 'createrepo',
    '5 copr': 'gen_gpg_key',
    '4 copr_chroot': 'updateComps',
    '7 copr': 'fork',
    '0 build': 'deleteBuilds',
    '0 builds': 'deleteBuilds',
    '0 chroot': 'deleteChroot',
    '0 copr': 'deleteProject',
    '6 None': 'rawhideToRelease',
    '11 copr': 'removeDirs',
  };

  it('has a plan of its type, wherever its packages are', () => {
    assert.ok(RECORDED.length >= 30);
    for (const recorded of RECORDED) {
      const plan = planOf(recorded);
      const isInPulp = (recorded.data as { readonly storage?: number }).storage === 1;
      const type = EXPECTED[`${recorded.typeNumber} ${recorded.objectType ?? ''}`];
      assert.deepEqual([plan.type, plan.store], [type, isInPulp ? 'pulp' : undefined], `action ${recorded.id}`);
    }
  });
});
