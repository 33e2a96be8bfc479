import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { copyFile, link, mkdir, readFile, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { byKind, KINDS, type ByKind } from '../../../../src/adapters/repository-store/incremental/documents.js';
import type { LiveFile } from '../../../../src/adapters/repository-store/incremental/live-metadata.js';
import {
  updateDocuments,
  type DocumentsUpdate,
  type DocumentsUpdated,
} from '../../../../src/adapters/repository-store/incremental/update-documents.js';
import { runCommand } from '../../../../src/adapters/process/run-command.js';
import { newerCreaterepo, systemCreaterepo } from '../../../support/createrepo-programs.js';
import { givenDirectory } from '../../../support/given-directory.js';
import { givenRpms } from '../../../support/given-rpms.js';
import { documentsOf, textsOf } from '../../../support/metadata-documents.js';

const NAMES = ['alpha', 'beta', 'Gamma', 'delta', 'zeta'];
/** The places of some packages have to be escaped. */
const fileName = '%{NAME}&\u00fc-%{VERSION}-%{RELEASE}.%{ARCH}.rpm';
/** A few packages of these RPMs: enough members for every rule of how they are cut. */
const MEMBER_BYTES = 4 * 1024;

/**
 * Attributes beyond ASCII in the one of their two spellings that newer versions of libxml2 have
 * (docs/tool-behaviour.md).
 */
function plainly(document: string): string {
  return document.replaceAll(/&#x([\dA-F]{2,6});/g, (whole, code: string) => {
    const point = Number.parseInt(code, 16);
    return point < 0xa0 ? whole : String.fromCodePoint(point);
  });
}

/** The content of the private file, in the file's form. */
function withDigest(indexes: unknown): string {
  const text = JSON.stringify(indexes);
  return `${createHash('sha256').update(text).digest('hex')}\n${text}`;
}

