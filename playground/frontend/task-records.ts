import { randomUUID } from 'node:crypto';
import { pythonJson } from './python-json.js';
import {
  dirnameOf,
  distributionOf,
  STATUS,
  storageNumber,
  type BuildRecord,
  type ChrootRecord,
  type ProjectRecord,
} from './state.js';
import type { Store } from './store.js';

/** Addresses in task records. */
export type Addresses = { readonly frontendUrl: string; readonly resultsUrl: string };

const OFFERED: readonly number[] = [STATUS.pending, STATUS.starting, STATUS.running];

/**
 * Items of pending-jobs: sources before RPM tasks, foreground before background, then by build id
 * (docs/neighbours/frontend.md#lists).
 */
export function pendingJobs(store: Store): readonly object[] {
  const builds = store
    .builds()
    .filter((build) => !build.canceled)
    .sort((a, b) => Number(a.background) - Number(b.background) || a.id - b.id);
  const sources = builds
    .filter((build) => OFFERED.includes(build.source.status))
    .map((build) => ({ task_id: String(build.id), ...shortRecord(build), chroot: null }));
  const rpms = builds.flatMap((build) =>
    build.chroots.filter((chroot) => OFFERED.includes(chroot.status)).map((chroot) => rpmShortRecord(build, chroot)),
  );
  return [...sources, ...rpms];
}

function shortRecord(build: BuildRecord): object {
  return {
    build_id: build.id,
    project_owner: build.owner,
    sandbox: `${build.owner}/${build.project}--${build.submitter ?? randomUUID()}`,
    background: build.background,
  };
}

function rpmShortRecord(build: BuildRecord, chroot: ChrootRecord): object {
  return {
    task_id: `${build.id}-${chroot.name}`,
    ...shortRecord(build),
    chroot: chroot.name,
    tags: [],
    allow_user_ssh: build.sshPublicKeys !== null,
  };
}

/** The full source task (docs/neighbours/frontend.md#task-records): an upload that the builder fetches. */
export function sourceTask(store: Store, build: BuildRecord, addresses: Addresses): object {
  const project = store.project(build.owner, build.project);
  const active = (project?.chroots ?? []).filter((chroot) => chroot.enabled).map((chroot) => chroot.name);
  return {
    task_id: String(build.id),
    ...shortRecord(build),
    chroot: null,
    source_type: 2,
    source_json: pythonJson({
      url: `${addresses.frontendUrl}/uploads/${build.upload}/${encodeURIComponent(build.file)}`,
      pkg: build.file,
      tmp: build.upload,
    }),
    submitter: build.submitter,
    project_name: build.project,
    project_dirname: dirnameOf(build),
    package_name: build.packageName,
    appstream: project?.settings.appstream ?? false,
    repos: [],
    distributions_in_project: distributions(active),
    distributions_in_build: distributions(build.chroots.map((chroot) => chroot.name)),
  };
}

function distributions(chroots: readonly string[]): string[] {
  return [...new Set(chroots.map(distributionOf))].sort();
}

/** The full RPM task (docs/neighbours/frontend.md#task-records). */
export function rpmTask(
  project: ProjectRecord,
  build: BuildRecord,
  chroot: ChrootRecord,
  addresses: Addresses,
): object {
  const { devel_mode: isDevel, appstream } = project.settings;
  return {
    ...rpmShortRecord(build, chroot),
    appstream,
    buildroot_pkgs: [],
    enable_net: build.enableNet,
    fedora_review: false,
    git_hash: chroot.gitHash,
    git_repo: `${addresses.frontendUrl}/git/${build.owner}/${dirnameOf(build)}/${build.packageName ?? ''}`,
    isolation: 'default',
    memory_reqs: null,
    package_name: build.packageName,
    package_version: build.packageVersion,
    project_dirname: dirnameOf(build),
    project_name: build.project,
    repo_priority: null,
    repos: repositories(build, chroot, isDevel, addresses),
    ssh_public_keys: build.sshPublicKeys,
    storage: storageNumber(project),
    submitter: build.submitter,
    timeout: build.timeout,
    uses_devel_repo: isDevel,
    with_opts: [],
    without_opts: [],
  };
}

/**
 * The repositories from which a builder installs (docs/neighbours/frontend.md#task-records): the project's packages,
 * those not yet public, and those of its own directory.
 */
function repositories(build: BuildRecord, chroot: ChrootRecord, isDevel: boolean, addresses: Addresses): object[] {
  const url = (dirname: string): string => `${addresses.resultsUrl}/${build.owner}/${dirname}/${chroot.name}/`;
  const repository = (id: string, name: string, baseurl: string): object => ({
    ...{ baseurl, id, name },
    ...{ priority: null, repo_gpgcheck: false },
  });
  return [
    repository('copr_base', 'Copr repository', url(build.project)),
    ...(isDevel ? [repository('copr_base_devel', 'Copr buildroot', `${url(build.project)}devel/`)] : []),
    ...(build.dirname === null ? [] : [repository('copr_coprdir', 'Coprdir repository', url(build.dirname))]),
  ];
}
