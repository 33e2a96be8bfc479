import assert from 'node:assert/strict';
import { usagePage, usagePages } from '../../../../src/domain/maintenance/usage-page.js';
import { UsageSums, type UsageSample } from '../../../../src/domain/maintenance/usage-sample.js';

function sampleOf(kib: number): UsageSample {
  const sums = new UsageSums();
  sums.add(['jdoe', 'hello<b>', 'fedora-42-x86_64', '00000007-a'], kib);
  sums.add(['jdoe', 'hello<b>', 'fedora-42-x86_64'], kib);
  sums.add(['jdoe', 'hello<b>', 'srpm-builds'], 4);
  sums.add(['jdoe', 'hello<b>', 'nodash'], 8);
  sums.add(['jdoe', 'hello<b>', 'repodata'], 8);
  sums.add(['jdoe', 'hello<b>', '.staging'], 8);
  sums.add(['jdoe', 'hello<b>'], kib + 28);
  sums.add(['jdoe'], kib + 28);
  sums.add(['.trash'], 5000);
  return sums.sample;
}

describe('the sums of a sample', () => {
  it('are those of the known format, whatever else lies in the tree', () => {
    assert.deepEqual(sampleOf(100), {
      owners: { jdoe: 128 },
      projects: { 'jdoe/hello<b>': 128 },
      project_chroots: { 'jdoe/hello<b>/fedora-42-x86_64': 100 },
      chroots: { 'fedora-42-x86_64': 100, 'srpm-builds': 4, nodash: 8 },
      distros: { 'fedora-42': 100 },
      arches: { x86_64: 100 },
    });
  });
});

describe('the page of charts', () => {
  const day = (number: number): number => Date.UTC(2026, 10, number);
  const page = usagePage(
    [
      { at: day(1), sample: sampleOf(1024) },
      { at: day(8), sample: sampleOf(3072) },
    ],
    day(9),
  );

  it('has a line for each name, with its values, and what it takes now', () => {
    assert.match(page, /<title>fedora-42, 2026-11-01: 1\.0 MiB<\/title>/);
    assert.match(page, /<td>fedora-42<\/td><td>3\.0 MiB<\/td><td>\+2\.0 MiB in 7 d<\/td>/);
    assert.match(page, /2 samples since 2026-11-01, the last of 2026-11-08/);
  });

  it('needs nothing from elsewhere, runs nothing, and shows names as they are', () => {
    assert.doesNotMatch(page, /https?:|<script|<link|src=|url\(/);
    assert.match(page, /default-src 'none'/);
    assert.match(page, /<td>jdoe\/hello&lt;b&gt;<\/td>/);
    assert.doesNotMatch(page, /hello<b>/);
  });

  it('says so without a sample, and draws a single one', () => {
    assert.match(usagePage([], day(9)), /There is no sample yet/);
    assert.match(usagePage([{ at: day(1), sample: sampleOf(1) }], day(9)), /cx="\d+\.\d"/);
  });

  it('is reached from the names that the pages of the Python service had', () => {
    const pages = usagePages([{ at: day(1), sample: sampleOf(1024) }], day(9));
    const index = pages.get('index.html') ?? '';
    for (const name of ['distro', 'chroots', 'arches', 'projects', 'owners']) {
      const section = /url=index\.html#(\w+)"/.exec(pages.get(`${name}.html`) ?? '')?.[1] ?? 'none';
      assert.ok(index.includes(`<section id="${section}">`), name);
    }
    assert.equal(pages.size, 6);
  });
});
