import { z } from 'zod';
import { HttpProblem } from '../loopback/http-service.js';
import {
  distributionOf,
  isFinished,
  RpmResults,
  STATUS,
  unixNow,
  type BuildRecord,
  type ChrootRecord,
  type ReportRecord,
} from './state.js';

const TERMINAL: readonly number[] = [STATUS.failed, STATUS.succeeded, STATUS.canceled];

/**
 * The keys of a build report that the frontend reads; the real backend sends many more
 * (docs/neighbours/frontend.md#reports).
 */
export const BuildReport = z.object({
  task_id: z.union([z.string(), z.number()]).optional(),
  chroot: z.string().nullish(),
  status: z.number().optional(),
  result_dir: z.string().nullish(),
  started_on: z.number().nullish(),
  ended_on: z.number().nullish(),
  built_packages: z.string().nullish(),
  pkg_name: z.string().nullish(),
  pkg_version: z.string().nullish(),
  srpm_url: z.string().nullish(),
  results: z.unknown().optional(),
});
export type BuildReport = z.infer<typeof BuildReport>;

const ArchList = z.array(z.string()).optional();
const SourceResults = z.object({
  architecture_specific_tags: z.record(
    z.string(),
    z.object({ exclusivearch: ArchList, excludearch: ArchList, buildarch: ArchList }),
  ),
});

/**
 * Applies one report of `starting_build` or `update`; throws 500 before changing anything, like a database that rolls
 * back.
 */
export function applyReport(build: BuildRecord, report: BuildReport, call: 'starting_build' | 'update'): void {
  const isSource = String(report.task_id) === String(build.id);
  if (isSource && isSwallowed(build, report)) {
    noteReport(build, {
      ...{ taskId: String(build.id), call, status: report.status ?? null, terminal: false },
      resultDir: report.result_dir ?? null,
    });
    return;
  }
  if (isSource) applySourceReport(build, report);
  else applyChrootReport(build, report);
  if (present(report.built_packages)) build.builtPackages = report.built_packages;
  if (present(report.pkg_name)) build.packageName ??= report.pkg_name;
  if (present(report.pkg_version)) build.packageVersion = report.pkg_version;
  if (present(report.srpm_url)) build.srpmUrl = report.srpm_url;
  noteReport(build, {
    taskId: isSource ? String(build.id) : `${build.id}-${report.chroot ?? ''}`,
    call,
    status: report.status ?? null,
    terminal: call === 'update' && TERMINAL.includes(report.status ?? -1),
    resultDir: report.result_dir ?? null,
  });
}

/**
 * Like the real frontend when the first source builds of one package report at the same time: rolled back, but answered
 * with 200.
 */
function isSwallowed(build: BuildRecord, report: BuildReport): boolean {
  if (report.status !== STATUS.succeeded || build.swallows === 0) return false;
  build.swallows -= 1;
  return true;
}

/** Records the call. */
export function noteReport(build: BuildRecord, report: Omit<ReportRecord, 'at'>): void {
  build.reports.push({ at: new Date().toISOString(), ...report });
}

function present(value: string | null | undefined): value is string {
  return value !== null && value !== undefined && value !== '';
}

/**
 * No check for a terminal state: the last report wins, even over a finished source
 * (docs/neighbours/frontend.md#reports).
 */
function applySourceReport(build: BuildRecord, report: BuildReport): void {
  if (report.status === undefined) throw new HttpProblem(500, 'a source report without status');
  const tags = report.status === STATUS.succeeded ? readTags(build, report.results) : null;
  build.source.status = report.status;
  build.source.resultDir = report.result_dir ?? '';
  if (report.status === STATUS.starting) build.source.startedOn = seconds(report.started_on);
  if (TERMINAL.includes(report.status)) build.source.endedOn = seconds(report.ended_on);
  if (report.status === STATUS.failed || report.status === STATUS.skipped) {
    for (const chroot of build.chroots) endChroot(chroot, report.status, null);
  }
  if (tags !== null) {
    build.source.status = STATUS.importing;
    build.importError = null;
    for (const chroot of build.chroots) {
      chroot.status = STATUS.waiting;
      const reason = reasonToSkip(chroot.name, tags[distributionOf(chroot.name)] ?? {});
      if (reason !== null) endChroot(chroot, STATUS.skipped, reason);
    }
  }
}

