import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand, type CommandResult } from '../../src/adapters/process/run-command.js';

/** Output lines of a repoquery by a dnf with only `repository`. */
export function repoquery(directory: string, repository: string, args: readonly string[]): Promise<readonly string[]> {
  return dnfSays(directory, repository, ['repoquery', ...args]);
}

/**
 * Paths below `repository` of the packages that a repoquery finds. Requested with `--location`: the tag of that name is
 * a path in dnf 4.14, does not exist in 4.23, and is a URL in dnf5 (docs/tool-behaviour.md).
 */
export async function locations(
  directory: string,
  repository: string,
  args: readonly string[],
): Promise<readonly string[]> {
  const urls = await repoquery(directory, repository, ['--location', ...args]);
  return urls.map((url) => path.relative(repository, fileURLToPath(url)));
}

/** A dnf with only `repository`, and with all its state in `directory`; returns the lines that a command prints. */
export async function dnfSays(
  directory: string,
  repository: string,
  args: readonly string[],
): Promise<readonly string[]> {
  const place = (name: string): string => path.join(directory, name);
  for (const name of ['repos', 'vars']) await mkdir(place(name), { recursive: true });
  const settings = {
    ...{ cachedir: place('cache'), logdir: place('log'), persistdir: place('state') },
    ...{ reposdir: place('repos'), varsdir: place('vars'), plugins: '0', metadata_expire: '0' },
  };
  const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}\n`);
  await writeFile(place('dnf.conf'), `[main]\n${lines.join('')}`);
  const options = [
    ...['-q', '-c', place('dnf.conf'), '--releasever=42', '--forcearch=x86_64'],
    ...[`--repofrompath=x,file://${repository}`, '--repo=x', '--setopt=x.gpgcheck=0'],
  ];
  const result = await runCommand('dnf', [...options, ...args], { timeoutMs: 60_000 });
  assert.equal(result.code, 0, result.summary);
  return result.stdout.split('\n').filter((line) => line !== '');
}

/** Output lines of a repoquery by a dnf5 with only `repository`, and with all its state in `directory`. */
export async function dnf5Repoquery(
  directory: string,
  repository: string,
  args: readonly string[],
): Promise<readonly string[]> {
  const place = (name: string): string => path.join(directory, name);
  for (const name of ['repos', 'vars', 'root']) await mkdir(place(name), { recursive: true });
  const settings = { cachedir: place('cache'), system_cachedir: place('cache'), logdir: place('log') };
  const own = { reposdir: place('repos'), varsdir: place('vars'), plugins: '0', metadata_expire: '0' };
  const lines = Object.entries({ ...settings, ...own }).map(([key, value]) => `${key}=${value}\n`);
  await writeFile(place('dnf.conf'), `[main]\n${lines.join('')}`);
  const options = [
    ...['-q', `--config=${place('dnf.conf')}`, '--releasever=42', '--forcearch=x86_64'],
    ...[`--installroot=${place('root')}`, '--use-host-config'],
    ...[`--repofrompath=x,file://${repository}`, '--repo=x', '--setopt=x.gpgcheck=0'],
  ];
  const limits = { timeoutMs: 60_000, maxBytes: 64 * 1024 * 1024 };
  const result = await runCommand('dnf5', [...options, 'repoquery', ...args], limits);
  assert.equal(result.code, 0, result.summary);
  return result.stdout.split('\n').filter((line) => line !== '');
}

/**
 * Installs from a separate repository over HTTP into a separate root, with no other repository and no key imported
 * before.
 */
export async function dnfInstall(
  directory: string,
  what: {
    readonly baseurl: string;
    readonly gpgkey: string;
    readonly wanted: string;
    /** Of the repository. */
    readonly options: Readonly<Record<string, string>>;
  },
): Promise<CommandResult> {
  const place = (name: string): string => path.join(directory, name);
  for (const name of ['repos', 'vars', 'root']) await mkdir(place(name), { recursive: true });
  const settings = {
    ...{ cachedir: place('cache'), logdir: place('log'), persistdir: place('state') },
    ...{ reposdir: place('repos'), varsdir: place('vars'), plugins: '0', metadata_expire: '0', retries: '1' },
  };
  const repository = { name: 'x', enabled: '1', baseurl: what.baseurl, gpgkey: what.gpgkey, ...what.options };
  const lines = (of: Readonly<Record<string, string>>): string =>
    Object.entries(of)
      .map(([key, value]) => `${key}=${value}\n`)
      .join('');
  await writeFile(place('dnf.conf'), `[main]\n${lines(settings)}`);
  await writeFile(place('repos/x.repo'), `[x]\n${lines(repository)}`);
  const options = ['-y', '-c', place('dnf.conf'), '--releasever=42', `--installroot=${place('root')}`];
  return runCommand('dnf', [...options, 'install', what.wanted], { timeoutMs: 120_000 });
}
