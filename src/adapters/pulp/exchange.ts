import { oneLine } from '../../domain/plain-text.js';
import { PortFailure } from '../../ports/port-failure.js';
import { createHttpClient, HttpFailure, type HttpAnswer, type HttpClient, type HttpRequest } from '../http/request.js';
import type { MultipartBody } from './multipart.js';
import { tlsOf, type PulpSettings } from './settings.js';

/** One request: to an endpoint below `api/v3/` of our domain, or to an href that Pulp gave. */
export type PulpCall = {
  readonly method: HttpRequest['method'];
  /** `repositories/rpm/rpm/`, or `/pulp/api/v3/tasks/…/`. */
  readonly to: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly body?: MultipartBody;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
};

/** A whole answer of Pulp itself: JSON (null if it is empty) of a success, or of a refusal (4xx). */
export type PulpAnswer = { readonly status: number; readonly value: unknown };

export type PulpExchange = {
  /** Any answer but a failure of Pulp. Rejects with `PulpUnavailable` or `PulpRefused`. */
  readonly ask: (call: PulpCall) => Promise<PulpAnswer>;
  /** The same; a refusal rejects, too. */
  readonly get: (call: PulpCall) => Promise<PulpAnswer>;
  readonly close: () => void;
};

/** A failure of Pulp's own while its status is good: a refusal if the same request fails so once more. */
class UnclearRefusal extends PortFailure {}

/** A page of units, or the record of a task, takes some megabytes at most. */
const MAX_ANSWER = 128 * 1024 * 1024;
const CALL_MS = 60_000;
/** Pulp reads an uploaded package before it answers. */
const UPLOAD_MS = 3_600_000;
const MAX_REDIRECTS = 5;
const METHOD_KEEPING = [307, 308];

/**
 * Opens connections to one domain of a Pulp. `timeoutMs`: longest silence within a call that is not an upload. Rejects
 * with `ConfigurationInvalid` if its certificates are unreadable.
 */
