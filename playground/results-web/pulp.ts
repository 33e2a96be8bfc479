import { readFile } from 'node:fs/promises';

/** Where the packages of some projects are. */
export type PulpContent = {
  /** URL above the base paths of distributions. */
  readonly contentUrl: string;
  /** The projects in Pulp, `owner/project` a line; every one may be there if the file does not exist. */
  readonly redirectFile: string;
};

const SERVED = /\.(?:rpm|xml(?:\.gz|\.zck)?)$/;

/** The URL at Pulp of a package or of metadata that the results tree lacks; null: it is nothing that Pulp could have. */
export async function urlAtPulp(pulp: PulpContent, segments: readonly string[]): Promise<string | null> {
  const path = pathAtPulp(segments);
  if (path === null || !(await isInPulp(pulp.redirectFile, segments))) return null;
  return `${pulp.contentUrl.replace(/\/+$/, '')}/${path.map(encodeURIComponent).join('/')}`;
}

/** The same path with three differences (docs/operations.md#projects-in-pulp). */
function pathAtPulp(segments: readonly string[]): readonly string[] | null {
  const [owner = '', dirname = '', chroot = '', first = '', ...rest] = segments;
  const file = segments.at(-1) ?? '';
  const isServed = SERVED.test(file) || segments.at(-2) === 'repodata';
  if (!isServed || first === '' || segments.some((segment) => segment.startsWith('.'))) return null;
  if (first === 'devel') return [owner, dirname, `${chroot}-devel`, ...rest];
  if (/^\d+-/.test(first) && rest.length === 1 && file.endsWith('.rpm'))
    return [owner, dirname, chroot, 'Packages', file.charAt(0).toLowerCase(), file];
  return segments;
}

/** A project stands for its further directories, too (`hello` for `hello:pr:1`). */
async function isInPulp(file: string, [owner = '', dirname = '']: readonly string[]): Promise<boolean> {
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) return true;
  const names = [`${owner}/${dirname}`, `${owner}/${dirname.split(':')[0] ?? ''}`];
  return text.split('\n').some((line) => names.includes(line.trim()));
}
