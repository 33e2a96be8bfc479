import assert from 'node:assert/strict';
import { ACTION_KINDS } from '../../drill/actions/kinds.js';
import { killAtBoundaries } from '../../drill/actions/kill-at-boundaries.js';
import { givenTemplate } from '../../drill/actions/run-action.js';

/** A sample of `npm run drill -- actions`; forks, renames and branches are killed in test/system. */
const SAMPLE: Readonly<Record<string, readonly string[]>> = {
  update_comps: ['installComps:after'],
  delete_builds: ['publishRepository:after'],
  delete_project: ['discard:after'],
};

describe('an action whose worker is killed', function () {
  this.timeout(300_000);

  for (const [name, boundaries] of Object.entries(SAMPLE)) {
    it(`${name}: leaves the same results tree as ever (${boundaries.join(', ')})`, async () => {
      const kind = ACTION_KINDS.find((one) => one.name === name) ?? assert.fail(name);
      const template = await givenTemplate();
      try {
        for (const { dieAt, differences } of await killAtBoundaries(template, kind, () => undefined, boundaries))
          assert.deepEqual(differences, [], dieAt);
      } finally {
        await template.remove();
      }
    });
  }
});
