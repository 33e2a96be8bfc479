import { once } from 'node:events';
import { Agent, createServer, request as sendRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { readBody } from '../../playground/loopback/http-service.js';

/** A call of the backend or of a builder, as it passes. */
export type SeenCall = {
  readonly method: string;
  /** Without the query and a final slash. */
  readonly path: string;
  /** The task that it is about, if the path or the body names one. */
  readonly taskId: string | null;
  /** Status number in a report (docs/neighbours/frontend.md#numbers). */
  readonly status: number | null;
  readonly fromBuilder: boolean;
  /** When its answer had been passed on, in ms since 1970. */
  readonly answeredAt: number;
};

export type CallFilter = (call: Omit<SeenCall, 'answeredAt'>) => boolean;

/** Calls that are kept waiting. */
export type Hold = {
  /** Tasks whose calls are waiting or have waited. */
  readonly held: ReadonlySet<string>;
  readonly release: () => void;
};

/** Stands between the backend and the frontend: it observes calls, and can make them wait. */
export type FrontendTap = {
  readonly url: string;
  /** When the last byte of the first list that named a task (`action/7`) had been passed on, in ms since 1970. */
  readonly listedAt: ReadonlyMap<string, number>;
  /** Number of requests for the list of pending builds. */
  readonly lists: () => number;
  /** Reports in the order of their answers: `starting_build` and `update` of builds. */
  readonly reports: readonly SeenCall[];
  /** Reported actions: when the answer had been passed on, and the result's number (1 success, 2 failure). */
  readonly actionReports: ReadonlyMap<number, { readonly result: number; readonly answeredAt: number }>;
  /** While hidden, every list of pending builds is empty. */
  readonly hideBuilds: (hidden: boolean) => void;
  /** While hidden, every list of pending actions is empty. */
  readonly hideActions: (hidden: boolean) => void;
  /** From now on a list of pending builds is passed on this many seconds after the frontend answered. */
  readonly delayBuildLists: (seconds: number) => void;
  readonly hold: (filter: CallFilter) => Hold;
  /** While cut, connections of the backend and of builders end without an answer. */
  readonly cut: (isCut: boolean) => void;
  /** From now on calls of this path are answered with status 500 and do not reach the frontend. */
  readonly refuse: (path: string) => void;
  readonly close: () => Promise<void>;
};

const BODY_LIMIT = 64 * 1024 * 1024;
type Listed = 'builds' | 'actions';
/** The kind of tasks that the frontend lists at a path. */
const LISTS: Readonly<Record<string, Listed>> = {
  '/backend/pending-jobs': 'builds',
  '/backend/pending-actions': 'actions',
};
const EMPTY_LIST = '[\n\n]\n';

const Reports = z.object({
  builds: z.array(z.object({ task_id: z.union([z.string(), z.number()]), status: z.number().optional() })).optional(),
});
const ActionReports = z.object({
  actions: z.array(z.object({ id: z.number(), result: z.number().optional() })).optional(),
});
const Start = z.object({ task_id: z.union([z.string(), z.number()]) });

/** Starts a tap in front of the frontend at `target`. */
export async function startFrontendTap(target: string): Promise<FrontendTap> {
  const upstream = new URL(target);
  const agent = new Agent({ keepAlive: true });
  const listedAt = new Map<string, number>();
  const reports: SeenCall[] = [];
  const actionReports = new Map<number, { readonly result: number; readonly answeredAt: number }>();
  const holds = new Set<{ filter: CallFilter; held: Set<string>; released: Promise<void> }>();
  const refused = new Set<string>();
  const hidden = new Set<Listed>();
  const hide =
    (listed: Listed) =>
    (wanted: boolean): void => {
      if (wanted) hidden.add(listed);
      else hidden.delete(listed);
    };
  let buildListDelayMs = 0;
  let lists = 0;
  let isCut = false;

  const pass = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request, BODY_LIMIT);
    const call = describeCall(request, body);
    for (const { filter, held, released } of holds) {
      if (!filter(call)) continue;
      if (call.taskId !== null) held.add(call.taskId);
      await released;
    }
    if (refused.has(call.path)) {
      response.writeHead(500, { 'content-type': 'text/plain' }).end('refused by the tap');
      return;
    }
    const listed = LISTS[call.path];
    // The settings when the list was requested: later changes apply to the next list.
    const isHidden = listed !== undefined && hidden.has(listed);
    const delayMs = listed === 'builds' ? buildListDelayMs : 0;
    if (listed === 'builds') lists += 1;
    const answer = await forward(upstream, agent, request, body);
    if (listed === undefined) await handOn(answer, response);
    else {
      const list = await readText(answer);
      const text = isHidden ? EMPTY_LIST : list;
      await stay(delayMs, response);
      if (response.destroyed) return; // the client has gone
      handOnList(answer, text, response);
      noteListed(listed, text, Date.now(), listedAt);
    }
    const answeredAt = Date.now();
    if (call.path === '/backend/update') noteActions(body, answeredAt, actionReports);
    if (call.status !== null && call.taskId !== null) reports.push({ ...call, answeredAt });
  };

  const server = createServer((request, response) => {
    if (isCut) {
      request.socket.destroy();
      return;
    }
    pass(request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    listedAt,
    lists: () => lists,
    reports,
    actionReports,
    hideBuilds: hide('builds'),
    hideActions: hide('actions'),
    delayBuildLists: (seconds) => {
      buildListDelayMs = seconds * 1000;
    },
    refuse: (path) => void refused.add(path),
    cut: (wanted) => {
      isCut = wanted;
    },
    hold: (filter) => {
      let release: () => void = () => undefined;
      const released = new Promise<void>((resolve) => (release = resolve));
      const entry = { filter, held: new Set<string>(), released };
      holds.add(entry);
      return {
        held: entry.held,
        release: () => {
          holds.delete(entry);
          release();
        },
      };
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        agent.destroy();
      }),
  };
}

