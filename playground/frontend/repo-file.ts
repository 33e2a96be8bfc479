import type { ProjectRecord } from './state.js';

/** Text of the `.repo` file that makes dnf use a project's chroot. */
export function repoFile(project: ProjectRecord, chroot: string, resultsUrl: string): string {
  const results = `${resultsUrl}/${project.owner}/${project.name}`;
  return [
    `[copr:playground:${project.owner.replace(/^@/, 'group_')}:${project.name}]`,
    `name=Copr playground: ${project.owner}/${project.name} for ${chroot}`,
    `baseurl=${results}/${chroot}/`,
    'type=rpm-md',
    'skip_if_unavailable=True',
    'gpgcheck=1',
    `gpgkey=${results}/pubkey.gpg`,
    'repo_gpgcheck=0',
    'enabled=1',
    'enabled_metadata=1',
    '',
  ].join('\n');
}
