import { createHash } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { runCommand } from '../../src/adapters/process/run-command.js';
import type { HeldBuild } from './held-build.js';
import { CHROOT } from './rig.js';

/** The results of a build, in terms that are the same for every run of the same package. */
export type BuildFacts = Readonly<Record<string, readonly string[]>>;

const RPM_FACTS = [
  '%{NAME}-%|EPOCH?{%{EPOCH}}:{0}|-%{VERSION}-%{RELEASE}.%{ARCH}',
  '[ %{FILENAMES} %{FILEMODES:perms} %{FILEUSERNAME} %{FILESIZES}]',
  '[ %{REQUIRENAME}%{REQUIREFLAGS:depflags}%{REQUIREVERSION}]',
  '[ %{PROVIDENAME}]',
].join('|');

/** Reads the project's part of the tree: names, packages, metadata, small files. Throws if it is inconsistent. */
export async function readBuildFacts(build: HeldBuild): Promise<BuildFacts> {
  const { directory } = build;
  const files = await listTree(directory);
  const named = files.map((file) => [file, neutral(build, file)] as const);
  const rpms = named.filter(([file]) => file.endsWith('.rpm'));
  const texts = named.filter(([file]) => /\/(success|results\.json|[^/]+\.spec)$/.test(file));
  return {
    files: named.map(([, name]) => name).sort(),
    packages: await Promise.all(rpms.map(async ([file, name]) => `${name}: ${await rpmFacts(join(directory, file))}`)),
    metadata: await metadataFacts(build),
    texts: await Promise.all(
      texts.map(async ([file, name]) => {
        const text = await readFile(join(directory, file), 'utf8');
        return `${name}: ${text.replaceAll(build.staged.flags, '<flags>')}`;
      }),
    ),
    signatures: await badSignatures(
      directory,
      rpms.map(([file]) => file).filter((file) => !file.startsWith('srpm-builds/')),
    ),
  };
}

/** The differences between two runs, as lines; empty if there are none. */
export function differences(facts: BuildFacts, reference: BuildFacts): readonly string[] {
  return Object.keys(reference).flatMap((kind) => {
    const [ours, theirs] = [facts[kind] ?? [], reference[kind] ?? []];
    return [
      ...theirs.filter((line) => !ours.includes(line)).map((line) => `${kind}: missing ${line}`),
      ...ours.filter((line) => !theirs.includes(line)).map((line) => `${kind}: additional ${line}`),
      // Names of superseded metadata differ only in their hashes.
      ...(kind !== 'files' && ours.length !== new Set(ours).size ? [`${kind}: something twice`] : []),
    ];
  });
}

/** Build ids and content hashes differ from run to run; there are as many superseded generations as there were runs. */
function neutral(build: HeldBuild, file: string): string {
  return file
    .replaceAll(String(build.id).padStart(8, '0'), '<id>')
    .replace(/repodata\/[0-9a-f]{64}-/, 'repodata/<hash>-')
    .replace(/\.generations\/\d+-/, '.generations/<time>-');
}

async function listTree(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const paths = entries.map((entry) => {
    const path = join(entry.parentPath, entry.name).slice(directory.length + 1);
    return entry.isDirectory() ? `${path}/` : path;
  });
  return [...new Set(paths)].filter((path) => !path.includes('/.generations/'));
}

async function rpmFacts(file: string): Promise<string> {
  // The spec of a source package contains the flags of its own run. PAYLOADDIGEST has another name from rpm 6 on.
  const format = file.endsWith('.src.rpm') ? RPM_FACTS : `${RPM_FACTS}|[ %{FILEDIGESTS}]`;
  const { code, stdout, summary } = await runCommand('rpm', ['-qp', '--nosignature', '--qf', format, file], {
    timeoutMs: 30_000,
  });
  if (code !== 0 || stdout === '') throw new Error(`${basename(file)} cannot be read: ${summary}`);
  return stdout;
}

/** Packages that do not verify against the published key, each as text. */
async function badSignatures(directory: string, files: readonly string[]): Promise<readonly string[]> {
  const database = await mkdtemp(join(tmpdir(), 'copr-keys-'));
  const define = ['--define', `_dbpath ${database}`, '--define', '_pkgverify_level all'];
  try {
    const imported = await runCommand('rpmkeys', [...define, '--import', join(directory, 'pubkey.gpg')], {
      timeoutMs: 30_000,
    });
    if (imported.code !== 0) return [imported.summary];
    const paths = files.map((file) => join(directory, file));
    const { stdout } = await runCommand('rpmkeys', [...define, '--checksig', ...paths], { timeoutMs: 30_000 });
    return paths.filter((path) => !stdout.includes(`${path}: digests signatures OK`)).map((path) => basename(path));
  } finally {
    await rm(database, { recursive: true, force: true });
  }
}

/** Every package that the metadata names, with its place; each file is there and has the stated checksum. */
async function metadataFacts(build: HeldBuild): Promise<readonly string[]> {
  const chroot = join(build.directory, CHROOT);
  const repomd = await readFile(join(chroot, 'repodata/repomd.xml'), 'utf8');
  const parts = [...repomd.matchAll(/<data type="([^"]+)">[\s\S]*?<\/data>/g)].map(([text, type]) => ({ type, text }));
  const facts: string[] = [];
  for (const { type, text } of parts) {
    const { href, sum } = placed(text);
    const content = await readFile(join(chroot, href));
    if (sha256(content) !== sum) throw new Error(`${href} is not what repomd.xml says`);
    facts.push(`${type} metadata`);
    if (type !== 'primary') continue;
    for (const [one] of gunzipSync(content)
      .toString()
      .matchAll(/<package [\s\S]*?<\/package>/g)) {
      const rpm = placed(one);
      if (sha256(await readFile(join(chroot, rpm.href))) !== rpm.sum)
        throw new Error(`${rpm.href} has another checksum`);
      facts.push(`package ${neutral(build, rpm.href)}`);
    }
  }
  return facts;
}

function placed(xml: string): { readonly href: string; readonly sum: string } {
  const href = /<location [^>]*href="([^"]+)"/.exec(xml)?.[1];
  const sum = /<checksum type="sha256"[^>]*>([0-9a-f]+)</.exec(xml)?.[1];
  if (href === undefined || sum === undefined) throw new Error(`not readable: ${xml.slice(0, 200)}`);
  return { href, sum };
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
