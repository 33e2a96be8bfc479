import assert from 'node:assert/strict';
import { capsOfPlan } from '../../../../src/domain/prune/prune-caps.js';
import {
  formatChroot,
  formatFinal,
  formatRemoval,
  parsePlanLine,
  PLAN_HEAD,
  PlanLineError,
  summarizePlan,
  type PlannedRemoval,
} from '../../../../src/domain/prune/prune-plan.js';

const REPOSITORY = { owner: '@group', dirname: 'project:pr:1', chroot: 'fedora-42-x86_64' };
const removals: readonly PlannedRemoval[] = [
  { kind: 'rpm', path: '00000001-a/a-1-1.noarch.rpm', bytes: 7, reason: 'superseded by 2-1, built 2026-01-01' },
  { kind: 'srpm', path: '00000001-a/a-1-1.src.rpm', bytes: 5, reason: 'all binary packages of its build go' },
  { kind: 'build', path: '00000002-a', bytes: 0, reason: 'no binary package' },
];

function planOf(count: number, packages: number): string {
  const lines = Array.from({ length: count }, (_, index) =>
    formatRemoval(REPOSITORY, { kind: 'rpm', path: `a-${index}-1.noarch.rpm`, bytes: 1, reason: 'old' }),
  );
  return [PLAN_HEAD, '# a remark', formatFinal('fedora-38-x86_64')]
    .concat(formatChroot({ repository: REPOSITORY, packages, days: 14 }), lines, '')
    .join('\n');
}

describe('parsePlanLine', () => {
  it('reads what was written', () => {
    const chroot = { repository: REPOSITORY, packages: 3, days: 14 };
    assert.deepEqual(parsePlanLine(formatChroot(chroot)), { type: 'chroot', ...chroot });
    for (const removal of removals)
      assert.deepEqual(parsePlanLine(formatRemoval(REPOSITORY, removal)), {
        ...{ type: 'removal', repository: REPOSITORY, removal },
      });
    assert.deepEqual(parsePlanLine(formatFinal('fedora-38-x86_64')), { type: 'final', chroot: 'fedora-38-x86_64' });
  });

  it('refuses what leads elsewhere or is nothing', () => {
    for (const line of [
      'rpm\t../../etc/passwd\t1\tx',
      'rpm\ta/b/c/../x.rpm\t1\tx',
      'rpm\ta/b/c\t1\tx',
      'rpm\ta/b/c/d/e/f.rpm\t1\tx',
      'build\ta/b/c/.\t1\tx',
      'build\ta/b/c/d/e\t1\tx',
      'directory\ta/b/c/d\t1\tx',
      'final\t../x',
      'chroot\ta/b/c\tpackages=x days=1',
      'anything',
    ])
      assert.throws(() => parsePlanLine(line), PlanLineError, line);
  });
});

describe('summarizePlan', () => {
  it('counts by project, over all its directories', () => {
    const { count, bytes, finals, projects } = summarizePlan(planOf(120, 130));
    assert.deepEqual({ count, bytes, finals }, { count: 120, bytes: 120, finals: 1 });
    assert.deepEqual([...projects], [['@group/project', { packages: 130, going: 120 }]]);
  });

  it('refuses text without the head, and lines under another chroot', () => {
    assert.throws(() => summarizePlan('rpm\ta/b/c/x.rpm\t1\tx\n'), /a plan begins with/);
    const [removal] = removals;
    const stray = formatRemoval({ ...REPOSITORY, chroot: 'other-1-x86_64' }, removal ?? assert.fail());
    assert.throws(() => summarizePlan(`${planOf(1, 1)}${stray}\n`), /does not follow its chroot line/);
  });
});

describe('capsOfPlan', () => {
  it('stops a project of which too much would go, and a plan that is too long', () => {
    const caps = { share: 75, total: 1000 };
    assert.deepEqual(capsOfPlan(summarizePlan(planOf(150, 200)), caps), []);
    assert.deepEqual(capsOfPlan(summarizePlan(planOf(151, 200)), caps), [
      '@group/project: 151 of its 200 packages would go, more than 75 % (prune_max_share)',
    ]);
    assert.deepEqual(capsOfPlan(summarizePlan(planOf(100, 100)), caps), [], 'few packages are nothing absurd');
    assert.match(capsOfPlan(summarizePlan(planOf(1001, 9000)), caps).join(), /1001 .* more than 1000/);
  });
});
