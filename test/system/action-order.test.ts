import assert from 'node:assert/strict';
import { repositoryWorkflowId } from '../../src/contracts/names/ids.js';
import { changesQuery } from '../../src/contracts/messages.js';
import { givenActionWorld, type ActionWorld } from '../support/action-world.js';
import { recordedAction } from '../support/recorded-actions.js';

const F44 = 'fedora-44-x86_64';
const DELETES = 40;

describe('the order of actions', function () {
  this.timeout(240_000);
  let world: ActionWorld;

  before(async () => {
    world = await givenActionWorld();
  });
  after(() => world.close());

  it('that a frontend offers wrongly makes nothing again: a delete before what was asked for earlier', async () => {
    const ids: number[] = [];
    for (const id of [69, 70, 71]) {
      const { action_type, object_type, object_id, data } = recordedAction(id);
      ids.push(await world.ask({ action_type, object_type, object_id, data }));
    }
    const [createrepo = 0, key = 0, deletion = 0] = ids;
    await world.build('hello', 'alice', 'blink9', F44, '00000001-hello');
    for (const id of [deletion, createrepo, key])
      assert.deepEqual((await world.run(id)).outcome, { result: 'succeeded' }, `action ${id}`);
    assert.deepEqual(Object.keys(await world.files()), ['alice/'], 'the project stays deleted');

    const { data } = recordedAction(69);
    const later = await world.ask({ action_type: 3, object_type: 'repository', object_id: 0, data });
    assert.deepEqual((await world.run(later)).outcome, { result: 'succeeded' });
    assert.deepEqual(await world.named('alice', 'blink9', F44), [], 'a project of that name, made again, has metadata');
  });

  it(`makes ${DELETES} deletes of builds few runs of their repository`, async () => {
    await world.clear();
    const repository = { owner: 'jdoe', dirname: 'many', chroot: F44 };
    const builds = Array.from({ length: DELETES }, (_, index) => `${String(index + 1).padStart(8, '0')}-hello`);
    for (const build of builds) await world.build('hello', 'jdoe', 'many', F44, build);
    await world.build('other', 'jdoe', 'many', F44, '00009999-other');
    await world.publish('jdoe', 'many', F44);
    const names = { ownername: 'jdoe', projectname: 'many', project_dirname: 'many' };
    const ids: number[] = [];
    for (const [index, build] of builds.entries()) {
      const data = { ...names, appstream: false, devel: false, storage: 0, chroot_builddirs: { [F44]: [build] } };
      const record = { action_type: 0, object_type: 'build', object_id: index + 1, data: JSON.stringify(data) };
      ids.push(await world.ask(record));
    }
    const ended = await Promise.all(ids.map((id) => world.run(id)));
    assert.deepEqual(new Set(ended.map(({ outcome }) => outcome.result)), new Set(['succeeded']));
    assert.deepEqual(await world.named('jdoe', 'many', F44), [
      '00009999-other/other-1.0-1.noarch.rpm',
      '00009999-other/other-1.0-1.src.rpm',
    ]);
    assert.ok(!Object.keys(await world.files('jdoe', 'many', F44)).some((name) => name.includes('-hello')));
    const { runs } = await world.client.workflow.getHandle(repositoryWorkflowId(repository)).query(changesQuery);
    assert.ok(runs <= DELETES / 4, `${runs} runs`);
  });
});
