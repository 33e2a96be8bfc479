import { z } from 'zod';
import { SOURCE_CHROOT } from '../../../contracts/build/build.js';
import { isBuildDirectoryName } from '../../../domain/build/build-directory.js';
import { isSafeName } from '../../../domain/names/safe-name.js';

/**
 * Maximum number of a project's builds, or of directories with metadata, that one action may name: the product promises
 * to handle this many.
 */
export const MAX_NAMED = 100_000;

/** A name that may become one segment of a path. */
export const Name = z.string().refine(isSafeName, 'is not a plain name');
/**
 * A directory below an owner is named after a project, with or without a suffix after a colon
 * (docs/neighbours/frontend.md#task-records).
 */
export const Project = Name.refine((name) => !name.includes(':'), 'is not the name of a project');
/** `00000007-hello`, `00000007` of a source build, or a build's name from earlier years. */
export const BuildDirectory = z.string().refine(isBuildDirectoryName, 'is not the directory of a build');
/** A chroot with packages; `srpm-builds` and the backend's own directories beside the chroots do not count. */
export const Chroot = Name.regex(/^[^-:]+(-[^-:]+)+$/, 'is not a chroot').refine(
  (name) => name !== SOURCE_CHROOT,
  'is not a chroot',
);
export const Flag = z
  .boolean()
  .nullish()
  .transform((flag) => flag ?? false);

/** `owner/project`. */
export const FullName = z
  .string()
  .max(512)
  .transform((full, context) => {
    const [owner = '', project = '', ...more] = full.split('/');
    const parsed = z.object({ owner: Name, project: Project }).safeParse({ owner, project });
    if (parsed.success && more.length === 0) return parsed.data;
    context.addIssue({ code: 'custom', message: 'is not the full name of a project' });
    return z.NEVER;
  });
