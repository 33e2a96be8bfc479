import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { digestOfFile } from '../../src/adapters/files/digest.js';
import { placeOf, readMetadata } from '../../src/adapters/repository-store/metadata/metadata.js';
import { runCommand } from '../../src/adapters/process/run-command.js';
import { projectOfDirname } from '../../src/domain/build/build-directory.js';
import type { FileSigner } from '../../src/adapters/rpm/file-signer.js';

/**
 * The content of a results tree that users could see, and leftovers that must not be in it, line by line: files and
 * their content (for packages the payload and the owner of the signature), and what the metadata names. Two trees after
 * the same actions have the same lines; times, and the keys that each tree made, are not in them.
 */
export async function treeFacts(destdir: string, signer: FileSigner): Promise<readonly string[]> {
  const facts: string[] = [];
  const walk = async (names: readonly string[]): Promise<void> => {
    const entries = await readdir(path.join(destdir, ...names), { withFileTypes: true });
    for (const entry of entries) {
      const at = [...names, entry.name];
      if (entry.name === 'repodata' && entry.isDirectory()) facts.push(...(await metadataFacts(destdir, at)));
      else if (entry.name === '.staging') facts.push(...(await remains(destdir, at)));
      else if (names.length === 0 && entry.name.startsWith('.')) continue;
      else if (entry.isDirectory()) {
        facts.push(`${at.join('/')}/`);
        await walk(at);
      } else facts.push(`${at.join('/')} ${await fileFact(destdir, at, signer)}`);
    }
  };
  await walk([]);
  return facts.sort();
}

async function metadataFacts(destdir: string, at: readonly string[]): Promise<readonly string[]> {
  const where = at.join('/');
  const metadata = await readMetadata(placeOf(path.join(destdir, ...at)));
  if (metadata.state === 'damaged') return [`${where} is not whole: ${metadata.why}`];
  const kinds = metadata.repomd.files.map(({ type }) => type).sort();
  const facts = [`${where} ${kinds.join(',')}`];
  for (const [href, { algorithm, checksum }] of metadata.packages) {
    const file = path.join(destdir, ...at, '..', href);
    const found = await digestOfFile(file, algorithm).catch(() => 'is missing');
    facts.push(`${where} names ${href}${found === checksum ? '' : `, which ${found}`}`);
  }
  return facts;
}

/** Leftovers of a finished action in the staging directory, except for what a repository keeps there. */
async function remains(destdir: string, at: readonly string[]): Promise<readonly string[]> {
  const names = await readdir(path.join(destdir, ...at));
  return names.filter((name) => !/^(members|lock)=/.test(name)).map((name) => `${at.join('/')}/${name} is left`);
}

async function fileFact(destdir: string, at: readonly string[], signer: FileSigner): Promise<string> {
  const file = path.join(destdir, ...at);
  const [owner = '', dirname = ''] = at;
  const project = { owner, project: projectOfDirname(dirname) };
  if (at.at(-1) === 'pubkey.gpg') {
    const isOurs = (await readFile(file, 'utf8')) === (await signer.publicKey(project));
    return isOurs ? "is the project's key" : 'is another key';
  }
  if (!file.endsWith('.rpm'))
    return createHash('sha256')
      .update(await readFile(file))
      .digest('hex');
  const header = await runCommand('rpm', ['-qp', '--nosignature', '--qf', '%{SHA256HEADER}', file], {
    timeoutMs: 60_000,
  });
  const lacking = await signer.lacking({ project, digest: 'sha256', files: [file] });
  return `${header.stdout} ${lacking.length === 0 ? "signed by the project's key" : 'not signed by it'}`;
}
