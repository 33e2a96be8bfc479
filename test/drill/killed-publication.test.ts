import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { Publisher } from '../../drill/readers/killed-publisher.js';
import { TREE_STEPS as STEPS } from '../../drill/readers/place.js';
import { givenRepository, NOTHING, REPOSITORY } from '../support/given-repository.js';

describe('a publication that is killed', function () {
  this.timeout(180_000);

  for (const byMembers of [false, true]) {
    const how = byMembers ? 'updated by members' : 'made by createrepo_c';
    it(`leaves the old or the new generation live at each step, and the next run clears up (${how})`, () =>
      killAtEachStep(byMembers));
  }
});

async function killAtEachStep(byMembers: boolean): Promise<void> {
  const given = await givenRepository();
  const place = { destdir: given.root, graceHours: 0, repository: REPOSITORY, pulp: null };
  const publisher = new Publisher({ publisher: place, steps: STEPS });
  try {
    await given.publish({ add: [await given.build('00000001-one')] });
    await given.build('00000002-two');
    const [one, two] = [given.rpmsOf('00000001-one'), given.rpmsOf('00000002-two')];
    let now: readonly string[] = one;
    let next: readonly string[] = [...one, ...two];
    // An update by members reports no steps before the switch.
    const steps = byMembers ? STEPS.slice(STEPS.indexOf('switching')) : STEPS;
    for (const [index, step] of steps.entries()) {
      const isAdding = index % 2 === 0;
      if (isAdding) await given.build('00000002-two');
      const lists = isAdding ? { add: ['00000002-two'] } : { delete: ['00000002-two'] };
      // Only a full run has createrepo_c make all of it with every version (decision 0046).
      const task = { ...place, byMembers, run: { ...NOTHING, ...lists, full: !byMembers } };
      assert.equal(await publisher.attempt({ ...task, stopAt: step }, null), null, `it died at ${step}`);
      const isSwitched = STEPS.indexOf(step) > STEPS.indexOf('renaming');
      assert.deepEqual(await given.hrefs(), isSwitched ? next : now, step);
      const again = await publisher.attempt({ ...task, stopAt: null }, null);
      assert.ok(again !== null && 'revision' in again, JSON.stringify(again));
      assert.deepEqual(await given.hrefs(), next, step);
      const staged = await readdir(path.join(given.chroot, '..', '.staging'));
      const kept = [`lock=${REPOSITORY.chroot}`, ...(byMembers ? [`members=${REPOSITORY.chroot}`] : [])];
      assert.deepEqual(staged.toSorted(), kept);
      const builds = (await readdir(given.chroot)).filter((name) => /^\d/.test(name));
      assert.deepEqual(builds, isAdding ? ['00000001-one', '00000002-two'] : ['00000001-one']);
      [now, next] = [next, now];
    }
    const kept = (await readdir(given.live())).filter((name) => name.endsWith('-primary.xml.gz'));
    assert.ok(kept.length <= 4, `nothing of the dead is left: ${kept.join(', ')}`);
  } finally {
    await publisher.end();
    await given.remove();
  }
}
