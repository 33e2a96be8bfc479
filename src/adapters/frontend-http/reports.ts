import type { ActionOutcome } from '../../contracts/action/action.js';
import { formatEvr } from '../../domain/names/evr.js';
import { isBinaryArch } from '../../domain/names/rpm-file.js';
import { STATUS_NUMBERS } from '../../domain/names/status-numbers.js';
import type { BuildReport, BuiltPackages } from '../../ports/frontend.js';

/** One element of `builds` (docs/neighbours/frontend.md#reports), and the whole body of `starting_build`. */
export function wireReport(report: BuildReport): Record<string, unknown> {
  // JSON.stringify leaves out undefined values; times are integer columns in the frontend.
  return {
    id: report.id,
    build_id: report.id,
    task_id: report.taskId,
    chroot: report.chroot,
    status: STATUS_NUMBERS[report.status],
    result_dir: report.resultDir,
    started_on: report.startedOn === undefined ? undefined : Math.trunc(report.startedOn),
    ended_on: report.endedOn === undefined ? undefined : Math.trunc(report.endedOn),
    ...(report.built === undefined ? {} : wirePackages(report.built)),
  };
}

/** Only the five keys of a package that the frontend stores. */
function wirePackages(built: BuiltPackages): Record<string, unknown> {
  if (built.kind === 'source') {
    const { name, epoch, version, release, architectureSpecificTags } = built.source;
    return {
      ...{ built_packages: '', pkg_name: name, pkg_version: formatEvr(built.source), srpm_url: built.srpmUrl },
      results: { name, epoch, version, release, architecture_specific_tags: architectureSpecificTags },
    };
  }
  const packages = built.packages.map(({ name, epoch, version, release, arch }) => ({
    ...{ name, epoch, version, release, arch },
  }));
  const binary = packages.filter(({ arch }) => isBinaryArch(arch)).map(({ name, version }) => `${name} ${version}`);
  return { built_packages: binary.join('\n'), results: { packages } };
}

/** One element of `actions`; a note is not sent (docs/neighbours/frontend.md#reports). */
export function wireOutcome(actionId: number, outcome: ActionOutcome): Record<string, unknown> {
  return outcome.result === 'succeeded'
    ? { id: actionId, result: 1 }
    : { id: actionId, result: 2, message: outcome.message };
}