type ArchTags = z.infer<typeof SourceResults>['architecture_specific_tags'][string];

function readTags(build: BuildRecord, results: unknown): Record<string, ArchTags> {
  const parsed = SourceResults.safeParse(results);
  if (!parsed.success) throw new HttpProblem(500, 'results without architecture_specific_tags');
  const tags = parsed.data.architecture_specific_tags;
  for (const chroot of build.chroots) {
    if (!(distributionOf(chroot.name) in tags)) {
      throw new HttpProblem(500, `architecture_specific_tags lacks ${distributionOf(chroot.name)}`);
    }
  }
  return tags;
}

function reasonToSkip(chroot: string, tags: ArchTags): string | null {
  const arch = chroot.slice(chroot.lastIndexOf('-') + 1);
  const isNoarch = tags.buildarch?.includes('noarch') ?? false;
  const fits = (list: readonly string[]): boolean => list.includes(arch) || (isNoarch && list.includes('noarch'));
  if (tags.exclusivearch !== undefined && tags.exclusivearch.length > 0 && !fits(tags.exclusivearch)) {
    return `ExclusiveArch ${tags.exclusivearch.join(' ')} leaves out ${arch}`;
  }
  return (tags.excludearch?.includes(arch) ?? false) ? `ExcludeArch names ${arch}` : null;
}

function endChroot(chroot: ChrootRecord, status: number, reason: string | null): void {
  chroot.status = status;
  chroot.reason = reason;
  chroot.startedOn ??= unixNow();
  chroot.endedOn = unixNow();
}

/**
 * A terminal state never changes again, but `result_dir` does, and every terminal report adds its rows
 * (docs/neighbours/frontend.md#reports).
 */
function applyChrootReport(build: BuildRecord, report: BuildReport): void {
  const chroot = build.chroots.find((candidate) => candidate.name === report.chroot);
  if (chroot === undefined) return;
  const results = RpmResults.nullish().safeParse(report.results);
  if (!results.success) throw new HttpProblem(500, `results do not fit: ${z.prettifyError(results.error)}`);
  chroot.resultDir = report.result_dir ?? '';
  const status = report.status;
  if (status === undefined) return;
  if (!TERMINAL.includes(chroot.status)) chroot.status = status;
  if (status === STATUS.starting) chroot.startedOn = seconds(report.started_on);
  if (TERMINAL.includes(status)) {
    chroot.endedOn = seconds(report.ended_on);
    chroot.packages.push(...(results.data?.packages ?? []));
  }
}

function seconds(time: number | null | undefined): number {
  return Math.round(time ?? unixNow());
}

/** Requests the end of a build: one cancel request per existing task. False: there is nothing left to cancel. */
export function requestCancel(build: BuildRecord): boolean {
  if (build.canceled || (isFinished(build.source.status) && build.chroots.every((c) => isFinished(c.status)))) {
    return false;
  }
  build.canceled = true;
  build.cancelRequests = [String(build.id), ...build.chroots.map((chroot) => `${build.id}-${chroot.name}`)];
  return true;
}

/**
 * The backend confirmed a cancel request: the task is canceled unless it had ended
 * (docs/neighbours/frontend.md#cancel-requests).
 */
export function confirmCancel(build: BuildRecord, taskId: string): void {
  build.cancelRequests = build.cancelRequests.filter((request) => request !== taskId);
  const task =
    taskId === String(build.id) ? build.source : build.chroots.find((c) => `${build.id}-${c.name}` === taskId);
  if (task !== undefined && !isFinished(task.status)) task.status = STATUS.canceled;
  noteReport(build, { taskId, call: 'canceled', status: null, terminal: false, resultDir: null });
}

/** Puts a starting or running task back to pending; returns the reason if it cannot. */
export function reschedule(build: BuildRecord, taskId: string, chrootName: string): string | null {
  const task =
    taskId === String(build.id) ? build.source : build.chroots.find((candidate) => candidate.name === chrootName);
  if (build.canceled) return 'build is canceled, ignoring';
  if (task === undefined || (task.status !== STATUS.starting && task.status !== STATUS.running)) {
    return 'build is not in running states, ignoring';
  }
  task.status = STATUS.pending;
  task.resultDir = '';
  noteReport(build, { taskId, call: 'reschedule', status: STATUS.pending, terminal: false, resultDir: null });
  return null;
}
