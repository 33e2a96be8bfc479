import type { ProjectId } from '../../contracts/names/ids.js';

/**
 * Identity of a project's key (docs/neighbours/signing.md#key-names): the project, never one of its CoprDirs; a group
 * keeps its `@`.
 */
export function keyIdentity(
  { owner, project }: ProjectId,
  signDomain: string,
): { readonly realName: string; readonly email: string } {
  return { realName: `${owner}_${project}`, email: `${owner}#${project}@copr.${signDomain}` };
}
