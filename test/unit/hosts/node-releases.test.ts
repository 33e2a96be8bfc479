import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { newestNode, nodeRelease, RegistryUnreachable } from '../../../hosts/node-releases.js';
import { givenDirectory } from '../../support/given-directory.js';

const LOCKED = { version: '22.1.0', integrity: 'sha512-good' };

describe('releases of Node', () => {
  let directory: Awaited<ReturnType<typeof givenDirectory>>;
  let searched: string | undefined;
  const said: string[] = [];

  beforeEach(async () => {
    directory = await givenDirectory();
    await mkdir(join(directory.path, 'bin'));
    searched = process.env['PATH'];
    process.env['PATH'] = [join(directory.path, 'bin'), searched].join(delimiter);
    said.length = 0;
  });
  afterEach(async () => {
    process.env['PATH'] = searched;
    await directory.remove();
  });

  async function givenNpm(body: string): Promise<void> {
    await writeFile(join(directory.path, 'bin/npm'), `#!/bin/sh\nset -e\n${body}\n`, { mode: 0o755 });
  }

  /** An npm that packs a release with this checksum; its fourth word is where. */
  function givenRelease(integrity: string): Promise<void> {
    return givenNpm(`mkdir -p "$4/made/package/bin" && echo program > "$4/made/package/bin/node"
      tar -czf "$4/node.tgz" -C "$4/made" package && rm -r "$4/made"
      echo '[{"integrity": "${integrity}"}]'`);
  }

  function place() {
    const cache = join(directory.path, 'cache');
    return { cache, signal: new AbortController().signal, say: (line: string) => void said.push(line) };
  }

  it('are fetched once, and kept', async () => {
    await givenRelease(LOCKED.integrity);
    const program = await nodeRelease(LOCKED, place());
    assert.equal(await readFile(program, 'utf8'), 'program\n');
    await givenNpm('exit 1');
    assert.equal(await nodeRelease(LOCKED, place()), program);
    assert.equal(said.length, 1);
    assert.deepEqual(readdirSync(join(directory.path, 'cache/hosts')), ['node-22.1.0']);
  });

  it('are refused, and nothing is kept, when they are not what the lock says', async () => {
    await givenRelease('sha512-other');
    await assert.rejects(
      nodeRelease(LOCKED, place()),
      /node-linux-\S+@22\.1\.0 is not what the lock says: sha512-other/,
    );
    assert.equal(existsSync(join(directory.path, 'cache/hosts/node-22.1.0')), false);
  });

  it('are out of reach when the registry is, and only then', async () => {
    await givenNpm('echo "npm error code ENOTFOUND" >&2; exit 1');
    await assert.rejects(nodeRelease(LOCKED, place()), RegistryUnreachable);
    await givenNpm('echo "npm error code E404" >&2; exit 1');
    await assert.rejects(nodeRelease(LOCKED, place()), (error: Error) => !(error instanceof RegistryUnreachable));
  });

  it('are renewed to the newest by number', async () => {
    const release = (version: string): string => `{"version": "${version}", "dist.integrity": "sha512-${version}"}`;
    await givenNpm(`echo '[${['22.9.0', '22.10.1', '22.10.0'].map(release).join(',')}]'`);
    assert.deepEqual(await newestNode('22', new AbortController().signal), {
      ...{ version: '22.10.1', integrity: 'sha512-22.10.1' },
    });
    await givenNpm(`echo '${release('24.0.0')}'`);
    assert.equal((await newestNode('24', new AbortController().signal)).version, '24.0.0');
  });
});
