import { z } from 'zod';
import type { TaskFacts } from '../../contracts/dispatch/dispatch.js';
import { isSourceTask, parseTaskId } from '../../domain/build/build-directory.js';
import { isSafeName } from '../../domain/names/safe-name.js';
import type { BuildTask, PublicProject } from '../../ports/frontend.js';

/**
 * The frontend's records on the wire (docs/neighbours/frontend.md): only the fields we use; all others may have any
 * form. Everything here is hostile until parsed; names that become paths are checked on arrival.
 */

/** Longest package name that the frontend stores; the result directory's name, `<id>-<name>`, is a file name. */
const PACKAGE_NAME = 100;
/** Together with a package's directory and a token it forms the name of a staging directory. */
const CHROOT_NAME = 120;
/** Task ids, owners and chroots become ids and search attributes of workflows, whose length is limited. */
const FACT = 255;
const SANDBOX = 1024;
const TAGS = 100;
const DISTRIBUTIONS = 1000;
/** Text from outside, made safe for a message: quoted, on one line, cut. */
export function quoted(value: unknown): string {
  return jsonOf(value).slice(0, 100);
}

function jsonOf(value: unknown): string {
  try {
    const text = JSON.stringify(value) as string | undefined;
    return text ?? String(value);
  } catch (error) {
    // A value nested a hundred thousand levels deep can be parsed, but not written.
    if (!(error instanceof RangeError)) throw error;
    return 'something nested too deep';
  }
}

const pathName = z
  .string()
  .refine(isSafeName, { error: (issue) => `${quoted(issue.input)} is not a name that may become a path` });
const taskId = z
  .string()
  .max(FACT)
  .refine((text) => parseTaskId(text) !== null, { error: (issue) => `${quoted(issue.input)} is not a task id` });
const id = z.int().nonnegative();
const text = z.string().nullish();
/** A fact that is only counted or shown: a long one is cut, and the task's own record says what is wrong. */
const cut = (length: number): z.ZodType<string> => z.string().transform((long) => long.slice(0, length));
const tag = z.string().max(FACT);
const flag = z.boolean().nullish();

const PendingBuild = z.object({
  task_id: taskId,
  project_owner: cut(FACT),
  sandbox: cut(SANDBOX).nullish(),
  background: flag,
  chroot: cut(FACT).nullish(),
  tags: z.array(tag).max(TAGS).nullish(),
  allow_user_ssh: flag,
  priority: z.number().nullish(),
});

/** One item of `pending-jobs` (docs/neighbours/frontend.md#lists). */
export const PendingBuildFacts = PendingBuild.transform((item): TaskFacts => ({
  taskId: item.task_id,
  owner: item.project_owner,
  sandbox: item.sandbox ?? null,
  background: item.background ?? false,
  chroot: item.chroot ?? null,
  source: isSourceTask(item.task_id),
  tags: item.tags ?? [],
  userSsh: item.allow_user_ssh ?? false,
  priority: item.priority ?? 0,
}));

/**
 * One item of `pending-actions` (docs/neighbours/frontend.md#lists); an action has no builder, so most facts are empty.
 */
export const PendingActionFacts = z
  .object({ id, priority: z.number().nullish(), project_owner: cut(FACT).nullish() })
  .transform((item): TaskFacts => ({
    taskId: String(item.id),
    owner: item.project_owner ?? '',
    sandbox: null,
    background: false,
    chroot: null,
    source: false,
    tags: [],
    userSsh: false,
    priority: item.priority ?? 0,
  }));

/** One item of `cancel-requests`; confirmed exactly as listed, so it may be an id that is not ours. */
export const CancelRequest = z.string().min(1).max(512);

/** For parts of a file's name, whose length is limited in bytes. */
function atMost(bytes: number): [(name: string) => boolean, string] {
  return [(name) => Buffer.byteLength(name) <= bytes, `is longer than ${bytes} bytes`];
}

