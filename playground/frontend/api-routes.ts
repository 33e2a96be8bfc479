import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { isSafeName } from '../../src/domain/safe-name.js';
import { HttpProblem, readBody, sendText } from '../loopback/http-service.js';
import { addCreaterepo, CREATEREPO_REASON } from './actions.js';
import { buildSummary, buildView } from './build-view.js';
import { ensureProject, machineChroot, setChrootEnabled } from './projects.js';
import { requestCancel } from './reports.js';
import { STATUS, unixNow, type BuildRecord, type ProjectRecord } from './state.js';
import type { Store } from './store.js';
import type { Addresses } from './task-records.js';
import type { Uploads } from './uploads.js';

/** What people's side of the frontend works on. */
export type ApiContext = {
  readonly store: Store;
  readonly uploads: Uploads;
  readonly addresses: () => Addresses;
};

type Call = { readonly request: IncomingMessage; readonly response: ServerResponse; readonly context: ApiContext };
type Endpoint = (call: Call, args: readonly string[]) => Promise<void> | void;

/** Method and path below `/api`, `*` standing for one segment. */
const ENDPOINTS: readonly (readonly [method: string, path: string, endpoint: Endpoint])[] = [
  ['POST', 'uploads', createUpload],
  ['PUT', 'uploads/*/*', storeFile],
  ['GET', 'builds', listBuilds],
  ['POST', 'builds', createBuild],
  ['GET', 'builds/*', showBuild],
  ['POST', 'builds/*/cancel', cancelBuild],
  ['POST', 'builds/*/rebuild', rebuild],
  ['GET', 'projects', listProjects],
  ['POST', 'projects/*/*/regenerate', regenerate],
  ['POST', 'projects/*/*/chroots/*/disable', (call, args) => switchChroot(call, args, false)],
  ['POST', 'projects/*/*/chroots/*/enable', (call, args) => switchChroot(call, args, true)],
  ['GET', 'actions', ({ response, context }) => sendJson(response, context.store.actions())],
];

/** Answers one request below `/api`. */
export async function answerApi(call: Call, segments: readonly string[]): Promise<void> {
  const fitting = ENDPOINTS.filter(([, path]) => fits(path.split('/'), segments));
  if (fitting.length === 0) {
    throw new HttpProblem(404, `there is no /api/${segments.join('/')}; see /api/builds, /api/projects, /api/actions`);
  }
  const method = call.request.method === 'HEAD' ? 'GET' : call.request.method;
  const found = fitting.find(([candidate]) => candidate === method);
  if (found === undefined) {
    throw new HttpProblem(405, `use ${fitting.map(([candidate]) => candidate).join(' or ')} here`);
  }
  const stars = found[1].split('/').flatMap((part, index) => (part === '*' ? [segments[index] ?? ''] : []));
  await found[2](call, stars);
}

function fits(pattern: readonly string[], segments: readonly string[]): boolean {
  return pattern.length === segments.length && pattern.every((part, index) => part === '*' || part === segments[index]);
}

/** Sends an API's error: what is wrong and what to do. */
export function sendApiProblem(response: ServerResponse, problem: HttpProblem): void {
  sendJson(response, { error: problem.message }, problem.status);
}

function sendJson(response: ServerResponse, value: unknown, status = 200): void {
  sendText(response, status, `${JSON.stringify(value, null, 1)}\n`, 'application/json');
}

async function createUpload({ request, response, context }: Call): Promise<void> {
  request.resume();
  sendJson(response, { id: await context.uploads.create() }, 201);
}

async function storeFile({ request, response, context }: Call, [id = '', file = '']: readonly string[]): Promise<void> {
  await context.uploads.store(id, file, request);
  sendJson(response, { file }, 201);
}

const SafeName = z.string().refine((name) => isSafeName(name) && !name.includes(':'), {
  error: 'must be a plain name: letters, digits and _+.~^-, an owner may begin with @',
});
const ChrootName = z.string().refine((name) => isSafeName(name) && /^[^-].*-[^-]+-[^-]+$/.test(name), {
  error: `must look like name-version-arch, for example ${machineChroot()}`,
});

const NewBuild = z.strictObject({
  upload: z.string(),
  file: z.string(),
  owner: SafeName,
  project: SafeName,
  chroots: z.array(ChrootName).min(1).optional(),
  background: z.boolean().default(false),
  submitter: z.string().nullish(),
  timeout: z.number().int().positive().max(172_800).default(18_000),
  enableNet: z.boolean().default(false),
});

async function createBuild({ request, response, context }: Call): Promise<void> {
  const wanted = await readWanted(request);
  const files = await context.uploads.list(wanted.upload);
  if (!files.includes(wanted.file)) {
    throw new HttpProblem(400, `upload ${wanted.upload} has no ${wanted.file}; PUT it there first`);
  }
  if (!/\.(spec|src\.rpm)$/.test(wanted.file)) {
    throw new HttpProblem(400, `${wanted.file} is neither a .spec nor a .src.rpm: name the one to build`);
  }
  const known = context.store.project(wanted.owner, wanted.project);
  const enabled = known?.chroots.filter((chroot) => chroot.enabled).map((chroot) => chroot.name) ?? [];
  const chroots = [...new Set(wanted.chroots ?? (enabled.length > 0 ? enabled : [machineChroot()]))];
  ensureProject(context.store, { owner: wanted.owner, name: wanted.project, chroots });
  const build = context.store.addBuild(newBuild({ ...wanted, chroots }));
  sendJson(response, buildView(build, context.addresses()), 201);
}

