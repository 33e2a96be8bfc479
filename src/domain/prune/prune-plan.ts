import type { RepositoryId } from '../../contracts/names/ids.js';
import { projectOfDirname } from '../build/build-directory.js';
import { oneLine } from '../plain-text.js';
import type { Removal } from './prune-selection.js';
import { isRpmFileName } from '../names/rpm-file.js';
import { isSafeName } from '../names/safe-name.js';

/**
 * A plan as text: lines of tab-separated fields, `#` begins a remark. It reads from top to bottom, a chroot line before
 * the lines of that directory, so that a step needs only its part of the file. Lines may be deleted by hand.
 */
export const PLAN_HEAD = '# copr-prune-results plan 1';

/** One removal of a plan; `repodata` is metadata that has to be made before anything can be said about its packages. */
export type PlannedRemoval = Omit<Removal, 'kind'> & { readonly kind: Removal['kind'] | 'repodata' };

/** A directory with removals. */
export type PlannedChroot = {
  readonly repository: RepositoryId;
  readonly days: number;
  /** Binary packages in its metadata. */
  readonly packages: number;
};

export type PlanLine =
  | { readonly type: 'remark' }
  /** To be reported as finally pruned if everything succeeded. */
  | { readonly type: 'final'; readonly chroot: string }
  | ({ readonly type: 'chroot' } & PlannedChroot)
  | { readonly type: 'removal'; readonly repository: RepositoryId; readonly removal: PlannedRemoval };

/** The line does not belong in a plan. */
export class PlanLineError extends Error {
  override readonly name = 'PlanLineError';
}

export function formatFinal(chroot: string): string {
  return `final\t${chroot}`;
}

export function formatChroot({ repository, days, packages }: PlannedChroot): string {
  return `chroot\t${pathOf(repository)}\tpackages=${packages} days=${days}`;
}

/** One field never holds a tab or a line break: paths are checked names, reasons are ours. */
export function formatRemoval(repository: RepositoryId, { kind, path, bytes, reason }: PlannedRemoval): string {
  const whole = path === '' ? pathOf(repository) : `${pathOf(repository)}/${path}`;
  return `${kind}\t${whole}\t${bytes}\t${oneLine(reason)}`;
}

/** Throws PlanLineError with what is wrong. */
export function parsePlanLine(line: string): PlanLine {
  if (line === '' || line.startsWith('#')) return { type: 'remark' };
  const [kind = '', target = '', third = ''] = line.split('\t');
  if (kind === 'final') {
    if (!isSafeName(target)) throw wrong(line, 'names no chroot');
    return { type: 'final', chroot: target };
  }
  const [owner = '', dirname = '', chroot = '', ...rest] = target.split('/');
  if (![owner, dirname, chroot, ...rest.slice(0, 1)].every(isSafeName)) throw wrong(line, 'names no path of a project');
  const repository = { owner, dirname, chroot };
  const path = rest.join('/');
  if (kind === 'chroot') {
    const facts = /^packages=(\d{1,9}) days=(\d{1,6})$/.exec(third);
    if (facts === null || rest.length > 0) throw wrong(line, 'is not a chroot line');
    return { type: 'chroot', repository, packages: Number(facts[1]), days: Number(facts[2]) };
  }
  if (kind !== 'rpm' && kind !== 'srpm' && kind !== 'build' && kind !== 'repodata') throw wrong(line, 'is of no kind');
  const isPackage = rest.length >= 1 && rest.length <= 2 && isRpmFileName(rest.at(-1) ?? '');
  const fits = { rpm: isPackage, srpm: isPackage, build: rest.length === 1, repodata: rest.length === 0 };
  if (!fits[kind]) throw wrong(line, 'names no such thing');
  const bytes = /^\d{1,15}$/.test(third) ? Number(third) : 0;
  const reason = line.split('\t').slice(3).join(' ');
  return { type: 'removal', repository, removal: { kind, path, bytes, reason } };
}

/** Totals of a plan. */
export type PlanSummary = {
  /** Removals of all kinds. */
  readonly count: number;
  readonly bytes: number;
  readonly finals: number;
  /** Binary packages by project, `<owner>/<project>`. */
  readonly projects: ReadonlyMap<string, { readonly packages: number; readonly going: number }>;
};

/** Reads a whole plan. Throws PlanLineError for invalid lines, and for lines that do not follow their chroot's line. */
export function summarizePlan(text: string): PlanSummary {
  const [head] = text.split('\n', 1);
  if (head !== PLAN_HEAD) throw new PlanLineError(`a plan begins with the line ${JSON.stringify(PLAN_HEAD)}`);
  const projects = new Map<string, { readonly packages: number; readonly going: number }>();
  const total = { count: 0, bytes: 0, finals: 0 };
  let current: string | null = null;
  for (const one of text.split('\n')) {
    const line = parsePlanLine(one);
    if (line.type === 'final') total.finals += 1;
    if (line.type === 'remark' || line.type === 'final') continue;
    const project = `${line.repository.owner}/${projectOfDirname(line.repository.dirname)}`;
    const known = projects.get(project) ?? { packages: 0, going: 0 };
    if (line.type === 'chroot') {
      current = pathOf(line.repository);
      projects.set(project, { ...known, packages: known.packages + line.packages });
      continue;
    }
    if (current !== pathOf(line.repository)) throw wrong(one, 'does not follow its chroot line');
    total.count += 1;
    total.bytes += line.removal.bytes;
    if (line.removal.kind === 'rpm') projects.set(project, { ...known, going: known.going + 1 });
  }
  return { ...total, projects };
}

/** `<owner>/<dirname>/<chroot>`. */
export function pathOf({ owner, dirname, chroot }: RepositoryId): string {
  return `${owner}/${dirname}/${chroot}`;
}

function wrong(line: string, what: string): PlanLineError {
  return new PlanLineError(`${JSON.stringify(line.slice(0, 200))} ${what}`);
}
