import { cp, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { describeRepositories } from '../../support/describe-repositories.js';
import { assertAsFresh } from '../../support/fresh-metadata.js';
import { givenDirectory } from '../../support/given-directory.js';
import { givenOddRpms, ODD_NAMES } from '../../support/given-odd-rpms.js';
import type { GivenRepository } from '../../support/given-repository.js';

describe('metadata of odd packages', () => {
  let pool: Awaited<ReturnType<typeof givenDirectory>>;
  before(async function () {
    this.timeout(120_000);
    pool = await givenDirectory();
    for (const name of ODD_NAMES) await givenOddRpms(path.join(pool.path, name), name);
  });
  after(() => pool.remove());

  describeRepositories('build after build', { graceHours: 0, memberBytes: 16 * 1024 }, ({ program, given }) => {
    it('is that of a fresh run', async function () {
      this.timeout(300_000);
      await inAnyOrder(given(), program().path);
    });
  });

  /** Each kind comes on its own, two go and come again, all are looked at, and all are read. */
  async function inAnyOrder(given: GivenRepository, program: string): Promise<void> {
    const put = async (name: string): Promise<string> => {
      const build = `${String(ODD_NAMES.indexOf(name) + 1).padStart(8, '0')}-odd-${name}`;
      await mkdir(given.chroot, { recursive: true });
      await cp(path.join(pool.path, name), path.join(given.chroot, build), {
        recursive: true,
        preserveTimestamps: true,
      });
      return build;
    };
    await given.publish({});
    for (const name of ODD_NAMES) {
      await given.publish({ add: [await put(name)] });
      await assertAsFresh(given.chroot, program);
    }
    const [first, , third] = ODD_NAMES;
    for (const name of [first, third].filter((one) => one !== undefined)) {
      const build = await put(name);
      await given.publish({ delete: [build] });
      await rm(path.join(given.chroot, build), { recursive: true, force: true });
      await assertAsFresh(given.chroot, program);
      await given.publish({ add: [await put(name)] });
    }
    for (const run of [{ doStat: true }, { full: true }]) {
      await given.publish(run);
      await assertAsFresh(given.chroot, program);
    }
  }
});
