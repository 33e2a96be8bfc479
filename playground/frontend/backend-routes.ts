import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { HttpProblem, readBody, sendText } from '../loopback/http-service.js';
import { applyActionReport, effectivePriority, offeredActions, waitingActions } from './actions.js';
import { pythonJson } from './python-json.js';
import { applyReport, BuildReport, confirmCancel, reschedule } from './reports.js';
import { Storage, type ActionRecord } from './state.js';
import type { Store } from './store.js';
import { pendingJobs, rpmTask, sourceTask, type Addresses } from './task-records.js';

/** The data of the frontend's API for the backend. */
export type BackendContext = {
  readonly store: Store;
  readonly addresses: () => Addresses;
  readonly password: string;
  /** Called after a report, so that the importer checks for work. */
  readonly onReport: () => void;
};

type Call = { readonly request: IncomingMessage; readonly response: ServerResponse; readonly context: BackendContext };
type Route = { readonly writes: boolean; readonly run: (call: Call, argument: string) => Promise<void> | void };

const JSON_LIMIT = 64 * 1024 * 1024;
const BATCH = 100;

/** Keyed by path below `/backend`; `*` stands for one segment. */
const ROUTES: Readonly<Record<string, Route>> = {
  'pending-jobs': { writes: false, run: streamPendingJobs },
  'get-build-task/*': { writes: false, run: sendRpmTask },
  'get-srpm-build-task/*': { writes: false, run: sendSourceTask },
  starting_build: { writes: true, run: startBuild },
  update: { writes: true, run: update },
  'build-tasks/cancel-requests': {
    writes: false,
    run: ({ response, context }) =>
      sendJson(
        response,
        context.store.builds().flatMap((build) => build.cancelRequests),
      ),
  },
  'build-tasks/canceled/*': { writes: true, run: confirm },
  reschedule_build_chroot: { writes: true, run: putBack },
  'pending-actions': { writes: false, run: sendPendingActions },
  'pending-action': {
    writes: false,
    run: ({ response, context }) => {
      const first = offeredActions(context.store)[0];
      sendJson(response, first === undefined ? null : actionRow(first));
    },
  },
  'pending-action-count': {
    writes: false,
    run: ({ response, context }) => sendJson(response, waitingActions(context.store).length),
  },
  'action/*': { writes: false, run: sendAction },
  'chroots-prunerepo-status': { writes: false, run: sendPruneStatus },
  'final-prunerepo-done': { writes: true, run: finishPrune },
  'change-storage': { writes: true, run: changeStorage },
};

/** Answers one request below `/backend` (docs/neighbours/frontend.md). */
export async function answerBackend(call: Call, segments: readonly string[]): Promise<void> {
  const path = segments.join('/');
  const pattern = path in ROUTES ? path : [...segments.slice(0, -1), '*'].join('/');
  const route = Object.hasOwn(ROUTES, pattern) ? ROUTES[pattern] : undefined;
  if (route === undefined) throw new HttpProblem(404, 'Not Found');
  const method = call.request.method ?? 'GET';
  const allowed = route.writes ? ['POST', 'PUT'] : ['GET', 'HEAD'];
  if (!allowed.includes(method)) throw new HttpProblem(405, 'Method Not Allowed');
  call.response.setHeader('Copr-FE-BE-API-Version', '9');
  if (route.writes && !isAuthorized(call.request, call.context.password)) {
    throw new HttpProblem(401, 'You have to provide the correct password');
  }
  await route.run(call, segments.at(-1) ?? '');
}

/** Only the password counts; any user name is accepted (docs/neighbours/frontend.md#transport). */
function isAuthorized(request: IncomingMessage, password: string): boolean {
  const [scheme, value] = (request.headers.authorization ?? '').split(' ');
  if (scheme?.toLowerCase() !== 'basic' || value === undefined) return false;
  const credentials = Buffer.from(value, 'base64').toString('utf8');
  const given = credentials.slice(credentials.indexOf(':') + 1);
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return credentials.includes(':') && timingSafeEqual(digest(given), digest(password));
}

function sendJson(response: ServerResponse, value: unknown, status = 200): void {
  sendText(response, status, `${pythonJson(value)}\n`, 'application/json');
}

async function readJsonBody(request: IncomingMessage): Promise<unknown> {
  if (!(request.headers['content-type'] ?? '').startsWith('application/json')) {
    throw new HttpProblem(415, 'Unsupported Media Type');
  }
  try {
    return JSON.parse((await readBody(request, JSON_LIMIT)).toString('utf8')) as unknown;
  } catch (error) {
    throw error instanceof HttpProblem ? error : new HttpProblem(400, 'Bad Request');
  }
}

