import assert from 'node:assert/strict';
import { link, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { writeBuildRecord } from '../../../src/adapters/pulp-store/build-record.js';
import { givenNamespace, type GivenNamespace } from '../../support/given-namespace.js';
import { runProgramHere } from '../../support/run-program-here.js';

/** A project on disk with a fork, and one at Pulp with two builds of the same bytes and a fork that added a package. */
describe('copr-backend storage stats', function () {
  this.timeout(60_000);
  let given: GivenNamespace;
  before(async () => {
    given = await givenNamespace();
    const hello = await written('jdoe/hello/fedora-42-x86_64/00000001-hello/hello.rpm', 3000);
    await written('jdoe/hello/srpm-builds/00000001/hello.src.rpm', 500);
    await written('jdoe/hello:pr:1/fedora-42-x86_64/00000002-hello/hello.rpm', 2000);
    await mkdir(below('jane/fork/fedora-42-x86_64/00000003-hello'), { recursive: true });
    await link(hello, below('jane/fork/fedora-42-x86_64/00000003-hello/hello.rpm'));
    await written('jdoe/hello/fedora-42-x86_64/00000001-hello/builder-live.log', 9999);
    await givenToPulp('jdoe/kit/fedora-42-x86_64', '00000004-kit', ['aa']);
    await givenToPulp('jdoe/kit/epel-9-x86_64', '00000004-kit', ['aa']);
    await givenToPulp('jane/kit/fedora-42-x86_64', '00000005-kit', ['aa', 'bb']);
  });
  after(() => given.remove());

  const below = (file: string): string => path.join(given.destdir, file);
  async function written(file: string, bytes: number): Promise<string> {
    await mkdir(path.dirname(below(file)), { recursive: true });
    await writeFile(below(file), Buffer.alloc(bytes));
    return below(file);
  }
  async function givenToPulp(chroot: string, build: string, sha256s: readonly string[]): Promise<void> {
    await mkdir(below(`${chroot}/${build}`), { recursive: true });
    const nevra = { name: 'kit', version: '1', release: '1', arch: 'noarch' };
    const packages = sha256s.map((sha256) => ({ file: `${sha256}.rpm`, sha256, bytes: 1000, ...nevra }));
    await writeBuildRecord(below(chroot), { build, listedIn: ['public'], packages, left: [] });
  }

  it('counts what is shared once, and says what each project has alone', async () => {
    const { code, stdout } = await runProgramHere('copr-backend', [
      'storage',
      'stats',
      '--config',
      given.configFile,
      '--json',
    ]);
    assert.equal(code, 0);
    const of = (project: string, store: string, ...figures: readonly number[]): object => {
      const [packages, logicalBytes, physicalBytes, ownBytes] = figures;
      return { project, store, packages, logicalBytes, physicalBytes, ownBytes };
    };
    assert.deepEqual(JSON.parse(stdout), {
      projects: [
        of('jdoe/hello', 'tree', 3, 5500, 5500, 2500),
        of('jane/fork', 'tree', 1, 3000, 3000, 0),
        of('jane/kit', 'pulp', 2, 2000, 2000, 1000),
        of('jdoe/kit', 'pulp', 2, 2000, 1000, 0),
      ],
      stores: {
        tree: { packages: 4, logicalBytes: 8500, physicalBytes: 5500, savedBytes: 3000 },
        pulp: { packages: 4, logicalBytes: 4000, physicalBytes: 2000, savedBytes: 2000 },
      },
    });
  });

  it('says it in lines for people, of all projects or of one', async () => {
    const words = ['storage', 'stats', '--config', given.configFile];
    const all = await runProgramHere('copr-backend', words);
    assert.match(all.stdout, /^jane\/fork \(results tree\): 1 packages, logical .*, physical .*, own 0 B$/m);
    assert.match(all.stdout, /^all in Pulp: 4 packages, .*, saved .* \(50 %\)$/m);
    const one = await runProgramHere('copr-backend', [...words, 'jane/kit']);
    assert.match(one.stdout, /^jane\/kit \(Pulp\): 2 packages, [^\n]*\n$/);
    assert.equal((await runProgramHere('copr-backend', [...words, 'jane/none'])).code, 1);
  });
});
