import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { pythonPackages } from '../../bench/repo/python-packages.js';

const run = promisify(execFile);

const CORE = 'ansible-core==2.19.14';
const LINT = 'ansible-lint==26.10.1';
/** Contains the collections; of it, only the one with the connection `chroot` is unpacked. */
const COLLECTIONS = 'ansible==12.3.0';
const UNPACK = `
import sys, zipfile
wheel = zipfile.ZipFile(sys.argv[1])
prefix = 'ansible_collections/community/general/'
wheel.extractall(sys.argv[2], [name for name in wheel.namelist() if name.startswith(prefix)])
`;

/**
 * The environment in which `python3 -m ansible playbook` and `python3 -m ansiblelint` are the pinned ones, fetched once
 * into the user's cache.
 */
export async function ansibleEnvironment(): Promise<Readonly<Record<string, string>>> {
  const installed = await pythonPackages(`${CORE}-${LINT}`.replaceAll('==', '-'), [CORE, LINT]);
  const collections = `${installed}-${COLLECTIONS.replace('==', '-')}`;
  if (!existsSync(collections)) await unpackCollection(collections);
  return {
    PYTHONPATH: installed,
    PATH: `${installed}/bin:${process.env['PATH'] ?? ''}`,
    ANSIBLE_COLLECTIONS_PATH: collections,
    ANSIBLE_NOCOLOR: '1',
    NO_COLOR: '1',
  };
}

/** Put in place by one rename; another run may have been quicker. */
async function unpackCollection(collections: string): Promise<void> {
  const download = await mkdtemp(path.join(tmpdir(), 'copr-ansible-'));
  const fresh = await mkdtemp(`${collections}.`);
  try {
    await run('python3', ['-m', 'pip', 'download', '--quiet', '--no-deps', '--dest', download, COLLECTIONS]);
    const [wheel = ''] = await readdir(download);
    await run('python3', ['-c', UNPACK, path.join(download, wheel), fresh]);
    await rename(fresh, collections).catch((error: unknown) => {
      if (!existsSync(collections)) throw error;
    });
  } finally {
    await rm(fresh, { recursive: true, force: true });
    await rm(download, { recursive: true, force: true });
  }
}