const WireTask = z.object({
  task_id: taskId,
  build_id: id,
  project_owner: pathName,
  project_name: pathName,
  project_dirname: pathName,
  chroot: pathName.refine(...atMost(CHROOT_NAME)).nullish(),
  package_name: pathName.refine(...atMost(PACKAGE_NAME)).nullish(),
  package_version: cut(FACT).nullish(),
  submitter: cut(SANDBOX).nullish(),
  sandbox: cut(SANDBOX).nullish(),
  tags: z.array(tag).max(TAGS).nullish(),
  timeout: z.number().positive().nullish(),
  uses_devel_repo: flag,
  // Unlimited here: the code that lets the user in applies the limit, and the build does not need its user.
  ssh_public_keys: text,
  appstream: flag,
  storage: z.int().nullish(),
  repos: z.array(z.object({ id: z.string(), baseurl: z.string() })).nullish(),
  distributions_in_build: z.array(tag).max(DISTRIBUTIONS).nullish(),
  distributions_in_project: z.array(tag).max(DISTRIBUTIONS).nullish(),
});

/** Text without outer white space; null if nothing is left. */
function noneIfBlank(text: string | null | undefined): string | null {
  const trimmed = text?.trim() ?? '';
  return trimmed === '' ? null : trimmed;
}

/**
 * The record that `asked` names, source or RPM (docs/neighbours/frontend.md#task-records); a record of another task is
 * refused.
 */
export function buildTaskSchema(asked: string): z.ZodType<BuildTask> {
  return WireTask.superRefine((task, context) => {
    const parsed = parseTaskId(asked);
    if (task.task_id !== asked)
      context.addIssue({ code: 'custom', path: ['task_id'], message: `is ${quoted(task.task_id)}` });
    if (task.build_id !== parsed?.buildId)
      context.addIssue({ code: 'custom', path: ['build_id'], message: 'is another build' });
    if (isSourceTask(asked)) return;
    if (task.chroot !== parsed?.chroot)
      context.addIssue({ code: 'custom', path: ['chroot'], message: 'is not the task’s' });
    if (task.package_name == null) context.addIssue({ code: 'custom', path: ['package_name'], message: 'is missing' });
  }).transform((task): BuildTask => ({
    taskId: task.task_id,
    buildId: task.build_id,
    owner: task.project_owner,
    project: task.project_name,
    dirname: task.project_dirname,
    chroot: task.chroot ?? null,
    packageName: task.package_name ?? null,
    packageVersion: task.package_version ?? null,
    submitter: task.submitter ?? null,
    sandbox: task.sandbox ?? null,
    tags: task.tags ?? [],
    timeout: task.timeout ?? null,
    usesDevelRepo: task.uses_devel_repo ?? false,
    sshPublicKeys: noneIfBlank(task.ssh_public_keys),
    appstream: task.appstream ?? false,
    storage: task.storage ?? null,
    repos: task.repos ?? [],
    distributionsInBuild: task.distributions_in_build ?? [],
    distributionsInProject: task.distributions_in_project ?? [],
  }));
}

export const StartAnswer = z.object({ can_start: z.boolean() });

/** Lists what does not fit, field by field, on one line. */
export function describeIssues(error: z.ZodError): string {
  const shown = error.issues.slice(0, 8).map((issue) => `${issue.path.join('.') || 'record'}: ${issue.message}`);
  return shown.join('; ') + (error.issues.length > shown.length ? '; …' : '');
}

/**
 * A project as the public API describes it (docs/neighbours/frontend.md#public-api); missing fields get the same
 * meaning as in the known tools.
 */
export const ProjectFacts = z
  .object({
    ...{ devel_mode: flag, persistent: flag, auto_prune: flag, appstream: flag, storage: text },
    chroot_repos: z.record(z.string(), z.unknown()).nullish(),
  })
  .transform((record): PublicProject => ({
    develMode: record.devel_mode ?? false,
    persistent: record.persistent ?? true,
    autoPrune: record.auto_prune ?? true,
    appstream: record.appstream ?? true,
    store: record.storage === 'pulp' ? 'pulp' : 'tree',
    chroots: Object.keys(record.chroot_repos ?? {}).filter(isSafeName),
  }));

/** Every chroot that the frontend ever had (docs/neighbours/frontend.md#pruning). */
export const PruneStates = z.record(z.string(), z.object({ active: z.boolean(), final_prunerepo_done: z.boolean() }));