/** Input that would cause a database or key error in the real frontend is answered with 500. */
function fitted<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new HttpProblem(500, `Internal Server Error: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

function streamPendingJobs({ response, context }: Call): void {
  const items = pendingJobs(context.store);
  response.writeHead(200, { 'Content-Type': 'application/json' });
  response.write('[\n');
  for (let start = 0; start < items.length; start += BATCH) {
    const batch = items.slice(start, start + BATCH).map(pythonJson);
    response.write((start === 0 ? '' : ',\n') + batch.join(',\n'));
  }
  response.end('\n]\n');
}

function sendRpmTask({ response, context }: Call, taskId: string): void {
  const match = /^(\d{1,15})-(.+-.+-.+)$/.exec(taskId);
  if (match?.[1] === undefined) {
    sendJson(response, { msg: 'Invalid mock chroot name' }, 500);
    return;
  }
  const build = context.store.build(Number(match[1]));
  const chroot = build?.chroots.find((candidate) => candidate.name === match[2]);
  if (build === null || chroot === undefined) {
    sendJson(response, { msg: 'Specified task ID not found' }, 404);
    return;
  }
  const project = context.store.project(build.owner, build.project);
  const isEnabled = project?.chroots.find((candidate) => candidate.name === chroot.name)?.enabled ?? false;
  sendJson(response, project !== null && isEnabled ? rpmTask(project, build, chroot, context.addresses()) : null);
}

function sendSourceTask({ response, context }: Call, taskId: string): void {
  const build = /^\d{1,15}$/.test(taskId) ? context.store.build(Number(taskId)) : null;
  if (build === null) {
    sendJson(response, { msg: 'Specified task ID not found' }, 404);
    return;
  }
  sendJson(response, sourceTask(context.store, build, context.addresses()));
}

const Start = BuildReport.extend({ build_id: z.union([z.number(), z.string().regex(/^\d+$/)]) });

async function startBuild({ request, response, context }: Call): Promise<void> {
  const report = fitted(Start, await readJsonBody(request));
  const build = context.store.build(Number(report.build_id));
  if (build === null || build.canceled) {
    sendJson(response, { can_start: false });
    return;
  }
  applyReport(build, report, 'starting_build');
  context.store.saveBuild(build);
  sendJson(response, { can_start: true });
}

const Update = z.object({
  builds: z.array(BuildReport.extend({ id: z.number() })).optional(),
  actions: z
    .array(z.object({ id: z.number(), result: z.number().optional(), message: z.string().optional() }))
    .optional(),
});

async function update({ request, response, context }: Call): Promise<void> {
  const { store } = context;
  const body = fitted(Update, await readJsonBody(request));
  const answer: Record<string, number[]> = {};
  // Indexed by id, so of two chroots of one build the last one wins (docs/neighbours/frontend.md#reports).
  if (body.builds !== undefined) {
    const reports = new Map(body.builds.map((report) => [report.id, report]));
    answer['non_existing_builds_ids'] = [...reports.keys()].filter((id) => store.build(id) === null);
    answer['updated_builds_ids'] = [...reports.keys()].filter((id) => store.build(id) !== null);
    for (const [id, report] of reports) {
      const build = store.build(id);
      if (build === null) continue;
      applyReport(build, report, 'update');
      store.saveBuild(build);
    }
  }
  if (body.actions !== undefined) {
    const reports = new Map(body.actions.map((report) => [report.id, report]));
    answer['non_existing_actions_ids'] = [...reports.keys()].filter((id) => store.action(id) === null);
    answer['updated_actions_ids'] = [...reports.keys()].filter((id) => store.action(id) !== null);
    for (const [id, report] of reports) {
      const action = store.action(id);
      if (action !== null) applyActionReport(store, action, report);
    }
  }
  sendJson(response, answer);
  context.onReport();
}

/** The body is not read, and unknown ids are accepted (docs/neighbours/frontend.md#cancel-requests). */
function confirm({ request, response, context }: Call, taskId: string): void {
  request.resume();
  const build = context.store.build(Number.parseInt(taskId, 10));
  if (build !== null) {
    confirmCancel(build, taskId);
    context.store.saveBuild(build);
  }
  sendJson(response, 'success');
}

const PutBack = z.object({ build_id: z.number(), task_id: z.string(), chroot: z.string() });

async function putBack({ request, response, context }: Call): Promise<void> {
  const body = fitted(PutBack, await readJsonBody(request));
  const build = context.store.build(body.build_id);
  if (build === null) {
    sendJson(response, { result: 'noop', msg: 'build does not exist' });
    return;
  }
  const refusal = reschedule(build, body.task_id, body.chroot);
  if (refusal !== null) {
    sendJson(response, { result: 'noop', msg: refusal });
    return;
  }
  context.store.saveBuild(build);
  sendJson(response, { result: 'done' });
}

/** JSON as `text/html`, like the real frontend (docs/neighbours/frontend.md#transport). */
function sendPendingActions({ response, context }: Call): void {
  const rows = offeredActions(context.store).map((action) => ({
    id: action.id,
    priority: effectivePriority(action),
    project_owner: action.owner,
  }));
  sendText(response, 200, pythonJson(rows), 'text/html; charset=utf-8');
}

function actionRow(action: ActionRecord): object {
  const row: Record<string, unknown> = { ...action };
  delete row['owner'];
  delete row['project'];
  return row;
}

function sendAction({ response, context }: Call, id: string): void {
  const action = context.store.action(Number(id));
  if (action === null) throw new HttpProblem(500, 'Internal Server Error');
  sendJson(response, actionRow(action));
}

function sendPruneStatus({ response, context }: Call): void {
  const chroots = context.store.projects().flatMap((project) => project.chroots);
  const status = chroots.map((c) => [c.name, { active: c.enabled, final_prunerepo_done: c.pruned }] as const);
  sendJson(response, Object.fromEntries(status));
}

async function finishPrune({ request, response, context }: Call): Promise<void> {
  const names = fitted(z.array(z.string()), await readJsonBody(request));
  for (const project of context.store.projects()) {
    for (const chroot of project.chroots) if (!chroot.enabled && names.includes(chroot.name)) chroot.pruned = true;
    context.store.saveProject(project);
  }
  sendJson(response, true);
}

const StorageChange = z.object({ owner: z.string(), project: z.string(), storage: Storage });

async function changeStorage({ request, response, context }: Call): Promise<void> {
  const { owner, project: name, storage } = fitted(StorageChange, await readJsonBody(request));
  const found = context.store.projects().find((project) => project.owner === owner && project.name === name);
  if (found === undefined) {
    sendJson(response, { msg: `${owner}/${name} copr doesn't exist` }, 404);
    return;
  }
  found.storage = storage;
  context.store.saveProject(found);
  sendJson(response, { result: 'done' });
}
