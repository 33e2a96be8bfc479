import { dirnameOf, isFinished, STATUS, statusName, type BuildRecord, type ReportRecord } from './state.js';

/** The state of a whole build in one word, as on the real frontend's page. */
export function overallState(build: BuildRecord): string {
  if (build.canceled) return 'canceled';
  if (build.source.status === STATUS.forked) return statusName(STATUS.forked);
  if (build.source.status !== STATUS.succeeded) return statusName(build.source.status);
  const states = build.chroots.map((chroot) => chroot.status);
  const order = [STATUS.running, STATUS.starting, STATUS.pending, STATUS.waiting, STATUS.failed, STATUS.canceled];
  const first = order.find((status) => states.includes(status));
  return statusName(first ?? (states.every((s) => s === STATUS.skipped) ? STATUS.skipped : STATUS.succeeded));
}

/** True if nothing will change any more. */
export function isBuildOver(build: BuildRecord): boolean {
  const tasks = [build.source, ...build.chroots];
  return tasks.every((task) => isFinished(task.status)) || (build.canceled && build.cancelRequests.length === 0);
}

/** The answer of `/api/builds/<id>`. */
export function buildView(build: BuildRecord, addresses: { frontendUrl: string; resultsUrl: string }): object {
  const results = `${addresses.resultsUrl}/${build.owner}/${dirnameOf(build)}`;
  const resultUrl = (chroot: string, directory: string): string | null =>
    directory === '' ? null : `${results}/${chroot}/${directory}/`;
  const taskIds = [String(build.id), ...build.chroots.map((chroot) => `${build.id}-${chroot.name}`)];
  return {
    ...buildSummary(build),
    submitter: build.submitter,
    background: build.background,
    timeout: build.timeout,
    createdOn: build.createdOn,
    upload: build.upload,
    file: build.file,
    builtPackages: build.builtPackages,
    srpmUrl: build.srpmUrl,
    importError: build.importError,
    cancelRequests: build.cancelRequests,
    source: progressView(build.source, resultUrl('srpm-builds', build.source.resultDir)),
    chroots: build.chroots.map((chroot) => ({
      name: chroot.name,
      ...progressView(chroot, resultUrl(chroot.name, chroot.resultDir)),
      reason: chroot.reason,
      gitHash: chroot.gitHash,
      packages: chroot.packages,
      repoFileUrl: `${addresses.frontendUrl}/coprs/${build.owner}/${build.project}/repo/${chroot.name}/${build.owner}-${build.project}.repo`,
    })),
    tasks: Object.fromEntries(taskIds.map((id) => [id, taskView(build.reports.filter((r) => r.taskId === id))])),
    reports: build.reports,
  };
}

/** A build as shown in a list. */
export function buildSummary(build: BuildRecord): Record<string, unknown> {
  return {
    id: build.id,
    owner: build.owner,
    project: build.project,
    dirname: dirnameOf(build),
    package: build.packageName,
    version: build.packageVersion,
    state: overallState(build),
    over: isBuildOver(build),
    canceled: build.canceled,
    sourceState: statusName(build.source.status),
    chrootStates: Object.fromEntries(build.chroots.map((chroot) => [chroot.name, statusName(chroot.status)])),
  };
}

function progressView(task: BuildRecord['source'], resultUrl: string | null): object {
  return {
    state: statusName(task.status),
    status: task.status,
    resultDir: task.resultDir,
    resultUrl,
    logUrls: resultUrl === null ? [] : [`${resultUrl}backend.log`, `${resultUrl}builder-live.log`],
    startedOn: task.startedOn,
    endedOn: task.endedOn,
  };
}

function taskView(reports: readonly ReportRecord[]): object {
  return { terminalReports: reports.filter((report) => report.terminal).length, reports };
}
