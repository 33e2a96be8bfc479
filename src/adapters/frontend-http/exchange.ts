import { PortFailure } from '../../ports/port-failure.js';
import { HttpFailure, mayPass } from '../http/request.js';
import type { HttpAnswer, HttpClient } from '../http/request.js';
import { MAX_DATA_MIB } from './actions/action-record.js';

/**
 * The API version that this adapter needs; an older frontend lacks fields or endpoints
 * (docs/neighbours/frontend.md#transport).
 */
const MIN_API_VERSION = 9;
/** 100,000 pending tasks are about 20 MiB. */
const LIST_BYTES = 256 * 1024 * 1024;
/** One record, or an acknowledgement. An action's `data` is JSON inside JSON, where every quote takes two bytes. */
const RECORD_BYTES = 2 * MAX_DATA_MIB * 1024 * 1024;

/** Result of `get` if the frontend itself says that it has no such record. */
export const missing = Symbol('missing');

export type Exchange = {
  /** Parsed JSON, or `missing`. Rejects as src/ports/frontend.ts says. */
  readonly get: (path: string, signal?: AbortSignal) => Promise<unknown>;
  /** The same for a list, which may be long. */
  readonly list: (path: string, signal?: AbortSignal) => Promise<unknown>;
  readonly post: (path: string, body: unknown) => Promise<unknown>;
  /** The same about something that the frontend may not have; then it resolves with `missing`. */
  readonly postAbout: (path: string, body: unknown) => Promise<unknown>;
  /**
   * Parsed JSON of the public API (docs/neighbours/frontend.md#public-api), which gets neither our password nor our
   * version; or `missing`.
   */
  readonly getPublic: (path: string, query: Readonly<Record<string, string>>) => Promise<unknown>;
};

/**
 * Requests below `<base>/backend/`: adds credentials, the trailing slash and the version header, and classifies
 * refusals.
 */
export function createExchange(options: {
  readonly http: HttpClient;
  readonly baseUrl: string;
  readonly password: string;
  readonly userAgent: string;
}): Exchange {
  const base = backendUrl(options.baseUrl);
  const headers = {
    authorization: `Basic ${Buffer.from(`user:${options.password}`).toString('base64')}`,
    'content-type': 'application/json',
    accept: 'application/json',
    'user-agent': options.userAgent,
  };

  async function call(request: {
    method: 'GET' | 'POST';
    path: string;
    body?: string;
    signal?: AbortSignal;
    maxBytes: number;
    mayBeMissing?: boolean;
  }): Promise<unknown> {
    const { path, mayBeMissing = request.method === 'GET', ...rest } = request;
    // The URL without credentials or query, for messages.
    const url = new URL(`${path}/`, base);
    const where = `${request.method} ${url.href}`;
    const answer = await options.http.request({ ...rest, url, headers }).catch((error: unknown) => {
      if (!(error instanceof HttpFailure)) throw error;
      throw new PortFailure('FrontendUnavailable', `${where}: ${error.message}`, { cause: error });
    });
    if (answer.status === 404 && mayBeMissing && isOwnNotFound(answer)) return missing;
    if (answer.status < 200 || answer.status >= 300) throw refusal(where, answer, options.password);
    checkVersion(where, answer);
    return parseJson(where, answer);
  }

  async function callPublic(path: string, query: Readonly<Record<string, string>>): Promise<unknown> {
    const url = new URL(`../api_3/${path}`, base);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const where = `GET ${url.href}`;
    const { accept, 'user-agent': agent } = headers;
    const request = { method: 'GET', url, headers: { accept, 'user-agent': agent }, maxBytes: RECORD_BYTES } as const;
    const answer = await options.http.request(request).catch((error: unknown) => {
      if (!(error instanceof HttpFailure)) throw error;
      throw new PortFailure('FrontendUnavailable', `${where}: ${error.message}`, { cause: error });
    });
    if (answer.status === 404 && /^\s*\{\s*"error"/.test(answer.body.toString('utf8', 0, 200))) return missing;
    if (answer.status < 200 || answer.status >= 300) throw refusal(where, answer, options.password);
    return parseJson(where, answer);
  }

  return {
    getPublic: callPublic,
    get: (path, signal) =>
      call({ method: 'GET', path, maxBytes: RECORD_BYTES, ...(signal === undefined ? {} : { signal }) }),
    list: (path, signal) =>
      call({ method: 'GET', path, maxBytes: LIST_BYTES, ...(signal === undefined ? {} : { signal }) }),
    post: (path, body) => call({ method: 'POST', path, body: JSON.stringify(body), maxBytes: RECORD_BYTES }),
    postAbout: (path, body) =>
      call({ method: 'POST', path, body: JSON.stringify(body), maxBytes: RECORD_BYTES, mayBeMissing: true }),
  };
}

function backendUrl(baseUrl: string): URL {
  const url = new URL(`${baseUrl.replace(/\/+$/, '')}/backend/`);
  url.username = '';
  url.password = '';
  url.search = '';
  url.hash = '';
  return url;
}

/**
 * True for a 404 of the frontend itself. One from a proxy in front of it, or because of a wrong base URL, says nothing
 * about the task.
 */
function isOwnNotFound(answer: HttpAnswer): boolean {
  return apiVersion(answer) >= MIN_API_VERSION || /^\s*\{\s*"msg"/.test(answer.body.toString('utf8', 0, 200));
}

function refusal(where: string, answer: HttpAnswer, password: string): PortFailure {
  const location = answer.headers['location'];
  const why =
    location !== undefined && answer.status < 400
      ? `redirects to ${location.slice(0, 200)} (configure the final address)`
      : excerpt(answer.body);
  const message = hide(`${where}: HTTP ${answer.status}${why === '' ? '' : `: ${why}`}`, password);
  return new PortFailure(mayPass(answer.status) ? 'FrontendUnavailable' : 'FrontendRefused', message);
}

function checkVersion(where: string, answer: HttpAnswer): void {
  const version = apiVersion(answer);
  if (version >= MIN_API_VERSION) return;
  throw new PortFailure(
    'FrontendTooOld',
    `${where}: the frontend speaks backend API ${version}, ${MIN_API_VERSION} or later is needed`,
  );
}

/** 0 if the header is missing or not an integer. */
function apiVersion(answer: HttpAnswer): number {
  const header = answer.headers['copr-fe-be-api-version'];
  return typeof header === 'string' && /^\d{1,9}$/.test(header.trim()) ? Number(header) : 0;
}

function parseJson(where: string, answer: HttpAnswer): unknown {
  try {
    return JSON.parse(answer.body.toString('utf8')) as unknown;
  } catch (error) {
    // When the frontend fails halfway through a list, its answer is a 200 that stops in the middle
    // (docs/neighbours/frontend.md#lists).
    const message = `${where}: the answer of ${answer.body.length} bytes is not whole JSON`;
    throw new PortFailure('FrontendUnavailable', message, { cause: error });
  }
}

/** The first words of an error page, without its markup. */
function excerpt(body: Buffer): string {
  const text = body.toString('utf8', 0, 8192);
  // Control characters of an error page must not reach a log line.
  const plain = text.replace(/<(script|style)\b.*?<\/\1>/gis, ' ').replace(/<[^>]*>/g, ' ');
  return plain
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, 200);
}

/** A server may echo the request, so the password is removed from messages, both plain and as it was sent. */
function hide(message: string, password: string): string {
  if (password === '') return message;
  const sent = Buffer.from(`user:${password}`).toString('base64');
  return message.replaceAll(sent, '***').replaceAll(password, '***');
}
