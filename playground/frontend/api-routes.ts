import { z } from 'zod';
import { isSafeName } from '../../src/domain/names/safe-name.js';
import { HttpProblem } from '../loopback/http-service.js';
import {
  ChrootName,
  readWanted,
  SafeName,
  sendJson,
  type ApiCall,
  type ApiContext,
  type EndpointRow,
} from './api-call.js';
import { buildSummary, buildView } from './build-view.js';
import { PROJECT_ENDPOINTS } from './project-routes.js';
import { enabledChroots, ensureDirectory, ensureProject, machineChroot } from './projects.js';
import { requestCancel } from './reports.js';
import { STATUS, Storage, unixNow, type BuildRecord } from './state.js';

const ENDPOINTS: readonly EndpointRow[] = [
  ['POST', 'uploads', createUpload],
  ['PUT', 'uploads/*/*', storeFile],
  ['GET', 'builds', listBuilds],
  ['POST', 'builds', createBuild],
  ['GET', 'builds/*', showBuild],
  ['POST', 'builds/*/cancel', cancelBuild],
  ['POST', 'builds/*/rebuild', rebuild],
  ...PROJECT_ENDPOINTS,
];

/** Answers one request below `/api`. */
export async function answerApi(call: ApiCall, segments: readonly string[]): Promise<void> {
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

async function createUpload({ request, response, context }: ApiCall): Promise<void> {
  request.resume();
  sendJson(response, { id: await context.uploads.create() }, 201);
}

async function storeFile(
  { request, response, context }: ApiCall,
  [id = '', file = '']: readonly string[],
): Promise<void> {
  await context.uploads.store(id, file, request);
  sendJson(response, { file }, 201);
}

/** Their owner may log in to the builder, which is kept after the build. */
const SshKeys = z.string().min(1).nullable().default(null);

const NewBuild = z.strictObject({
  upload: z.string(),
  file: z.string(),
  owner: SafeName,
  project: SafeName,
  /** `project:pr:7`: a directory beside the project's main one, created if missing. */
  dirname: z.string().nullish(),
  chroots: z.array(ChrootName).min(1).optional(),
  background: z.boolean().default(false),
  submitter: z.string().nullish(),
  timeout: z.number().int().positive().max(172_800).default(18_000),
  enableNet: z.boolean().default(false),
  sshPublicKeys: SshKeys,
  /** Of a new project. */
  storage: Storage.default('backend'),
  /** This many reports of its source's success are answered but not applied. */
  swallows: z.number().int().nonnegative().max(100).default(0),
});

const Rebuild = z.strictObject({ sshPublicKeys: SshKeys });

async function createBuild({ request, response, context }: ApiCall): Promise<void> {
  const wanted = await readWanted(request, NewBuild);
  const dirname = sideDirectory(wanted.project, wanted.dirname ?? null);
  const files = await context.uploads.list(wanted.upload);
  if (!files.includes(wanted.file)) {
    throw new HttpProblem(400, `upload ${wanted.upload} has no ${wanted.file}; PUT it there first`);
  }
  if (!/\.(spec|src\.rpm)$/.test(wanted.file)) {
    throw new HttpProblem(400, `${wanted.file} is neither a .spec nor a .src.rpm: name the one to build`);
  }
  const known = context.store.project(wanted.owner, wanted.project);
  const enabled = known === null ? [] : enabledChroots(known);
  const chroots = [...new Set(wanted.chroots ?? (enabled.length > 0 ? enabled : [machineChroot()]))];
  const project = ensureProject(context.store, {
    ...{ owner: wanted.owner, name: wanted.project, storage: wanted.storage },
    chroots,
  });
  if (dirname !== null) ensureDirectory(context.store, project, dirname);
  const build = context.store.addBuild(newBuild({ ...wanted, dirname, chroots }));
  sendJson(response, buildView(build, context.addresses()), 201);
}

/** Null: the project's main directory. */
function sideDirectory(project: string, dirname: string | null): string | null {
  if (dirname === null || dirname === project) return null;
  if (dirname.startsWith(`${project}:`) && isSafeName(dirname)) return dirname;
  throw new HttpProblem(400, `dirname must be ${project}:SUFFIX, for example ${project}:pr:7`);
}

function newBuild(
  wanted: Omit<z.infer<typeof NewBuild>, 'chroots' | 'dirname' | 'storage'> & {
    readonly chroots: readonly string[];
    readonly dirname: string | null;
  },
): Omit<BuildRecord, 'id'> {
  const idle = { resultDir: '', startedOn: null, endedOn: null };
  return {
    owner: wanted.owner,
    project: wanted.project,
    dirname: wanted.dirname,
    submitter: wanted.submitter === undefined ? wanted.owner : wanted.submitter,
    createdOn: unixNow(),
    background: wanted.background,
    timeout: wanted.timeout,
    enableNet: wanted.enableNet,
    upload: wanted.upload,
    file: wanted.file,
    sshPublicKeys: wanted.sshPublicKeys,
    swallows: wanted.swallows,
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

function listBuilds({ response, context }: ApiCall): void {
  sendJson(response, context.store.builds().map(buildSummary));
}

function showBuild({ response, context }: ApiCall, [id = '']: readonly string[]): void {
  sendJson(response, buildView(knownBuild(context, id), context.addresses()));
}

function cancelBuild({ request, response, context }: ApiCall, [id = '']: readonly string[]): void {
  request.resume();
  const build = knownBuild(context, id);
  if (!requestCancel(build)) throw new HttpProblem(409, `build ${id} has ended: there is nothing to cancel`);
  context.store.saveBuild(build);
  sendJson(response, buildView(build, context.addresses()));
}

/** A new build of sources that dist-git has: it begins with its RPM tasks, like the real frontend's rebuilds. */
async function rebuild({ request, response, context }: ApiCall, [id = '']: readonly string[]): Promise<void> {
  const { sshPublicKeys } = await readWanted(request, Rebuild);
  const former = knownBuild(context, id);
  const gitHash = former.chroots.find((chroot) => chroot.gitHash !== null)?.gitHash ?? null;
  if (former.source.status !== STATUS.succeeded || gitHash === null) {
    throw new HttpProblem(409, `the sources of build ${id} were not imported: submit them again`);
  }
  const { owner, project, dirname, submitter, background, timeout, enableNet, upload, file, packageName, srpmUrl } =
    former;
  const chroots = former.chroots.map(({ name }) => name);
  const place = { owner, project, dirname, chroots, submitter, background };
  const wanted = { ...place, timeout, enableNet, upload, file, sshPublicKeys, swallows: 0 };
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