/** Waits this long, or until nobody waits for the answer any more. */
async function stay(ms: number, response: ServerResponse): Promise<void> {
  if (ms === 0) return;
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  await sleep(ms, undefined, { signal: gone.signal }).catch(() => undefined);
}

async function handOn(answer: IncomingMessage, response: ServerResponse): Promise<void> {
  response.writeHead(answer.statusCode ?? 502, answer.headers);
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    if (response.destroyed) return; // the client has gone
    if (!response.write(chunk)) await Promise.race([once(response, 'drain'), once(response, 'close')]);
  }
  response.end();
}

async function readText(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function handOnList(answer: IncomingMessage, text: string, response: ServerResponse): void {
  const headers = { ...answer.headers };
  delete headers['transfer-encoding'];
  response.writeHead(answer.statusCode ?? 502, { ...headers, 'content-length': Buffer.byteLength(text) }).end(text);
}

function noteListed(listed: Listed, list: string, at: number, listedAt: Map<string, number>): void {
  const names =
    listed === 'builds'
      ? [...list.matchAll(/"task_id": "([^"]+)"/g)].map(([, taskId = '']) => taskId)
      : [...list.matchAll(/"id": (\d+)/g)].map(([, id = '']) => `action/${id}`);
  for (const name of names) if (!listedAt.has(name)) listedAt.set(name, at);
}

function noteActions(
  body: Buffer,
  answeredAt: number,
  noted: Map<number, { readonly result: number; readonly answeredAt: number }>,
): void {
  for (const { id, result = 0 } of ActionReports.parse(JSON.parse(body.toString('utf8'))).actions ?? [])
    noted.set(id, { result, answeredAt });
}

function describeCall(request: IncomingMessage, body: Buffer): Omit<SeenCall, 'answeredAt'> {
  const path = (request.url ?? '/').replace(/\?.*$/, '').replace(/\/+$/, '');
  // The playground's builders use fetch, which identifies itself; the backend's client does not.
  const fromBuilder = request.headers['user-agent'] === 'node';
  const call = { method: request.method ?? 'GET', path, fromBuilder, taskId: null, status: null };
  const asked = /^\/backend\/get-(?:srpm-)?build-task\/([^/]+)$/.exec(path)?.[1];
  if (asked !== undefined) return { ...call, taskId: asked };
  if (path === '/backend/starting_build') {
    return { ...call, taskId: String(Start.parse(JSON.parse(body.toString('utf8'))).task_id), status: STARTING };
  }
  if (path === '/backend/update') {
    const [report] = Reports.parse(JSON.parse(body.toString('utf8'))).builds ?? [];
    if (report !== undefined) return { ...call, taskId: String(report.task_id), status: report.status ?? null };
  }
  return call;
}

const STARTING = 6;

async function forward(upstream: URL, agent: Agent, request: IncomingMessage, body: Buffer): Promise<IncomingMessage> {
  const { method = 'GET', headers, url = '/' } = request;
  const outgoing = sendRequest({ host: upstream.hostname, port: upstream.port, path: url, method, headers, agent });
  outgoing.end(body);
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
  return answer;
}