async function readWanted(request: IncomingMessage): Promise<z.infer<typeof NewBuild>> {
  const text = (await readBody(request, 1024 * 1024)).toString('utf8');
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new HttpProblem(400, 'the body must be JSON: {"upload", "file", "owner", "project"} and options');
  }
  const parsed = NewBuild.safeParse(body);
  if (!parsed.success) throw new HttpProblem(400, z.prettifyError(parsed.error));
  return parsed.data;
}

function newBuild(
  wanted: Omit<z.infer<typeof NewBuild>, 'chroots'> & { readonly chroots: readonly string[] },
): Omit<BuildRecord, 'id'> {
  const idle = { resultDir: '', startedOn: null, endedOn: null };
  return {
    owner: wanted.owner,
    project: wanted.project,
    submitter: wanted.submitter === undefined ? wanted.owner : wanted.submitter,
    createdOn: unixNow(),
    background: wanted.background,
    timeout: wanted.timeout,
    enableNet: wanted.enableNet,
    upload: wanted.upload,
    file: wanted.file,
    canceled: false,
    cancelRequests: [],
    packageName: null,
    packageVersion: null,
    builtPackages: null,
    srpmUrl: null,
    importError: null,
    source: { status: STATUS.pending, ...idle },
    chroots: wanted.chroots.map((name) => ({
      name,
      status: STATUS.waiting,
      ...idle,
      gitHash: null,
      reason: null,
      packages: [],
    })),
    reports: [],
  };
}

function listBuilds({ response, context }: Call): void {
  sendJson(response, context.store.builds().map(buildSummary));
}

function showBuild({ response, context }: Call, [id = '']: readonly string[]): void {
  sendJson(response, buildView(knownBuild(context, id), context.addresses()));
}

function cancelBuild({ request, response, context }: Call, [id = '']: readonly string[]): void {
  request.resume();
  const build = knownBuild(context, id);
  if (!requestCancel(build)) throw new HttpProblem(409, `build ${id} has ended: there is nothing to cancel`);
  context.store.saveBuild(build);
  sendJson(response, buildView(build, context.addresses()));
}

/** A new build of sources that dist-git has: it begins with its RPM tasks, as the real frontend's rebuilds do. */
function rebuild({ request, response, context }: Call, [id = '']: readonly string[]): void {
  request.resume();
  const former = knownBuild(context, id);
  const gitHash = former.chroots.find((chroot) => chroot.gitHash !== null)?.gitHash ?? null;
  if (former.source.status !== STATUS.succeeded || gitHash === null) {
    throw new HttpProblem(409, `the sources of build ${id} were not imported: submit them again`);
  }
  const { owner, project, submitter, background, timeout, enableNet, upload, file, packageName, srpmUrl } = former;
  const chroots = former.chroots.map(({ name }) => name);
  const wanted = { owner, project, chroots, submitter, background, timeout, enableNet, upload, file };
  const fresh = newBuild(wanted);
  const build = context.store.addBuild({
    ...fresh,
    ...{ packageName, packageVersion: former.packageVersion, srpmUrl },
    source: { ...former.source },
    chroots: fresh.chroots.map((chroot) => ({ ...chroot, status: STATUS.pending, gitHash })),
  });
  sendJson(response, buildView(build, context.addresses()), 201);
}

function knownBuild(context: ApiContext, id: string): BuildRecord {
  const build = /^\d{1,15}$/.test(id) ? context.store.build(Number(id)) : null;
  if (build === null) throw new HttpProblem(404, `there is no build ${id}; GET /api/builds lists them`);
  return build;
}

function listProjects({ response, context }: Call): void {
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

function knownProject(context: ApiContext, owner: string, name: string): ProjectRecord {
  const project = context.store.project(owner, name);
  if (project === null) {
    throw new HttpProblem(404, `there is no project ${owner}/${name}; GET /api/projects lists them`);
  }
  return project;
}

function regenerate({ request, response, context }: Call, [owner = '', name = '']: readonly string[]): void {
  request.resume();
  const project = knownProject(context, owner, name);
  const action = addCreaterepo(context.store, project, {
    chroots: project.chroots.filter((chroot) => chroot.enabled).map((chroot) => chroot.name),
    reason: CREATEREPO_REASON.regenerate,
    priority: 0,
  });
  sendJson(response, action, 201);
}

function switchChroot(
  { request, response, context }: Call,
  [owner = '', name = '', chroot = '']: readonly string[],
  enabled: boolean,
): void {
  request.resume();
  const project = knownProject(context, owner, name);
  if (!setChrootEnabled(context.store, project, chroot, enabled)) {
    throw new HttpProblem(404, `${owner}/${name} has no chroot ${chroot}`);
  }
  sendJson(response, project);
}
