import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { createContext, runInContext } from 'node:vm';
import { WORKFLOW_TYPES } from '../../src/contracts/workflows.js';
import { workflowBundle } from '../support/temporal.js';

/** Names in running histories: what stands here can be added to, never renamed. */
const REGISTERED = [
  'action',
  'actionDispatcher',
  'build',
  'buildDispatcher',
  'changeStorage',
  'emptyTrash',
  'maintenance',
  'project',
  'pruneAll',
  'pruneResults',
  'repository',
  'repositoryRequest',
  'resign',
];

/** All that workflow code may be made of. */
const PACKAGES = new Set(['@noble/hashes', '@temporalio/common', '@temporalio/workflow', 'long', 'ms', 'nexus-rpc']);
const OWN = /\/src\/(workflows|domain|contracts)\/([a-z]+\/)?[^/]+$/;

async function bundledCode(): Promise<string> {
  const bundle = await workflowBundle();
  assert.ok('code' in bundle);
  return bundle.code;
}

/** The files that webpack put into the bundle, from the map at its end. */
async function bundledFiles(): Promise<readonly string[]> {
  const code = await bundledCode();
  const map = /sourceMappingURL=data:application\/json;[^,]*,([\w+/=]+)\s*$/.exec(code)?.[1] ?? '';
  const { sources } = JSON.parse(Buffer.from(map, 'base64').toString()) as { readonly sources: readonly string[] };
  return sources.filter((source) => !source.startsWith('webpack/'));
}

describe('workflow bundle', function () {
  this.timeout(60_000);

  it('offers exactly the registered workflow types', async () => {
    const context = createContext({ __webpack_module_cache__: {}, AsyncLocalStorage });
    runInContext(await bundledCode(), context);
    const { importWorkflows } = (context as { __TEMPORAL__: { importWorkflows: () => Record<string, unknown> } })
      .__TEMPORAL__;
    const offered = Object.entries(importWorkflows()).filter(([, value]) => typeof value === 'function');
    assert.deepEqual(offered.map(([name]) => name).toSorted(), REGISTERED);
    assert.deepEqual([...WORKFLOW_TYPES].toSorted(), REGISTERED, 'alerts count by type');
  });

  it('is made of the workflows, the pure rules and the contracts, and of nothing that touches the world', async () => {
    const files = await bundledFiles();
    const own = files.filter((file) => !file.includes('/node_modules/'));
    assert.ok(own.some((file) => file.endsWith('/src/workflows/build/build.ts')));
    assert.deepEqual(
      own.filter((file) => !OWN.test(file)),
      [],
    );
  });

  it('brings along no package but those that are safe in the sandbox', async () => {
    const packages = (await bundledFiles()).flatMap(
      (file) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? [],
    );
    assert.deepEqual(new Set(packages), PACKAGES);
  });

  it('reads no environment', async () => {
    const map = /sourceMappingURL=data:application\/json;[^,]*,([\w+/=]+)\s*$/.exec(await bundledCode())?.[1] ?? '';
    const { sources, sourcesContent } = JSON.parse(Buffer.from(map, 'base64').toString()) as {
      readonly sources: readonly string[];
      readonly sourcesContent: readonly string[];
    };
    const own = sources
      .filter((source) => OWN.test(source) && source.endsWith('.ts'))
      .map((source) => sourcesContent[sources.indexOf(source)]);
    assert.ok(own.length > 10);
    for (const text of own) assert.doesNotMatch(text ?? '', /\bprocess\s*[.[]|\bimport\.meta\b|\brequire\(/);
  });
});
