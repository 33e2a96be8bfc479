import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { truncate } from 'node:fs/promises';
import path from 'node:path';
import { runCommand } from '../../src/adapters/process/run-command.js';
import { givenDirectory } from '../support/given-directory.js';
import { PULP_START_MS } from '../support/given-pulp.js';
import { givenRpms } from '../support/given-rpms.js';
import { pulp } from '../support/pulp.js';

const ROOT = path.join(import.meta.dirname, '..', '..');
const MIB = 1024 * 1024;
/** MiB. */
const LARGE = 1024;

describe('a large package on its way to Pulp', function () {
  this.timeout(30 * 60_000);
  let directory: Awaited<ReturnType<typeof givenDirectory>>;
  before(async function () {
    this.timeout(PULP_START_MS);
    await pulp();
    directory = await givenDirectory();
  });
  after(() => directory.remove());

  /** MiB of the process that uploads a package of this size: a real one, with a sparse end that nobody unpacks. */
  async function peakOf(mib: number): Promise<number> {
    const place = path.join(directory.path, String(mib));
    const [name = ''] = await givenRpms(place, { name: 'large', summary: randomUUID() });
    await truncate(path.join(place, name), mib * MIB);
    const { url, username, password } = await pulp();
    const program = path.join(ROOT, 'test/fixtures/upload-package.ts');
    const words = ['--import', 'tsx', program, url, username, password, path.join(place, name)];
    const { code, stdout, stderr } = await runCommand(process.execPath, words, { cwd: ROOT, timeoutMs: 25 * 60_000 });
    assert.equal(code, 0, stderr);
    return Number(stdout.trim());
  }

  it('takes no more of the worker memory than one of a hundredth of its size', async () => {
    const small = await peakOf(Math.ceil(LARGE / 100));
    const large = await peakOf(LARGE);
    assert.ok(large < small + 128, `${large} MiB for ${LARGE} MiB, ${small} MiB for a small one`);
  });
});
