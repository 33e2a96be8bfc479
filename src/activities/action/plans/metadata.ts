import { z } from 'zod';
import type { ActionPlan } from '../../../contracts/action/action.js';
import { repositoryChange } from '../../../contracts/repository/repository.js';
import type { ActionRecord } from '../../../ports/frontend.js';
import { projectOfDirname } from '../../../domain/build/build-directory.js';
import { Chroot, Flag, inline, MAX_NAMED, Name, Project } from './fields.js';

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
 * A createrepo (docs/neighbours/frontend.md#metadata); `reason` is for people and changes nothing here. Throws ZodError
 * for data that does not fit.
 */
export function planCreaterepo(record: ActionRecord): ActionPlan {
  const { ownername, project_dirnames: dirnames, chroots, devel, appstream } = CreaterepoData.parse(record.data);
  const requests = dirnames.flatMap((dirname) =>
    chroots.map((chroot) => ({
      repository: { owner: ownername, dirname, chroot },
      change: repositoryChange('full', { devel, appstream }),
    })),
  );
  return { type: 'createrepo', requests: inline(requests) };
}

/** The generation of a key (docs/neighbours/frontend.md#metadata). Throws ZodError for data that does not fit. */
export function planKey(record: ActionRecord, doSign: boolean): ActionPlan {
  const { ownername, projectname } = KeyData.parse(record.data);
  return { type: 'gen_gpg_key', project: { owner: ownername, project: projectname }, sign: doSign };
}

/** Upload or removal of comps (docs/neighbours/frontend.md#metadata). Throws ZodError for data that does not fit. */
export function planComps(record: ActionRecord): ActionPlan {
  const data = CompsData.refine((comps) => !comps.comps_present || comps.url_path != null, 'url_path is missing').parse(
    record.data,
  );
  return {
    type: 'updateComps',
    repository: { owner: data.ownername, dirname: data.projectname, chroot: data.chroot },
    urlPath: data.comps_present ? (data.url_path ?? null) : null,
  };
}

/**
 * A module, with what the frontend adds (docs/neighbours/frontend.md#actions). Throws ZodError for data that does not
 * fit.
 */
export function planModule(record: ActionRecord): ActionPlan {
  const { ownername, projectname, chroots, builds, appstream, modulemd_b64: modulemd } = ModuleData.parse(record.data);
  const requests = [...new Set(chroots)].map((chroot) => ({
    repository: { owner: ownername, dirname: projectname, chroot },
    change: repositoryChange('reread', { appstream }),
  }));
  return {
    type: 'buildModule',
    modulemd: inline([modulemd]),
    builds: inline(builds ?? []),
    requests: inline(requests),
  };
}
