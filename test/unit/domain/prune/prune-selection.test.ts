import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isSourceRpm } from '../../../../src/domain/names/rpm-file.js';
import { compareEvr } from '../../../../src/domain/names/evr.js';
import {
  selectForPruning,
  type PrunableContent,
  type PrunableDirectory,
  type PrunablePackage,
} from '../../../../src/domain/prune/prune-selection.js';

const DAY = 86_400_000;
const NOW = 1_800_000_000_000;
const DAYS = 14;

/** A package of build `build`, so many days old. */
function given(name: string, version: string, build: number, age: number, arch = 'x86_64'): PrunablePackage {
  const href = `${String(build).padStart(8, '0')}-p/${name}-${version}-1.${arch}.rpm`;
  const buildTime = Math.floor((NOW - age * DAY) / 1000);
  return { href, name, epoch: 0, version, release: '1', arch, buildTime, bytes: 100 };
}

/** The directories in which these packages lie. */
function content(packages: readonly PrunablePackage[], changed: Partial<PrunableContent> = {}): PrunableContent {
  const rpms = new Map<string, string[]>();
  for (const { href } of packages) {
    const [directory = '', file = ''] = href.split('/');
    rpms.set(directory, [...(rpms.get(directory) ?? []), file]);
  }
  const directories = [...rpms].map(([name, files]): PrunableDirectory => ({
    ...{ name, rpms: files, isBuild: true, changedAt: NOW },
  }));
  return { packages, directories, pinned: new Map(), departed: new Set(), hasModules: false, ...changed };
}

const select = (what: PrunableContent): readonly string[] =>
  selectForPruning(what, { now: NOW, days: DAYS }).map(({ kind, path }) => `${kind} ${path}`);

describe('selectForPruning', () => {
  it('takes what is superseded and old, and its source package with the last binary', () => {
    const what = content([
      given('a', '1', 1, 30),
      given('a', '1', 1, 30, 'src'),
      given('a', '2', 2, 20),
      given('a-libs', '2', 2, 20),
      given('a', '2', 2, 20, 'src'),
      given('a', '3', 3, 10),
    ]);
    assert.deepEqual(select(what), [
      'rpm 00000001-p/a-1-1.x86_64.rpm',
      'rpm 00000002-p/a-2-1.x86_64.rpm',
      'srpm 00000001-p/a-1-1.src.rpm',
    ]);
    const [first] = selectForPruning(what, { now: NOW, days: DAYS });
    assert.equal(first?.reason, 'superseded by 0:3-1, built 2026-12-16');
  });

  it('keeps what is young, of another architecture, or as new as the newest', () => {
    const twice = [given('a', '3', 3, 30), given('a', '3', 4, 30)];
    assert.deepEqual(select(content([given('a', '2', 2, 13.9), given('a', '1', 1, 30, 'i686'), ...twice])), []);
  });

  it('keeps what a pinned generation names, and the source of what is kept', () => {
    const old = given('a', '1', 1, 30);
    const source = given('a', '1', 1, 30, 'src');
    const newer = given('a', '2', 2, 30);
    assert.deepEqual(select(content([old, source, newer], { pinned: new Map([[old.href, '1700000000']]) })), []);
    assert.deepEqual(select(content([old, source, newer], { pinned: new Map([[source.href, '1700000000']]) })), [
      `rpm ${old.href}`,
    ]);
  });

  it('counts what has left the metadata before as gone', () => {
    const left = given('a-libs', '1', 1, 30);
    const all = [given('a', '1', 1, 30), given('a', '1', 1, 30, 'src'), given('a', '2', 2, 30)];
    const directories = content([...all, left]).directories;
    const what = content(all, { directories, departed: new Set([left.href]) });
    assert.deepEqual(select(what), [`rpm ${all[0]?.href}`, `srpm ${all[1]?.href}`]);
  });

  it('takes build directories that have had no package for as long, and nothing else', () => {
    const directory = (name: string, changed: Partial<PrunableDirectory> = {}): PrunableDirectory => ({
      ...{ name, isBuild: true, changedAt: NOW - 20 * DAY, rpms: [], ...changed },
    });
    const what = content([], {
      directories: [
        directory('00000001-a'),
        directory('00000002-a', { rpms: ['a-1-1.src.rpm', 'b-1-1.nosrc.rpm'] }),
        directory('00000003-a', { rpms: ['a-1-1.noarch.rpm'] }),
        directory('00000004-a', { isBuild: false }),
        directory('00000005-a', { changedAt: NOW - 13 * DAY }),
        directory('00000006-a'),
        directory('00000007-a'),
      ],
      departed: new Set(['00000006-a']),
      pinned: new Map([['00000007-a/a-1-1.noarch.rpm', '1']]),
    });
    assert.deepEqual(select(what), ['build 00000001-a', 'build 00000002-a']);
  });

  it('leaves streams of a module alone where there is module metadata', () => {
    const modular = { ...given('a', '1', 1, 30), release: '1.module+el8+1' };
    const newer = { ...given('a', '2', 2, 30), release: '1.module+el8+2' };
    assert.deepEqual(select(content([modular, newer], { hasModules: true })), []);
    assert.deepEqual(select(content([modular, newer])), [`rpm ${modular.href}`]);
  });

  const packages = fc.array(
    fc
      .tuple(
        fc.constantFrom('a', 'b', 'c'),
        fc.constantFrom('1', '1.1', '1~rc', '2', '10'),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 0, max: 40 }),
        fc.constantFrom('x86_64', 'noarch', 'src'),
      )
      .map((facts) => given(...facts)),
    { maxLength: 25 },
  );

  it('never takes the last of a name, or anything young, and settles', () => {
    fc.assert(
      fc.property(packages, (all) => {
        const unique = [...new Map(all.map((one) => [one.href, one])).values()];
        const removals = selectForPruning(content(unique), { now: NOW, days: DAYS });
        const gone = new Set(removals.map(({ path }) => path));
        const left = unique.filter(({ href }) => !gone.has(href));
        for (const one of unique.filter(({ arch }) => arch !== 'src')) {
          const peers = left.filter(({ name, arch }) => name === one.name && arch === one.arch);
          assert.ok(
            peers.some((peer) => compareEvr(peer, one) >= 0),
            `${one.href} has a successor that stays`,
          );
          if (gone.has(one.href)) assert.ok(one.buildTime * 1000 <= NOW - DAYS * DAY);
        }
        for (const path of gone) {
          if (!isSourceRpm(path)) continue;
          const build = path.split('/')[0] ?? '';
          assert.ok(!left.some(({ href }) => href.startsWith(`${build}/`) && !isSourceRpm(href)));
        }
        assert.deepEqual(selectForPruning(content(left), { now: NOW, days: DAYS }), []);
      }),
    );
  });
});
