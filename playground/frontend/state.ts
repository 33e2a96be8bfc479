import { z } from 'zod';

/** StatusEnum of the API (docs/neighbours/frontend.md#numbers). */
export const STATUS = {
  failed: 0,
  succeeded: 1,
  canceled: 2,
  running: 3,
  pending: 4,
  skipped: 5,
  starting: 6,
  importing: 7,
  forked: 8,
  waiting: 9,
} as const;

/** The word for a status; an unknown number is kept unchanged, as in the real frontend. */
export function statusName(status: number): string {
  return Object.entries(STATUS).find(([, number]) => number === status)?.[0] ?? `unknown (${status})`;
}

/** True if the task needs no more work. */
export function isFinished(status: number): boolean {
  return ([STATUS.succeeded, STATUS.forked, STATUS.canceled, STATUS.skipped, STATUS.failed] as number[]).includes(
    status,
  );
}

const PackageRow = z.strictObject({
  name: z.string(),
  epoch: z.union([z.number(), z.string(), z.null()]),
  version: z.string(),
  release: z.string(),
  arch: z.string(),
});

/**
 * `results` of a terminal RPM report: exactly five keys each, otherwise the real frontend's database refuses the row.
 */
export const RpmResults = z.object({ packages: z.array(PackageRow).optional() });

/** One task's progress: the source build or one chroot. */
const Progress = z.object({
  status: z.number(),
  resultDir: z.string(),
  startedOn: z.number().nullable(),
  endedOn: z.number().nullable(),
});

const ChrootRecord = Progress.extend({
  name: z.string(),
  gitHash: z.string().nullable(),
  /** Why it was skipped. */
  reason: z.string().nullable(),
  packages: z.array(PackageRow),
});

/** One call of the backend about a task; kept so that people and tests can count them. */
const ReportRecord = z.object({
  at: z.string(),
  taskId: z.string(),
  call: z.enum(['starting_build', 'update', 'canceled', 'reschedule']),
  status: z.number().nullable(),
  terminal: z.boolean(),
  resultDir: z.string().nullable(),
});

export const BuildRecord = z.object({
  id: z.number(),
  owner: z.string(),
  project: z.string(),
  /** The directory beside the project's main one that the build belongs to (`hello:pr:7`); null: the main one. */
  dirname: z.string().nullable().default(null),
  submitter: z.string().nullable(),
  createdOn: z.number(),
  background: z.boolean(),
  timeout: z.number(),
  enableNet: z.boolean(),
  upload: z.string(),
  file: z.string(),
  /** Keys of the user for whom the builder is kept after the build; null: none. */
  sshPublicKeys: z.string().nullable().default(null),
  /** This many more reports of its source's success are answered but not applied. */
  swallows: z.number().default(0),
  canceled: z.boolean(),
  cancelRequests: z.array(z.string()),
  packageName: z.string().nullable(),
  packageVersion: z.string().nullable(),
  builtPackages: z.string().nullable(),
  srpmUrl: z.string().nullable(),
  importError: z.string().nullable(),
  source: Progress,
  chroots: z.array(ChrootRecord),
  reports: z.array(ReportRecord),
});

/** An owner's settings of a project, named as in the public API (docs/neighbours/frontend.md#public-api). */
export const ProjectSettings = z.strictObject({
  /**
   * Manual createrepo: packages are published for other builds only, until the owner regenerates the public metadata.
   */
  devel_mode: z.boolean(),
  persistent: z.boolean(),
  auto_prune: z.boolean(),
  appstream: z.boolean(),
});
export type ProjectSettings = z.infer<typeof ProjectSettings>;

export const DEFAULT_SETTINGS: ProjectSettings = {
  devel_mode: false,
  persistent: false,
  auto_prune: true,
  appstream: false,
};

export const Storage = z.enum(['backend', 'pulp']);
export type Storage = z.infer<typeof Storage>;

/** A project's storage in tasks and actions (docs/neighbours/frontend.md#numbers). */
export function storageNumber({ storage }: { readonly storage: Storage }): number {
  return storage === 'pulp' ? 1 : 0;
}

export const ProjectRecord = z.object({
  id: z.number(),
  owner: z.string(),
  name: z.string(),
  chroots: z.array(
    z.object({
      name: z.string(),
      enabled: z.boolean(),
      pruned: z.boolean(),
      /** Name of the comps file that a user uploaded for it. */
      comps: z.string().nullable().default(null),
    }),
  ),
  /** Directories beside the project's main one, in the order of their creation. */
  dirnames: z.array(z.string()).default([]),
  settings: ProjectSettings.default(DEFAULT_SETTINGS),
  /** Where its packages are; in words, as in the public API. */
  storage: Storage.default('backend'),
  createdOn: z.number(),
});

/** One row of the action table, named as in the API (docs/neighbours/frontend.md#actions). */
export const ActionRecord = z.object({
  id: z.number(),
  action_type: z.number(),
  object_type: z.string().nullable(),
  object_id: z.number().nullable(),
  old_value: z.string().nullable(),
  new_value: z.string().nullable(),
  priority: z.number(),
  data: z.string().nullable(),
  result: z.number(),
  message: z.string().nullable(),
  created_on: z.number(),
  ended_on: z.number().nullable(),
  copr_id: z.number().nullable(),
  /** Not sent: the project, for the list of waiting actions. Null: none, as the record was made by hand. */
  owner: z.string().nullable(),
  project: z.string().nullable().default(null),
});

export type BuildRecord = z.infer<typeof BuildRecord>;
export type ChrootRecord = z.infer<typeof ChrootRecord>;
export type ReportRecord = z.infer<typeof ReportRecord>;
export type ProjectRecord = z.infer<typeof ProjectRecord>;
export type ActionRecord = z.infer<typeof ActionRecord>;

/** Seconds since 1970, the unit of every time in the API. */
export function unixNow(): number {
  return Math.floor(Date.now() / 1000);
}

/** `custom-1` of `custom-1-x86_64`: the key of architecture_specific_tags. */
export function distributionOf(chroot: string): string {
  return chroot.slice(0, chroot.lastIndexOf('-'));
}

/** The directory below its owner that a build's results go to. */
export function dirnameOf(build: { readonly project: string; readonly dirname: string | null }): string {
  return build.dirname ?? build.project;
}
