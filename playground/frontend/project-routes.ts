import { z } from 'zod';
import { HttpProblem, readBody } from '../loopback/http-service.js';
import { ACTION_TYPE, addAction } from './actions.js';
import {
  ChrootName,
  readWanted,
  SafeName,
  sendJson,
  type ApiCall,
  type Endpoint,
  type EndpointRow,
} from './api-call.js';
import { compsPath } from './comps-files.js';
import { branchChroot, forkProject, renameProject } from './copies.js';
import { deleteBuilds, deleteChroot, deleteProject, removeDirectories } from './deletions.js';
import { changeSettings, enabledChroots, knownProject, regenerate, setChrootEnabled } from './projects.js';
import { ProjectSettings, type ActionRecord, type ProjectRecord } from './state.js';

const COMPS_LIMIT = 64 * 1024 * 1024;

type Work = (
  call: ApiCall,
  project: ProjectRecord,
  args: readonly string[],
) => Promise<readonly ActionRecord[]> | readonly ActionRecord[];

/** Requests of people about projects; every answer lists the actions that the backend gets for it. */
export const PROJECT_ENDPOINTS: readonly EndpointRow[] = [
  ['GET', 'projects', listProjects],
  ['POST', 'projects/*/*/regenerate', asking(regenerateAll)],
  ['POST', 'projects/*/*/fork', asking(fork)],
  ['POST', 'projects/*/*/rename', asking(rename)],
  ['POST', 'projects/*/*/delete', asking(deleteWhole)],
  ['POST', 'projects/*/*/settings', asking(applySettings)],
  ['POST', 'projects/*/*/remove-dirs', asking(removeDirs)],
  ['POST', 'projects/*/*/module', asking(buildModule)],
  ['POST', 'projects/*/*/chroots/*/delete', asking(deleteOneChroot)],
  ['PUT', 'projects/*/*/chroots/*/comps', asking(storeComps)],
  ['DELETE', 'projects/*/*/chroots/*/comps', asking(removeComps)],
  ['POST', 'projects/*/*/chroots/*/disable', switching(false)],
  ['POST', 'projects/*/*/chroots/*/enable', switching(true)],
  ['POST', 'builds/delete', deleteSome],
  ['POST', 'branch', branch],
  ['GET', 'actions', listActions],
  ['POST', 'actions', addRecord],
  ['GET', 'actions/*', showAction],
];

function asking(work: Work): Endpoint {
  return async (call, [owner = '', name = '', ...rest]) => {
    const project = knownProject(call.context.store, owner, name);
    sendJson(call.response, await work(call, project, rest), 201);
  };
}

function switching(enabled: boolean): Endpoint {
  return (call, args) => switchChroot(call, args, enabled);
}

function listActions({ response, context }: ApiCall): void {
  sendJson(response, context.store.actions());
}

function listProjects({ response, context }: ApiCall): void {
  const { frontendUrl, resultsUrl } = context.addresses();
  const views = context.store.projects().map((project) => ({
    ...project,
    resultsUrl: `${resultsUrl}/${project.owner}/${project.name}/`,
    repoFiles: project.chroots.map(
      ({ name }) =>
        `${frontendUrl}/coprs/${project.owner}/${project.name}/repo/${name}/${project.owner}-${project.name}.repo`,
    ),
  }));
  sendJson(response, views);
}

function regenerateAll({ request, context }: ApiCall, project: ProjectRecord): readonly ActionRecord[] {
  request.resume();
  return regenerate(context.store, project);
}

const Target = z.strictObject({ owner: SafeName, name: SafeName });

async function fork({ request, context }: ApiCall, project: ProjectRecord): Promise<readonly ActionRecord[]> {
  const wanted = await readWanted(request, Target.extend({ intoExisting: z.boolean().default(false) }));
  return forkProject(context.store, project, wanted);
}

async function rename({ request, context }: ApiCall, project: ProjectRecord): Promise<readonly ActionRecord[]> {
  const target = await readWanted(request, Target);
  const former = [project.name, ...project.dirnames].map((dirname) => ({ owner: project.owner, dirname }));
  const actions = renameProject(context.store, project, target);
  for (const [index, dirname] of [project.name, ...project.dirnames].entries()) {
    const from = former[index];
    if (from !== undefined) await context.distGit.move(from, { owner: project.owner, dirname });
  }
  return actions;
}

function deleteWhole({ request, context }: ApiCall, project: ProjectRecord): readonly ActionRecord[] {
  request.resume();
  return deleteProject(context.store, project);
}

async function applySettings({ request, context }: ApiCall, project: ProjectRecord): Promise<readonly ActionRecord[]> {
  const given = await readWanted(request, ProjectSettings.partial());
  const changes = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return changeSettings(context.store, project, changes);
}

async function removeDirs({ request, context }: ApiCall, project: ProjectRecord): Promise<readonly ActionRecord[]> {
  const { dirnames } = await readWanted(request, z.strictObject({ dirnames: z.array(z.string()).nullable() }));
  return removeDirectories(context.store, project, dirnames);
}

