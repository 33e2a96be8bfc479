import assert from 'node:assert/strict';
import type { MoveStep } from '../../src/contracts/project/storage-move.js';
import type { StorageMove } from '../../src/ports/project/storage-move.js';
import { dyingExchange } from '../support/dying-exchange.js';
import { givenMovingProject, type GivenMovingProject } from '../support/given-moving-project.js';
import { PULP_START_MS } from '../support/given-pulp.js';
import { pulp } from '../support/pulp.js';

const UPLOAD = '/pulp/api/v3/content/rpm/packages/upload';

/** Each step is begun as often as it changes something at Pulp. */
describe('a process that dies at any step of a move to Pulp', function () {
  this.timeout(10 * 60_000);
  before(async function () {
    this.timeout(PULP_START_MS);
    await pulp();
  });

  /**
   * Lets the whole way to the cut-over die with its first change at Pulp, its second …, each time with a new project, and
   * takes it up again. Resolves with the number of deaths.
   */
  async function dieEverywhere(check: (given: GivenMovingProject) => Promise<void>): Promise<number> {
    for (let changes = 1; ; changes += 1) {
      const given = await givenMovingProject();
      try {
        const built = await given.build('a');
        const before = given.pulp.given.proxy.count(UPLOAD);
        const dying = dyingExchange(given.pulp.given.exchange, changes);
        const end = await moveWhole(given, given.moveBy(dying)).then(
          () => 'done',
          () => 'died',
        );
        await dying.settled();
        assert.deepEqual(await given.seen(), built, 'clients see all of it, dead or not');
        if (!dying.isDead()) {
          assert.equal(end, 'done');
          return changes - 1;
        }
        await moveWhole(given, given.move);
        assert.deepEqual(await given.seen(), built);
        assert.deepEqual(await given.pulp.published(given.repository), built, 'nothing is lost or doubled');
        assert.equal(given.pulp.given.proxy.count(UPLOAD) - before, Object.keys(built).length, 'uploaded once');
        await check(given);
      } finally {
        await given.close();
      }
    }
  }

  async function moveWhole(given: GivenMovingProject, move: StorageMove): Promise<void> {
    await move.begin(given.project);
    await given.copy(move);
    for (const step of ['mirror', 'leaveTree'] as const satisfies readonly MoveStep[]) {
      if (step === 'leaveTree') await move.route(given.project, 'pulp');
      await given.step(step, move);
    }
  }

  it('loses and doubles nothing, uploads nothing twice, and can still be undone', async () => {
    const deaths = await dieEverywhere(async (given) => {
      const built = await given.seen();
      await given.step('returnToTree');
      assert.deepEqual(await given.seen(), built);
      await given.move.route(given.project, 'tree');
      await given.step('catchUp');
      assert.deepEqual(await given.seen(), built);
    });
    assert.ok(deaths >= 5, `it died ${deaths} times`);
  });

  it('retires as well', async () => {
    await dieEverywhere(async (given) => {
      const built = await given.seen();
      await given.step('retire');
      await given.step('retire');
      await given.move.route(given.project, null);
      assert.deepEqual(await given.seen(), built);
    });
  });
});
