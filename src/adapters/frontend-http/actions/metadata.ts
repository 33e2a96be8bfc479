import { z } from 'zod';
import { projectOfDirname } from '../../../domain/build/build-directory.js';
import type { ActionRequest } from '../../../ports/action/requested-action.js';
import type { ActionRecord } from './action-record.js';
import { Chroot, Flag, MAX_NAMED, Name, Project } from './fields.js';

/** Maximum length of a module's document, in characters; the largest in Fedora is a tenth of it. */
const MAX_MODULEMD = 1024 * 1024;

const CreaterepoData = z
  .object({
    ownername: Name,
    projectname: Project,
    project_dirnames: z.array(Name),
    chroots: z.array(Chroot),
    devel: Flag,
    appstream: Flag,
  })
  .refine((data) => data.project_dirnames.every((dirname) => projectOfDirname(dirname) === data.projectname), {
    error: 'project_dirnames are not all of this project',
  })
  .refine((data) => data.project_dirnames.length * data.chroots.length <= MAX_NAMED, {
    error: `it names more than ${MAX_NAMED} directories`,
  });
const KeyData = z.object({ ownername: Name, projectname: Project });
const CompsData = z.object({
  ownername: Name,
  projectname: Project,
  chroot: Chroot,
  comps_present: z.boolean(),
  /** Follows frontend_base_url: a path only, which cannot turn the URL into another host's. */
  url_path: z
    .string()
    .regex(/^\/(?!\/)[\x21-\x7e]{0,1023}$/, 'is not a path of the frontend')
    .nullish(),
});
const ModuleData = z.object({
  ownername: Name,
  projectname: Project,
  chroots: z.array(Chroot).max(MAX_NAMED),
  builds: z.array(z.int().nonnegative()).max(MAX_NAMED).nullish(),
  appstream: Flag,
  modulemd_b64: z
    .string()
    .max(2 * MAX_MODULEMD)
    .transform((base64) => Buffer.from(base64, 'base64').toString('utf8'))
    .refine((text) => text.trim() !== '' && text.length <= MAX_MODULEMD && !text.includes('\ufffd'), {
      error: 'is not a text of at most 1 MiB',
    }),
});

/**
 * A createrepo (docs/neighbours/frontend.md#metadata); `reason` is for people and changes nothing here. Throws ZodError.
 */
export function readCreaterepo(record: ActionRecord): ActionRequest {
  const { ownername: owner, project_dirnames: dirnames, ...data } = CreaterepoData.parse(record.data);
  const { chroots, devel, appstream } = data;
  return { type: 'createrepo', owner, dirnames, chroots, devel, appstream };
}

/** The generation of a key (docs/neighbours/frontend.md#metadata). Throws ZodError. */
export function readKey(record: ActionRecord): ActionRequest {
  const { ownername: owner, projectname: project } = KeyData.parse(record.data);
  return { type: 'generateKey', project: { owner, project } };
}

/** Upload or removal of comps (docs/neighbours/frontend.md#metadata). Throws ZodError. */
export function readComps(record: ActionRecord): ActionRequest {
  const data = CompsData.refine((comps) => !comps.comps_present || comps.url_path != null, 'url_path is missing').parse(
    record.data,
  );
  return {
    type: 'updateComps',
    repository: { owner: data.ownername, dirname: data.projectname, chroot: data.chroot },
    urlPath: data.comps_present ? (data.url_path ?? null) : null,
  };
}

/** A module, with what the frontend adds (docs/neighbours/frontend.md#actions). Throws ZodError. */
export function readModule(record: ActionRecord): ActionRequest {
  const { ownername: owner, projectname: project, ...data } = ModuleData.parse(record.data);
  const { chroots, builds, appstream, modulemd_b64: modulemd } = data;
  return { type: 'buildModule', project: { owner, project }, chroots, builds: builds ?? [], modulemd, appstream };
}
