import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { runCommand } from '../../src/adapters/process/run-command.js';
import { CommandEnd, EXIT } from './frontend-client.js';

/** A file to upload. */
export type SourceFile = { readonly name: string; readonly path: string };

/** The spec or source package to build: the file itself, or the only one in a directory. */
export function findPackageFile(path: string): string {
  if (!existsSync(path)) throw new CommandEnd(EXIT.usage, `there is no file ${path}`);
  if (!statSync(path).isDirectory()) return path;
  const names = readdirSync(path);
  const specs = names.filter((name) => name.endsWith('.spec'));
  const found = specs.length > 0 ? specs : names.filter((name) => name.endsWith('.src.rpm'));
  if (found.length !== 1) {
    const what = found.length === 0 ? 'no .spec and no .src.rpm file' : `${found.join(' and ')}: name one`;
    throw new CommandEnd(EXIT.usage, `${path} has ${what}`);
  }
  return join(path, found[0] ?? '');
}

/** The file itself and, for a spec, every Source and Patch beside it; a missing one is a usage error that names it. */
export async function collectSources(file: string): Promise<readonly SourceFile[]> {
  const own = { name: basename(file), path: file };
  if (file.endsWith('.src.rpm')) return [own];
  if (!file.endsWith('.spec')) {
    throw new CommandEnd(EXIT.usage, `${file} is neither a .spec nor a .src.rpm file`);
  }
  const values = sourceValues(await parsedSpec(file));
  // rpm's own rule: everything after the last slash, whatever it means in a URL (`…/v1.tar.gz#/tool-1.tar.gz`).
  const names = [...new Set(values.map((value) => basename(value)))];
  return [own, ...names.map((name) => besideSpec(file, name, values))];
}

function besideSpec(spec: string, name: string, values: readonly string[]): SourceFile {
  const path = join(dirname(spec), name);
  if (existsSync(path)) return { name, path };
  const url = values.find((value) => /^[a-z]+:\/\//.test(value) && value.includes(name));
  const advice = url === undefined ? 'put it there' : `download it first: curl -Lo ${path} ${url}`;
  throw new CommandEnd(EXIT.usage, `${spec} names the source ${name}, but ${path} is missing; ${advice}`);
}

/** The spec with its macros expanded: by rpmspec if it is installed, otherwise only the plain ones. */
async function parsedSpec(file: string): Promise<string> {
  const args = ['-P', '--define', `_sourcedir ${dirname(file)}`, file];
  const result = await runCommand('rpmspec', args, { timeoutMs: 30_000 }).catch(() => null);
  if (result === null) return expandPlainMacros(readFileSync(file, 'utf8'));
  if (result.code !== 0) throw new CommandEnd(EXIT.usage, `${file} is not a valid spec: ${result.stderr.trim()}`);
  return result.stdout;
}

/** Replaces %{name}, %{version} and everything set by %global and %define; other macros are left unchanged. */
export function expandPlainMacros(spec: string): string {
  const macros = new Map<string, string>();
  const expand = (text: string): string =>
    text.replace(/%\{?(\w+)\}?/g, (whole, name: string) => macros.get(name) ?? whole);
  const lines = spec.split('\n').map((line) => {
    const defined = /^%(?:global|define)\s+(\w+)\s+(.+)$/.exec(line);
    if (defined !== null) macros.set(defined[1] ?? '', expand(defined[2] ?? '').trim());
    const tag = /^(Name|Version|Release):\s*(\S+)/i.exec(line);
    if (tag !== null) macros.set((tag[1] ?? '').toLowerCase(), expand(tag[2] ?? ''));
    return expand(line);
  });
  return lines.join('\n');
}

/** Values of the Source and Patch tags of an expanded spec. */
export function sourceValues(spec: string): readonly string[] {
  return [...spec.matchAll(/^(?:Source|Patch)\d*:\s*(\S+)/gim)].map((match) => match[1] ?? '');
}
