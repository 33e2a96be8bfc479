import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createRedirectFile } from '../../../src/adapters/pulp-store/redirect-file.js';
import { givenDirectory } from '../../support/given-directory.js';

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
});