describe('updateDocuments', () => {
  let root: Awaited<ReturnType<typeof givenDirectory>>;
  let oracle: string;
  let generations: readonly string[];
  /** Real packages of every name in two forms, which have the same file names. */
  let pool: readonly (readonly string[])[];

  before(async function () {
    this.timeout(180_000);
    root = await givenDirectory();
    oracle = (await newerCreaterepo()).path;
    generations = [(await systemCreaterepo()).path, oracle];
    const made: string[][] = [];
    for (const form of ['one', 'another <&> "ö"']) {
      const directory = path.join(root.path, `pool-${made.length}`);
      await mkdir(directory);
      for (const name of NAMES)
        await givenRpms(directory, {
          name,
          summary: form,
          subpackages: ['libs'],
          ...(name === 'beta' && { fileName }),
        });
      made.push((await readdir(directory)).sort().map((file) => path.join(directory, file)));
    }
    pool = made;
  });
  after(() => root.remove());

  let runs = 0;
  const createrepo = async (program: string, args: readonly string[]): Promise<void> => {
    const result = await runCommand(program, ['-q', '--no-database', '--general-compress-type=gz', ...args], {
      timeoutMs: 60_000,
    });
    assert.equal(result.code, 0, result.summary);
  };

  /** A chroot directory, its metadata, and what changes both. */
  const open = async (program = oracle, baseurl: string | null = null) => {
    const place = path.join(root.path, `run-${(runs += 1)}`);
    const tree = path.join(place, 'tree');
    await mkdir(tree, { recursive: true });
    const base = baseurl === null ? [] : ['--baseurl', baseurl];
    await createrepo(program, [tree, '--outputdir', place, ...base]);
    let live = await documentsOf(path.join(place, 'repodata'));
    let steps = 0;
    const repository = {
      place,
      tree,
      indexFile: path.join(place, 'members'),
      live: () => live,
      use: (documents: ByKind<LiveFile>) => void (live = documents),
      /** Puts exactly these packages of the pool (by number) into a build's directory. */
      build: async (name: string, packages: readonly number[], form = 0): Promise<void> => {
        await rm(path.join(tree, name), { recursive: true, force: true });
        if (packages.length === 0) return;
        await mkdir(path.join(tree, name));
        for (const at of packages) {
          const file = pool[form]?.[at] ?? assert.fail();
          const target = path.join(tree, name, path.basename(file));
          await copyFile(file, target);
          // Metadata has the time of the file; the same package put there again is no other package.
          const { atime, mtime } = await stat(file);
          await utimes(target, atime, mtime);
        }
      },
      /** Updates for what lies in these builds now. */
      update: async (builds: readonly string[], more: Partial<DocumentsUpdate> = {}): Promise<DocumentsUpdated> => {
        const step = path.join(place, `step-${(steps += 1)}`);
        await mkdir(step);
        const rpms: string[] = [];
        for (const name of new Set(builds))
          for (const file of await readdir(path.join(tree, name)).catch(() => [])) rpms.push(`${name}/${file}`);
        let staged: ByKind<LiveFile> | null = null;
        if (rpms.length > 0) {
          await writeFile(path.join(step, 'list'), rpms.join('\n'));
          await mkdir(path.join(step, 'staged'));
          const output = path.join(step, 'staged');
          await createrepo(program, [tree, '--outputdir', output, '--pkglist', path.join(step, 'list'), ...base]);
          staged = await documentsOf(path.join(output, 'repodata'));
        }
        const updated = await updateDocuments({
          ...{ live, staged, witnesses: [], builds, packages: [], baseurl, into: step },
          ...{ indexFile: repository.indexFile, memberBytes: MEMBER_BYTES, timestamp: 1, ...more },
        });
        if (updated.outcome === 'updated') {
          live = byKind((kind) => {
            const { name, checksum, size } = updated.records.find(({ type }) => type === kind) ?? assert.fail();
            return { path: path.join(step, name), checksum, size };
          });
        }
        return updated;
      },
      /** Has the places in the other spelling. */
      respell: async (): Promise<void> => {
        const primary = plainly((await textsOf(live)).primary);
        const content = gzipSync(primary);
        const file = path.join(place, 'respelled-primary.xml.gz');
        await writeFile(file, content);
        const checksum = createHash('sha256').update(content).digest('hex');
        live = { ...live, primary: { path: file, checksum, size: content.length } };
      },
      /** Compares with what createrepo_c 1.2.5 makes of the whole tree. */
      isAsCreaterepoSays: async (): Promise<void> => {
        const output = path.join(place, 'oracle');
        await rm(output, { recursive: true, force: true });
        await mkdir(output);
        await createrepo(oracle, [tree, '--outputdir', output, ...base]);
        const [ours, theirs] = [await textsOf(live), await textsOf(await documentsOf(path.join(output, 'repodata')))];
        for (const kind of KINDS) assert.equal(plainly(ours[kind]), plainly(theirs[kind]), kind);
      },
    };
    return repository;
  };
  const members = async (file: string): Promise<number> => {
    const text = await readFile(file, 'utf8');
    const [newest] = JSON.parse(text.slice(text.indexOf('\n'))) as [{ members: unknown[] }];
    return newest.members.length;
  };

  it('has what createrepo_c 1.2.5 has, byte for byte, after any sequence of changes', async function () {
    this.timeout(600_000);
    const change = fc.record({
      build: fc.integer({ min: 1, max: 6 }),
      packages: fc.uniqueArray(fc.nat({ max: NAMES.length * 3 - 1 }), { maxLength: 6 }),
      form: fc.nat({ max: 1 }),
    });
    const sequences = fc.array(fc.array(change, { minLength: 1, maxLength: 2 }), { minLength: 4, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(sequences, fc.nat({ max: 1 }), async (sequence, generation) => {
        const repository = await open(generations[generation]);
        for (const changes of sequence) {
          for (const { build, packages, form } of changes)
            await repository.build(`0000000${build}-${NAMES[build % 3]}`, packages, form);
          const updated = await repository.update(changes.map(({ build }) => `0000000${build}-${NAMES[build % 3]}`));
          assert.notEqual(updated.outcome, 'notApplicable', JSON.stringify(updated));
          await repository.isAsCreaterepoSays();
        }
      }),
      { numRuns: 6, endOnFailure: true },
    );
  });

  it('finds packages whose places are written in UTF-8, as newer versions of libxml2 do it', async () => {
    const repository = await open();
    const beta = [6, 7, 8];
    await repository.build('00000001-a', [0, 1, ...beta]);
    await repository.build('00000002-b', beta);
    assert.equal((await repository.update(['00000001-a', '00000002-b'])).outcome, 'updated');
    await repository.respell();
    assert.match((await textsOf(repository.live())).primary, /href="00000002-b\/[^"]*ü/);
    await repository.build('00000002-b', beta.slice(1), 1);
    assert.equal((await repository.update(['00000002-b'])).outcome, 'updated');
    await repository.isAsCreaterepoSays();
  });

  it('copies the members that hold nothing of the change', async () => {
    const repository = await open();
    for (const build of ['00000001-a', '00000002-b', '00000003-c'])
      await repository.build(build, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
    await repository.update(['00000001-a', '00000002-b', '00000003-c']);
    assert.ok((await members(repository.indexFile)) > 8);
    const before = await readFile(repository.live().primary.path);
    await repository.build('00000004-z', [14]);
    await repository.update(['00000004-z']);
    const after = await readFile(repository.live().primary.path);
    // All but the head, the last member and the tail stand in the new file as they stood in the old one.
    const head = 10 + before.subarray(10).indexOf(Buffer.from([0x1f, 0x8b, 8]));
    const kept = Math.floor(before.length * 0.7);
    assert.ok(after.includes(before.subarray(head, kept)));
    await repository.isAsCreaterepoSays();
  });

  it('names devel packages by their base, and refuses metadata with another one', async () => {
    const repository = await open(oracle, 'http://results.example/@group/a&b/');
    await repository.build('00000001-a', [0, 1, 2]);
    await repository.update(['00000001-a']);
    await repository.build('00000002-b', [3, 4]);
    await repository.update(['00000002-b']);
    await repository.isAsCreaterepoSays();
    const elsewhere = await repository.update([], { baseurl: null, packages: ['00000002-b/x.rpm'] });
    assert.equal(elsewhere.outcome, 'notApplicable');
  });

  it('takes single packages out, and says when there is nothing to do', async () => {
    const repository = await open();
    await repository.build('00000001-a', [0, 1, 2, 3]);
    await repository.update(['00000001-a']);
    const again = await repository.update(['00000001-a']);
    assert.deepEqual(again, { outcome: 'unchanged', packages: 4 });
    const gone = path.basename(pool[0]?.[2] ?? '');
    await rm(path.join(repository.tree, '00000001-a', gone));
    const updated = await repository.update([], { packages: [`00000001-a/${gone}`, '00000009-x/none.rpm'] });
    assert.deepEqual([updated.outcome, 'left' in updated && updated.left], ['updated', 1]);
    await repository.isAsCreaterepoSays();
    await repository.build('00000001-a', []);
    await repository.update(['00000001-a']);
    await repository.isAsCreaterepoSays();
  });

  it('does without an index that is missing, damaged or of other metadata', async () => {
    const repository = await open();
    await repository.build('00000001-a', [0, 1, 2, 3, 4, 5, 6, 7]);
    await repository.update(['00000001-a']);
    const { indexFile } = repository;
    const good = await readFile(indexFile, 'utf8');
    const flipped = good.replace(/"packages":(\d)/, (_, digit: string) => `"packages":${(Number(digit) % 8) + 1}`);
    const damages: [string, () => Promise<void>][] = [
      ['missing', () => rm(indexFile)],
      ['empty', () => writeFile(indexFile, '')],
      ['cut off', async () => writeFile(indexFile, (await readFile(indexFile, 'utf8')).slice(0, -20))],
      ['changed', () => writeFile(indexFile, flipped)],
      ['of other metadata', () => writeFile(indexFile, good)],
      [
        'a directory',
        () =>
          rm(indexFile)
            .then(() => mkdir(indexFile))
            .then(() => rm(indexFile, { recursive: true })),
      ],
    ];
    const live = async (): Promise<Readonly<Record<string, unknown>>> => {
      const [newest] = JSON.parse((await readFile(indexFile, 'utf8')).split('\n')[1] ?? '') as [
        Record<string, unknown>,
      ];
      return newest;
    };
    const forms: readonly [string, (index: Readonly<Record<string, unknown>>) => unknown][] = [
      ['no list', (index) => index],
      ['other things in the list', () => [null, 7, {}]],
      ['no members', (index) => [{ ...index, members: null }]],
      ['heads of another type', (index) => [{ ...index, heads: byKind(() => '10') }]],
      ['a member without a size', (index) => [{ ...index, members: [{ packages: 1, last: 'a' }] }]],
      ['sizes below zero', (index) => [{ ...index, tails: byKind(() => -1) }]],
    ];
    for (const [what, form] of forms)
      damages.push([what, async () => writeFile(indexFile, withDigest(form(await live())))]);
    let build = 1;
    for (const [what, damage] of damages) {
      await damage();
      build += 1;
      await repository.build(`0000000${build}-b`, [build]);
      const updated = await repository.update([`0000000${build}-b`]);
      assert.equal(updated.outcome, 'updated', what);
      await repository.isAsCreaterepoSays();
    }
  });

  it('sees an index that has the right checksum and the wrong members', async () => {
    const repository = await open();
    await repository.build('00000001-a', [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    await repository.update(['00000001-a']);
    const text = (await readFile(repository.indexFile, 'utf8')).split('\n')[1] ?? '';
    const [newest] = JSON.parse(text) as [{ members: { packages: number; bytes: ByKind<number> }[] }];
    const [one, two] = newest.members;
    assert.ok(one !== undefined && two !== undefined);
    newest.members = [{ packages: one.packages + two.packages, bytes: byKind((k) => one.bytes[k] + two.bytes[k]) }];
    await writeFile(repository.indexFile, withDigest([newest]));
    await repository.build('00000002-b', [3]);
    assert.equal((await repository.update(['00000002-b'])).outcome, 'updated');
    await repository.isAsCreaterepoSays();
  });

  it('goes on from the metadata before, when what it made never became live', async () => {
    const repository = await open();
    await repository.build('00000001-a', [0, 1, 2, 3, 4, 5]);
    await repository.update(['00000001-a']);
    const before = repository.live();
    await repository.build('00000002-b', [6]);
    await repository.update(['00000002-b']);
    repository.use(before);
    await repository.update(['00000002-b']);
    await repository.isAsCreaterepoSays();
  });

  it('leaves damaged and unusual metadata to createrepo_c', async () => {
    const repository = await open();
    await repository.build('00000001-a', [0, 1, 2, 3, 4, 5]);
    await repository.update(['00000001-a']);
    await repository.build('00000002-b', [6]);
    const good = repository.live();
    const texts = await textsOf(good);
    const packagesOf = (text: string): readonly string[] => text.match(/<package [\s\S]*?<\/package>\n/g) ?? [];
    const [first = '', second = ''] = packagesOf(texts.primary);
    const unusual: readonly [string, string][] = [
      ['other order', texts.primary.replace(first + second, second + first)],
      ['a package twice', texts.primary.replace(first, first + first)],
      ['wrong number', texts.primary.replace(/packages="\d+"/, 'packages="99"')],
      ['a comment', texts.primary.replace(second, `<!-- x -->\n${second}`)],
      ['md5', texts.primary.replace('type="sha256"', 'type="md5"')],
      ['a place escaped where it need not be', texts.primary.replace('href="00000001-a/', 'href="&#48;0000001-a/')],
      ['a package less', texts.primary.replace(first, '').replace(/packages="\d+"/, 'packages="5"')],
      ['cut off', texts.primary.slice(0, -20)],
    ];
    const { createHash } = await import('node:crypto');
    for (const [what, text] of unusual) {
      assert.notEqual(text, texts.primary, what);
      const file = path.join(repository.place, 'unusual.xml.gz');
      const gz = gzipSync(text);
      await writeFile(file, gz);
      const checksum = createHash('sha256').update(gz).digest('hex');
      repository.use({ ...good, primary: { path: file, checksum, size: gz.length } });
      const updated = await repository.update(['00000002-b']);
      assert.equal(updated.outcome, 'notApplicable', what);
    }
    for (const kind of KINDS) {
      const damaged = Buffer.from(await readFile(good[kind].path));
      const at = Math.floor(damaged.length / 2);
      damaged.writeUInt8(damaged.readUInt8(at) ^ 0x10, at);
      const file = path.join(repository.place, `damaged-${kind}.xml.gz`);
      await writeFile(file, damaged);
      repository.use({ ...good, [kind]: { ...good[kind], path: file } });
      assert.equal((await repository.update(['00000002-b'])).outcome, 'notApplicable', `damaged ${kind}`);
      const short = path.join(repository.place, `short-${kind}.xml.gz`);
      await writeFile(short, damaged.subarray(0, at));
      repository.use({ ...good, [kind]: { ...good[kind], path: short } });
      assert.equal((await repository.update(['00000002-b'])).outcome, 'notApplicable', `short ${kind}`);
    }
  });

  it('never writes into what it was given', async () => {
    const repository = await open();
    await repository.build('00000001-a', [0, 1, 2]);
    await repository.update(['00000001-a']);
    const { primary } = repository.live();
    const copy = path.join(repository.place, 'copy');
    await link(primary.path, copy);
    const before = await readFile(copy);
    await repository.build('00000001-a', [1], 1);
    await repository.update(['00000001-a']);
    assert.deepEqual(await readFile(copy), before);
    await repository.isAsCreaterepoSays();
  });
});
