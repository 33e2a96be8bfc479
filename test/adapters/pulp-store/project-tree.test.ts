import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { createPulpProjectTree } from '../../../src/adapters/pulp-store/project-tree.js';
import type { Distribution, Repository } from '../../../src/adapters/pulp/answers.js';
import type { PulpRepositories } from '../../../src/adapters/pulp/repositories.js';
import { givenDirectory } from '../../support/given-directory.js';

const CHROOT = 'fedora-44-x86_64';
const RENAME = {
  source: { owner: 'jdoe', project: 'hello' },
  destination: { owner: 'jdoe', project: 'world' },
  ...{ action: 50, sign: false },
};

describe('a renamed project at Pulp whose old name is in use again', () => {
  let root: Awaited<ReturnType<typeof givenDirectory>>;
  beforeEach(async () => {
    root = await givenDirectory();
  });
  afterEach(() => root.remove());

  it('keeps its repositories, and the others keep theirs, when the rename is repeated', async () => {
    const names = new Map<string, string>();
    const redirects = new Set(['jdoe/hello']);
    const tree = createPulpProjectTree({
      destdir: root.path,
      repositories: onlyNames(names),
      redirects: {
        add: (project) => Promise.resolve(void redirects.add(project)),
        remove: (project) => Promise.resolve(void redirects.delete(project)),
      },
    });
    const make = async (href: string): Promise<void> => {
      await mkdir(path.join(root.path, 'jdoe/hello', CHROOT), { recursive: true });
      names.set(href, `jdoe/hello/${CHROOT}`);
    };
    await make('/first/');
    await tree.rename(RENAME);
    assert.deepEqual([...names], [['/first/', `jdoe/world/${CHROOT}`]]);
    assert.deepEqual([...redirects], ['jdoe/world']);

    await make('/other/');
    redirects.add('jdoe/hello');
    assert.deepEqual(await tree.rename(RENAME), ['world'], 'an attempt whose answer was lost');
    assert.deepEqual([...names].sort(), [
      ['/first/', `jdoe/world/${CHROOT}`],
      ['/other/', `jdoe/hello/${CHROOT}`],
    ]);
    assert.deepEqual([...redirects].sort(), ['jdoe/hello', 'jdoe/world']);
  });

  it('stops between two repositories when it is told to', async () => {
    const names = new Map([['/first/', `jdoe/hello/${CHROOT}`]]);
    await mkdir(path.join(root.path, 'jdoe/hello', CHROOT), { recursive: true });
    const tree = createPulpProjectTree({ destdir: root.path, repositories: onlyNames(names) });
    const why = new Error('told to');
    await assert.rejects(tree.rename(RENAME, { signal: AbortSignal.abort(why) }), why);
    assert.deepEqual([...names.values()], [`jdoe/hello/${CHROOT}`]);
  });
});

/** Pulp's repositories as their names by href; without distributions. */
function onlyNames(names: Map<string, string>): PulpRepositories {
  const repository = ([href, name]: readonly [string, string]): Repository => ({
    ...{ pulp_href: href, name, latest_version_href: `${href}versions/1/` },
  });
  const none = (_: string, signal?: AbortSignal): Promise<readonly Distribution[]> => {
    signal?.throwIfAborted();
    return Promise.resolve([]);
  };
  const known: Partial<PulpRepositories> = {
    awaitTasks: () => Promise.resolve(),
    find: (name) => Promise.resolve([...names].map(repository).find((one) => one.name === name) ?? null),
    repositories: (prefix) => Promise.resolve([...names].map(repository).filter(({ name }) => name.startsWith(prefix))),
    rename: ({ pulp_href: href }, name) => Promise.resolve(void names.set(href, name)),
    distributions: none,
    remove: (href) => Promise.resolve(void names.delete(href)),
  };
  return known as PulpRepositories;
}
