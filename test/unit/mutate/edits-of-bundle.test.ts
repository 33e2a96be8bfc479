import assert from 'node:assert/strict';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type EditsOfBundle, editsOfBundle } from '../../../mutate/edits-of-bundle.js';
import { readEquivalents } from '../../../mutate/equivalents.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

function keysOf({ editsByPath }: EditsOfBundle): readonly string[] {
  return [...editsByPath.values()].flatMap((edits) => edits.map(({ key }) => key));
}

describe('editsOfBundle', () => {
  const fixture = fileURLToPath(new URL('../../fixtures/mutate/', import.meta.url));
  const ofFixture = editsOfBundle(fixture, `${fixture}index.ts`);

  it('follows imports of values and no imports of types', () => {
    const files = [...ofFixture.graph.keys()].map((path) => relative(fixture, path));
    assert.deepEqual(files.sort(), ['bell.ts', 'index.ts', 'ring.ts']);
  });

  it('edits what the workflows use of a module, and nothing that none of them names', () => {
    const keys = keysOf(ofFixture);
    for (const used of ['bell.ts#isLoud', 'bell.ts#Horn.volume', 'bell.ts#STROKES']) {
      assert.ok(
        keys.some((key) => key.startsWith(`${used} `)),
        used,
      );
    }
    assert.deepEqual(
      keys.filter((key) => /unheard|weight/.test(key)),
      [],
    );
  });
});

describe('edits of the workflows', () => {
  const keys = keysOf(editsOfBundle(ROOT, `${ROOT}src/workflows/index.ts`));
  const equivalents = readEquivalents(`${ROOT}mutate/equivalent-edits.json`);

  it('are many, and each has a name of its own', () => {
    assert.ok(keys.length >= 150, `${keys.length} edits`);
    assert.equal(new Set(keys).size, keys.length);
  });

  it('are in every file of the workflows that decides something', () => {
    const files = new Set(keys.map((key) => key.split('#')[0]));
    for (const file of ['workflows/dispatch/dispatcher', 'workflows/action/fork', 'domain/dispatch/dispatch-policy']) {
      assert.ok(files.has(`src/${file}.ts`), file);
    }
  });

  it('include each that is listed as equivalent', () => {
    const known = new Set(keys);
    assert.deepEqual(
      [...equivalents.keys()].filter((key) => !known.has(key)),
      [],
    );
  });

  it('are listed as equivalent at most in 15 % of the cases', () => {
    assert.ok(equivalents.size <= keys.length * 0.15, `${equivalents.size} of ${keys.length}`);
  });
});