export async function createPulpExchange(
  settings: PulpSettings,
  { timeoutMs = CALL_MS }: { readonly timeoutMs?: number } = {},
): Promise<PulpExchange> {
  const tls = await tlsOf(settings);
  const calls = createHttpClient({ timeoutMs, tls });
  const uploads = createHttpClient({ timeoutMs: UPLOAD_MS, tls });
  const base = new URL(settings.baseUrl);
  const root = joined(settings.apiRoot, settings.domain === 'default' ? '' : settings.domain, 'api/v3/');
  const status = new URL(statusPath(settings), base);
  const headers = { accept: 'application/json', 'user-agent': 'copr-backend', ...authorization(settings) };

  async function ask(call: PulpCall): Promise<PulpAnswer> {
    try {
      return await askOnce(call);
    } catch (error) {
      // A connection to a database that was restarted fails once, and the status is good right after it.
      if (!(error instanceof UnclearRefusal)) throw error;
      return askOnce(call);
    }
  }

  async function askOnce(call: PulpCall): Promise<PulpAnswer> {
    const url = new URL(call.to.startsWith('/') ? call.to : root + call.to, base);
    for (const [name, value] of Object.entries(call.query ?? {})) url.searchParams.set(name, value);
    const where = `${call.method} ${url.origin}${url.pathname}`;
    const answer = await send(where, url, call);
    if (answer.status >= 500 || [408, 429].includes(answer.status)) throw await failureOf(where, answer, call.signal);
    return { status: answer.status, value: parsed(where, answer) };
  }

  /** Follows redirects within the same server; credentials go nowhere else. */
  async function send(where: string, first: URL, call: PulpCall): Promise<HttpAnswer> {
    let url = first;
    for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
      const answer = await exchanged(where, url, call);
      if (answer.status < 300 || answer.status >= 400) return answer;
      const next = new URL(answer.headers['location'] ?? '', url);
      const isSame = next.origin === url.origin || (next.hostname === url.hostname && next.protocol === 'https:');
      const keepsMethod = call.method === 'GET' || METHOD_KEEPING.includes(answer.status);
      if (!isSame || !keepsMethod)
        throw new PortFailure(
          'PulpRefused',
          `${where} leads to ${next.origin}${next.pathname}: correct base_url of Pulp`,
        );
      url = next;
    }
    throw new PortFailure('PulpRefused', `${where} leads on and on: correct base_url of Pulp`);
  }

  async function exchanged(where: string, url: URL, call: PulpCall): Promise<HttpAnswer> {
    const client: HttpClient = call.body === undefined ? calls : uploads;
    const body = call.body === undefined ? bodyOf(call.json) : { body: call.body.open };
    const type = call.json === undefined ? {} : { 'content-type': 'application/json' };
    try {
      return await client.request({
        ...{ method: call.method, url, maxBytes: MAX_ANSWER, ...body },
        headers: { ...headers, ...type, ...call.body?.headers, ...call.headers },
        ...(call.signal === undefined ? {} : { signal: call.signal }),
      });
    } catch (error) {
      if (!(error instanceof HttpFailure)) throw error;
      throw new PortFailure('PulpUnavailable', `${where}: ${error.message}`, { cause: error });
    }
  }

  /**
   * Pulp answers 500 with a page both when its database is gone and when it cannot read what it was sent: its own
   * status, which needs the database, tells them apart, unless the database has just come back.
   */
  async function failureOf(where: string, answer: HttpAnswer, signal: AbortSignal | undefined): Promise<PortFailure> {
    const said = `${where}: ${answer.status}: ${textOf(answer)}`;
    if (answer.status !== 500) return new PortFailure('PulpUnavailable', said);
    const health = await calls
      .request({
        method: 'GET',
        url: status,
        headers,
        maxBytes: MAX_ANSWER,
        ...(signal === undefined ? {} : { signal }),
      })
      .catch(() => null);
    signal?.throwIfAborted();
    return health?.status === 200 ? new UnclearRefusal('PulpRefused', said) : new PortFailure('PulpUnavailable', said);
  }

  return {
    ask,
    get: async (call) => {
      const answer = await ask(call);
      if (answer.status < 300) return answer;
      throw refusal(`${call.method} ${call.to}`, answer);
    },
    close: () => {
      calls.close();
      uploads.close();
    },
  };
}

/** The failure for a refusal; only one of credentials may pass. */
export function refusal(where: string, { status, value }: PulpAnswer): PortFailure {
  const said = typeof value === 'string' ? value : JSON.stringify(value);
  // Credentials are mended by an operator while the caller waits.
  return new PortFailure('PulpRefused', `${where}: ${status}: ${oneLine(said)}`, {
    retryable: [401, 403].includes(status),
  });
}

function authorization({ identity }: PulpSettings): Readonly<Record<string, string>> {
  if (identity.kind === 'certificate') return {};
  const pair = Buffer.from(`${identity.username}:${identity.password}`).toString('base64');
  return { authorization: `Basic ${pair}` };
}

function bodyOf(json: unknown): { readonly body?: string } {
  return json === undefined ? {} : { body: JSON.stringify(json) };
}

/** JSON; the text of anything else that refuses (a proxy, or Django itself before Pulp sees the request). */
function parsed(where: string, answer: HttpAnswer): unknown {
  const text = answer.body.toString('utf8');
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch (error) {
    if (answer.status >= 400) return textOf(answer);
    throw new PortFailure('PulpUnavailable', `${where}: the answer is not JSON: ${textOf(answer)}`, { cause: error });
  }
}

/** The text of a page, without its tags. */
function textOf(answer: HttpAnswer): string {
  return oneLine(answer.body.toString('utf8', 0, 2000).replaceAll(/<[^>]*>/g, ' '));
}

/** Path of Pulp's own status, which belongs to no domain. */
export function statusPath({ apiRoot }: Pick<PulpSettings, 'apiRoot'>): string {
  return joined(apiRoot, 'api/v3/status/');
}

function joined(...parts: readonly string[]): string {
  return `/${parts.join('/')}`.replaceAll(/\/{2,}/g, '/');
}