/**
 * The module's document is part of the action, as the real frontend adds it when the action is read
 * (docs/neighbours/frontend.md#actions).
 */
async function buildModule({ request, context }: ApiCall, project: ProjectRecord): Promise<readonly ActionRecord[]> {
  const Wanted = z.strictObject({ modulemd: z.string().min(1), builds: z.array(z.number().int()).default([]) });
  const { modulemd, builds } = await readWanted(request, Wanted);
  const action = addAction(context.store, project, {
    action_type: ACTION_TYPE.buildModule,
    object_type: 'module',
    data: {
      chroots: enabledChroots(project),
      builds,
      appstream: project.settings.appstream,
      projectname: project.name,
      ownername: project.owner,
      modulemd_b64: Buffer.from(modulemd).toString('base64'),
    },
  });
  return [action];
}

function deleteOneChroot(
  { request, context }: ApiCall,
  project: ProjectRecord,
  [chroot = '']: readonly string[],
): readonly ActionRecord[] {
  request.resume();
  return deleteChroot(context.store, project, chroot);
}

async function storeComps(
  { request, context }: ApiCall,
  project: ProjectRecord,
  [name = '']: readonly string[],
): Promise<readonly ActionRecord[]> {
  const chroot = chrootOf(project, name);
  await context.comps.store(project, name, await readBody(request, COMPS_LIMIT));
  chroot.comps = 'comps.xml';
  context.store.saveProject(project);
  return [updateComps(context, project, name, true)];
}

async function removeComps(
  { request, context }: ApiCall,
  project: ProjectRecord,
  [name = '']: readonly string[],
): Promise<readonly ActionRecord[]> {
  request.resume();
  const chroot = chrootOf(project, name);
  await context.comps.remove(project, name);
  chroot.comps = null;
  context.store.saveProject(project);
  return [updateComps(context, project, name, false)];
}

function updateComps(
  context: ApiCall['context'],
  project: ProjectRecord,
  chroot: string,
  isPresent: boolean,
): ActionRecord {
  return addAction(context.store, project, {
    action_type: ACTION_TYPE.updateComps,
    object_type: 'copr_chroot',
    data: {
      ownername: project.owner,
      projectname: project.name,
      chroot,
      comps_present: isPresent,
      url_path: compsPath(project, chroot),
    },
  });
}

function chrootOf(project: ProjectRecord, name: string): ProjectRecord['chroots'][number] {
  const chroot = project.chroots.find((candidate) => candidate.name === name);
  if (chroot === undefined) throw new HttpProblem(404, `${project.owner}/${project.name} has no chroot ${name}`);
  return chroot;
}

function switchChroot(
  { request, response, context }: ApiCall,
  [owner = '', name = '', chroot = '']: readonly string[],
  enabled: boolean,
): void {
  request.resume();
  const project = knownProject(context.store, owner, name);
  chrootOf(project, chroot);
  setChrootEnabled(context.store, project, chroot, enabled);
  sendJson(response, project);
}

async function deleteSome({ request, response, context }: ApiCall): Promise<void> {
  const { ids } = await readWanted(request, z.strictObject({ ids: z.array(z.number().int()).min(1) }));
  sendJson(response, deleteBuilds(context.store, ids), 201);
}

async function branch({ request, response, context }: ApiCall): Promise<void> {
  const { rawhide, fresh } = await readWanted(request, z.strictObject({ rawhide: ChrootName, fresh: ChrootName }));
  if (rawhide === fresh) throw new HttpProblem(400, 'both chroots are the same');
  const actions = branchChroot(context.store, rawhide, fresh);
  if (actions.length === 0) throw new HttpProblem(404, `no project builds for ${rawhide}`);
  sendJson(response, actions, 201);
}

/**
 * A record made by hand, even one that no frontend sends, to see how a backend treats it. `data` is text and is not
 * parsed.
 */
const Record = z.strictObject({
  action_type: z.number().int(),
  object_type: z.string().nullable().default(null),
  object_id: z.number().int().nullable().default(null),
  old_value: z.string().nullable().default(null),
  new_value: z.string().nullable().default(null),
  priority: z.number().int().default(0),
  data: z.string().nullable().default(null),
});

async function addRecord({ request, response, context }: ApiCall): Promise<void> {
  const { data, ...fields } = await readWanted(request, Record);
  const action = addAction(context.store, null, { ...fields, data: null });
  action.data = data;
  context.store.saveAction(action);
  sendJson(response, [action], 201);
}

function showAction({ response, context }: ApiCall, [id = '']: readonly string[]): void {
  const action = /^\d{1,15}$/.test(id) ? context.store.action(Number(id)) : null;
  if (action === null) throw new HttpProblem(404, `there is no action ${id}; GET /api/actions lists them`);
  sendJson(response, action);
}
