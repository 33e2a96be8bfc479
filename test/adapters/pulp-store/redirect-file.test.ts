import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { acquireFileLock } from '../../../src/adapters/process/file-lock.js';
import { createRedirectFile, listOrWarn } from '../../../src/adapters/pulp-store/redirect-file.js';
import { givenDirectory } from '../../support/given-directory.js';
import { refusalOf } from '../../support/rejection.js';

describe('the file of redirects to Pulp', () => {
  let root: Awaited<ReturnType<typeof givenDirectory>>;
  let file: string;
  beforeEach(async () => {
    root = await givenDirectory();
    file = path.join(root.path, 'pulp-redirect.txt');
  });
  afterEach(() => root.remove());

  it('is not made where no operator wants it', async () => {
    await createRedirectFile(file).add('jdoe/hello');
    await createRedirectFile(file).remove('jdoe/hello');
    assert.equal(existsSync(file), false);
  });

  it('has a line for each project, whoever adds or removes at once', async () => {
    await writeFile(file, 'jdoe/old\n');
    const projects = ['jdoe/hello', '@group/tools', 'jdoe/hello', 'alice/x', '@group/tools'];
    const writers = projects.map((project) => createRedirectFile(file).add(project));
    await Promise.all([...writers, createRedirectFile(file).remove('jdoe/old')]);
    assert.deepEqual((await readFile(file, 'utf8')).split('\n').sort(), ['', '@group/tools', 'alice/x', 'jdoe/hello']);
  });

  it('is waited for only until the work is canceled', async () => {
    await writeFile(file, '');
    const lock = await acquireFileLock(path.join(root.path, '.pulp-redirect.txt.lock'), new AbortController().signal);
    const canceled = new AbortController();
    const waiting = createRedirectFile(file).add('jdoe/hello', canceled.signal);
    canceled.abort(new Error('canceled by its user'));
    await assert.rejects(waiting, /canceled by its user/);
    await lock?.release();
    assert.equal(await readFile(file, 'utf8'), '');
  });

  it('is only warned of where its directory takes no lock: what was published stays published', async () => {
    await writeFile(file, '');
    // It cannot be made, as in an unwritable directory, which root would not notice.
    await symlink(path.join(root.path, 'never', 'lock'), path.join(root.path, '.pulp-redirect.txt.lock'));
    const { code, retryable } = await refusalOf(createRedirectFile(file).add('jdoe/hello'));
    assert.deepEqual([code, retryable], ['StorageFailed', true]);
    const project = { owner: 'jdoe', project: 'hello' };
    const [warning] = await listOrWarn(createRedirectFile(file), project);
    assert.match(warning ?? '', /not told that jdoe\/hello is at Pulp: .*pulp-redirect.txt.lock cannot be locked/);
    assert.deepEqual(await listOrWarn({ add: () => Promise.resolve() }, project), []);
  });
});
