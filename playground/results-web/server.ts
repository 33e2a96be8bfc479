import { createReadStream, type Stats } from 'node:fs';
import { mkdir, readFile, realpath, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { basename, join, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import {
  HttpProblem,
  pathSegments,
  requestUrl,
  sendText,
  serveHttp,
  type RunningService,
} from '../loopback/http-service.js';
import { silent, type Log } from '../loopback/log-line.js';
import { contentHeaders, parseRange } from './content.js';
import { listingPage } from './listing.js';
import { urlAtPulp, type PulpContent } from './pulp.js';

export type ResultsWebOptions = {
  /** 0: any free port. */
  readonly port: number;
  /** The results tree (`destdir`). */
  readonly directory: string;
  /** Where packages are that the tree lacks. */
  readonly pulp?: PulpContent;
  readonly log?: Log;
};

/** Starts a static web server for a results tree (docs/neighbours/storage.md#web-server). */
export async function startResultsWeb(options: ResultsWebOptions): Promise<RunningService> {
  await mkdir(options.directory, { recursive: true });
  const root = await realpath(options.directory);
  return serveHttp({
    port: options.port,
    log: options.log ?? silent,
    handle: (request, response) => answer(root, options.pulp, request, response),
  });
}

async function answer(
  root: string,
  pulp: PulpContent | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') throw new HttpProblem(405, 'use GET or HEAD');
  const { pathname } = requestUrl(request);
  const segments = pathSegments(pathname);
  if (segments === null) throw new HttpProblem(400, 'the path cannot be read');
  const found = await findInside(root, segments);
  if (found === null) {
    const renamed = await renamedPath(root, segments);
    const atPulp = pulp === undefined || renamed !== null ? null : await urlAtPulp(pulp, segments);
    const elsewhere = renamed === null ? atPulp : renamed + (pathname.endsWith('/') ? '/' : '');
    if (elsewhere === null) throw new HttpProblem(404, 'there is no such file');
    // Temporary: the old name may be used again, and a project may leave Pulp.
    response.writeHead(302, { Location: elsewhere, 'Content-Length': 0 });
    response.end();
    return;
  }
  if (!found.facts.isDirectory()) return sendFile(request, response, found);
  if (!pathname.endsWith('/')) {
    response.writeHead(301, { Location: `${segments.map(encodeURIComponent).at(-1) ?? ''}/`, 'Content-Length': 0 });
    response.end();
    return;
  }
  const page = await listingPage(found.path, segments);
  sendText(response, 200, request.method === 'HEAD' ? '' : page, 'text/html; charset=utf-8');
}

/** The current path of a renamed project's file, by the map that the backend keeps (docs/operations.md); null: none. */
async function renamedPath(root: string, segments: readonly string[]): Promise<string | null> {
  const [owner, dirname, ...rest] = segments;
  if (owner === undefined || dirname === undefined) return null;
  const map = await readFile(join(root, '.renamed', 'map.txt'), 'utf8').catch(() => '');
  const line = map.split('\n').find((candidate) => candidate.startsWith(`/${owner}/${dirname} `));
  return line === undefined ? null : [line.slice(line.indexOf(' ') + 1), ...rest.map(encodeURIComponent)].join('/');
}

type Found = { readonly path: string; readonly facts: Stats };

/** The file or directory, or its compressed log if only that is left; null if links lead out of the tree. */
async function findInside(root: string, segments: readonly string[]): Promise<Found | null> {
  const wanted = join(root, ...segments);
  for (const candidate of wanted.endsWith('.log') ? [wanted, `${wanted}.gz`] : [wanted]) {
    const path = await realpath(candidate).catch(() => null);
    if (path === null || (path !== root && !path.startsWith(root + sep))) continue;
    const facts = await stat(path).catch(() => null);
    if (facts?.isFile() === true || facts?.isDirectory() === true) return { path, facts };
  }
  return null;
}

async function sendFile(request: IncomingMessage, response: ServerResponse, { path, facts }: Found): Promise<void> {
  const modified = Math.floor(facts.mtimeMs / 1000) * 1000;
  const headers: Record<string, string | number> = {
    ...contentHeaders(basename(path)),
    'Last-Modified': new Date(modified).toUTCString(),
    'Accept-Ranges': 'bytes',
  };
  if (modified <= Date.parse(request.headers['if-modified-since'] ?? '')) {
    response.writeHead(304, headers);
    response.end();
    return;
  }
  const range = parseRange(request.headers.range, facts.size);
  if (range === 'unsatisfiable') {
    response.writeHead(416, { 'Content-Range': `bytes */${facts.size}`, 'Content-Length': 0 });
    response.end();
    return;
  }
  const { start, end } = range ?? { start: 0, end: facts.size - 1 };
  headers['Content-Length'] = end - start + 1;
  if (range !== null) headers['Content-Range'] = `bytes ${start}-${end}/${facts.size}`;
  response.writeHead(range === null ? 200 : 206, headers);
  if (request.method === 'HEAD' || end < start) {
    response.end();
    return;
  }
  await pipeline(createReadStream(path, { start, end }), response);
}
