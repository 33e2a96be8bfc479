import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { runCommand, type CommandResult } from '../../src/adapters/process/run-command.js';
import { givenActionWorld, type ActionWorld } from '../support/action-world.js';
import { systemCreaterepo } from '../support/createrepo-programs.js';
import { repoquery } from '../support/dnf-client.js';
import { assertAsFresh } from '../support/fresh-metadata.js';
import { givenDirectory } from '../support/given-directory.js';
import { givenRpms } from '../support/given-rpms.js';

const ROOT = path.join(import.meta.dirname, '..', '..');
const F44 = 'fedora-44-x86_64';
const F45 = 'fedora-45-x86_64';
const RICH = 'rich(x&y)';

describe('repo heal', function () {
  this.timeout(180_000);
  let world: ActionWorld;
  let client: Awaited<ReturnType<typeof givenDirectory>>;

  before(async () => {
    client = await givenDirectory();
    world = await givenActionWorld();
    for (const chroot of [F44, F45]) {
      await world.build('hello', 'jdoe', 'hello', chroot, '00000001-hello');
      await givenRpms(inTree(chroot, '00000001-hello'), { name: 'odd', head: [`Provides: ${RICH}`] });
      await world.publish('jdoe', 'hello', chroot);
    }
  });
  after(async () => {
    await world.close();
    await client.remove();
  });

  const inTree = (...parts: readonly string[]): string => path.join(world.destdir, 'jdoe', 'hello', ...parts);
  const heal = (...words: readonly string[]): Promise<CommandResult> => {
    const script = path.join(ROOT, 'test/fixtures/program.ts');
    const args = ['--import', 'tsx', script, 'copr-backend', 'repo', 'heal', ...words, '--config', world.configFile];
    return runCommand(process.execPath, args, { cwd: ROOT, timeoutMs: 120_000 });
  };
  const providedTo = async (chroot: string): Promise<readonly string[]> => {
    await rm(client.path, { recursive: true });
    const lines = await repoquery(client.path, inTree(chroot), ['--provides', 'odd.noarch']);
    return lines.filter((line) => line.startsWith('rich'));
  };
  const NAMED =
    /^jdoe\/hello\/fedora-44-x86_64: (.*); it says something else than these packages.*odd-1\.0-1\.noarch\.rpm$/m;

  it('has the workflow of a damaged repository make it anew, and leaves the others as they are', async function () {
    const { path: program, version } = await systemCreaterepo();
    if (version !== '0.17.3') return this.skip(); // one that is repaired damages nothing
    const options = ['-q', '--no-database', '--general-compress-type=gz', '--update', '--skip-stat'];
    await runCommand(program, [inTree(F44), ...options], { timeoutMs: 60_000 });
    assert.notDeepEqual(await providedTo(F44), [RICH]);
    const damaged = await world.files('jdoe', 'hello', F44);
    const other = await world.files('jdoe', 'hello', F45);

    const rehearsed = await heal('--dry-run');
    assert.equal(rehearsed.code, 0, rehearsed.stderr);
    assert.match(NAMED.exec(rehearsed.stdout)?.[1] ?? rehearsed.stdout, /^would be rebuilt$/);
    assert.match(rehearsed.stdout, /^2 repositories were looked at$/m);
    assert.deepEqual(await world.files('jdoe', 'hello', F44), damaged);

    const healed = await heal('jdoe/hello');
    assert.equal(healed.code, 0, healed.stderr);
    assert.match(NAMED.exec(healed.stdout)?.[1] ?? healed.stdout, /^rebuilt$/);
    assert.deepEqual(await providedTo(F44), [RICH]);
    await assertAsFresh(inTree(F44), program);
    assert.deepEqual(await world.files('jdoe', 'hello', F45), other);

    const sound = await heal();
    assert.deepEqual([sound.code, sound.stdout], [0, '2 repositories were looked at\n']);
  });
});
