import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { cutMiddle } from '../../contracts/bounded-text.js';
import { plainLine } from '../../domain/plain-text.js';
import { PortFailure } from '../../ports/port-failure.js';
import { digestOf } from '../files/digest.js';
import { runForPackages, type PackageFiles } from './package-files.js';

const STRICT = ['--define', '_pkgverify_level all', '--define', '_pkgverify_flags 0x0'];
/** Largest size of rpm's messages about one package, in bytes. */
const MAX_WORDS = 600;

/**
 * An rpm database with only this key, made once while the home is open. Rejects with a final `SigningFailed` for a key
 * that rpm does not accept: nothing signed with it would ever verify.
 */
export function keyring(request: Pick<PackageFiles, 'home'>, publicKey: string): Promise<string> {
  return request.home.keep(digestOf(publicKey), async (directory) => {
    const keyFile = path.join(directory, 'key.asc');
    await writeFile(keyFile, publicKey);
    const imported = await request.home.run('rpmkeys', ['--define', `_dbpath ${directory}`, '--import', keyFile]);
    if (imported.code === 0) return;
    // If the cause is a full disk, rpm prints another message as well.
    const said = imported.stderr.split('\n').filter((line) => line.startsWith('error:'));
    if (said.length > 0 && said.every((line) => /: key \d+ (import failed|not an armored public key)\.$/.test(line)))
      throw new PortFailure(
        'SigningFailed',
        `rpm takes no key of the type that the project's has: ${imported.summary}`,
      );
    throw new PortFailure('SignerUnavailable', `rpmkeys did not take the key: ${imported.summary}`);
  });
}

/** The files whose digests or signatures do not verify against this public key, in a separate key ring. */
export async function badFiles(request: PackageFiles, publicKey: string, ring: string): Promise<readonly string[]> {
  const bad = await notGood(request, ring);
  if (bad.length === 0) return bad;
  // With a damaged key ring no file verifies, so only the result with a fresh one counts against a package.
  await request.home.forget(ring);
  return notGood(request, await keyring(request, publicKey));
}

async function notGood(request: PackageFiles, ring: string): Promise<readonly string[]> {
  const args = ['--define', `_dbpath ${ring}`, ...STRICT, '--checksig'];
  const bad: string[] = [];
  for await (const { files, result } of runForPackages(request, 'rpmkeys', args)) {
    if (result.timedOut) throw new PortFailure('SignerUnavailable', result.summary);
    const good = new Set(result.stdout.split('\n'));
    const some = files.filter((file) => !good.has(`${file}: digests signatures OK`));
    bad.push(...(result.code !== 0 && some.length === 0 ? files : some));
  }
  return bad;
}

/** rpm's objections to one package, in one bounded line: its verdicts that are not OK, and its reasons. */
export async function objectionsTo(
  file: string,
  request: Omit<PackageFiles, 'files'>,
  publicKey: string,
): Promise<string> {
  const ring = await keyring(request, publicKey);
  const args = ['--define', `_dbpath ${ring}`, ...STRICT, '--checksig', '--verbose'];
  const words: string[] = [];
  for await (const { result } of runForPackages({ ...request, files: [file] }, 'rpmkeys', args)) {
    const verdicts = result.stdout.split('\n').filter((line) => !/(^|: )(OK|NOTFOUND)?$|^\//.test(line));
    words.push(...verdicts, ...result.stderr.split('\n'));
  }
  const said = words.map((word) => plainLine(word).trim()).filter((word) => word !== '');
  return cutMiddle(said.join(' ').replaceAll(`${file}: `, ''), MAX_WORDS);
}
