import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { runCommand } from '../../src/adapters/process/run-command.js';
import { parseRepomd } from '../../src/adapters/repository-store/metadata/repomd.js';

/**
 * One look of a client: reads repomd.xml and every file it names, and again some time later, all by their checksums,
 * then one of the packages. Returns the errors, one line each.
 */
export async function lookOnce(baseurl: string, pauseMs: number): Promise<readonly string[]> {
  const response = await fetch(`${baseurl}/repodata/repomd.xml`);
  if (!response.ok) return [`repomd.xml: ${response.status}`];
  const repomd = parseRepomd(await response.text());
  if (repomd === null) return ['repomd.xml is not valid'];
  const errors: string[] = [];
  let primary: Buffer | null = null;
  for (const time of ['first', 'second']) {
    for (const file of repomd.files) {
      const bytes = await content(`${baseurl}/repodata/${file.name}`);
      if (typeof bytes === 'number') errors.push(`${file.name} (${time} time): ${bytes}`);
      else if (createHash(file.algorithm).update(bytes).digest('hex') !== file.checksum)
        errors.push(`${file.name} (${time} time): another checksum`);
      else if (file.type === 'primary') primary = bytes;
    }
    if (time === 'first') await sleep(pauseMs);
  }
  return primary === null ? errors : [...errors, ...(await lookAtPackage(baseurl, gunzipSync(primary).toString()))];
}

/** Places of all packages that a fresh client sees, by checksums. Rejects if it sees none. */
export async function packagesSeen(baseurl: string): Promise<readonly string[]> {
  const repomd = parseRepomd(await (await fetch(`${baseurl}/repodata/repomd.xml`)).text());
  const primary = repomd?.files.find(({ type }) => type === 'primary');
  if (primary === undefined) throw new Error(`${baseurl} has no repository`);
  const bytes = await content(`${baseurl}/repodata/${primary.name}`);
  if (typeof bytes === 'number' || createHash(primary.algorithm).update(bytes).digest('hex') !== primary.checksum)
    throw new Error(`${primary.name} is not what repomd.xml says`);
  return [
    ...gunzipSync(bytes)
      .toString()
      .matchAll(/<location href="([^"]+)"/g),
  ].map(([, href = '']) => href);
}

/** Checks that some package named in the metadata is there as described. */
async function lookAtPackage(baseurl: string, primary: string): Promise<readonly string[]> {
  const records = primary.split('</package>').slice(0, -1);
  const record = records[Math.floor(Math.random() * records.length)];
  if (record === undefined) return [];
  const href = /<location href="([^"]+)"/.exec(record)?.[1] ?? '';
  const checksum = /<checksum type="sha256" pkgid="YES">([0-9a-f]+)</.exec(record)?.[1];
  const bytes = await content(`${baseurl}/${href}`);
  if (typeof bytes === 'number') return [`${href}: ${bytes}`];
  return createHash('sha256').update(bytes).digest('hex') === checksum ? [] : [`${href}: another checksum`];
}

async function content(url: string): Promise<Buffer | number> {
  const response = await fetch(url);
  return response.ok ? Buffer.from(await response.arrayBuffer()) : response.status;
}

/** Reads the repository with a fresh dnf without any cache; null, or dnf's error. */
export async function lookWithDnf(baseurl: string): Promise<string | null> {
  const home = await mkdtemp(path.join(tmpdir(), 'copr-dnf-'));
  try {
    const places = ['cachedir', 'logdir', 'persistdir', 'reposdir', 'varsdir'].map((key) => `${key}=${home}/${key}`);
    const config = path.join(home, 'dnf.conf');
    await writeFile(config, ['[main]', 'plugins=0', 'metadata_expire=0', ...places, ''].join('\n'));
    const common = ['-q', '-c', config, '--releasever=42', '--forcearch=x86_64', `--repofrompath=drill,${baseurl}`];
    const query = ['--repo=drill', '--setopt=drill.gpgcheck=0', '--setopt=skip_if_unavailable=0', 'repoquery'];
    const result = await runCommand('dnf', [...common, ...query], { timeoutMs: 60_000, env: { HOME: home } });
    return result.code === 0 ? null : result.summary;
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}
