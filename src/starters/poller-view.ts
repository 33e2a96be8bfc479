import type { FrontendTrouble, QueuedTask, QueuePage } from '../contracts/dispatch/queue.js';
import type { Settings } from './settings.js';
import type { TaskReference } from './task-reference.js';
import { hostText } from '../domain/names/host-text.js';

const TIMEOUT_MS = 4000;

/** The answer of the poller's HTTP; `silence` is why there is none, `trouble` what it then says about the frontend. */
export type PollerAnswer<T> = { readonly answer: T; readonly silence: null } | PollerSilence;
export type PollerSilence = {
  readonly answer: null;
  readonly silence: string;
  readonly trouble: readonly FrontendTrouble[];
};

/** One page of the queue of builds. */
export function askQueue(
  settings: Pick<Settings, 'httpListen'>,
  filter: { readonly owner?: string; readonly arch?: string; readonly limit: number },
): Promise<PollerAnswer<QueuePage>> {
  const query = new URLSearchParams({ limit: String(filter.limit) });
  if (filter.owner !== undefined) query.set('owner', filter.owner);
  if (filter.arch !== undefined) query.set('arch', filter.arch);
  return ask<QueuePage>(settings, `/queue?${query.toString()}`);
}

/** One task as seen by the poller; the answer is null if it neither waits nor runs. */
export function askTask(
  settings: Pick<Settings, 'httpListen'>,
  reference: Pick<TaskReference, 'kind' | 'task'>,
): Promise<PollerAnswer<QueuedTask | null>> {
  return ask<QueuedTask | null>(settings, `/${reference.kind}s/${encodeURIComponent(reference.task)}`, { 404: null });
}

async function ask<T>(
  { httpListen }: Pick<Settings, 'httpListen'>,
  path: string,
  known: Readonly<Record<number, T>> = {},
): Promise<PollerAnswer<T>> {
  if (httpListen === null) return silent('http_listen is empty, so no poller answers over HTTP');
  const base = `http://${reachable(httpListen.host)}:${httpListen.port}`;
  try {
    const response = await fetch(`${base}${path}`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (Object.hasOwn(known, response.status)) return { answer: known[response.status] as T, silence: null };
    const body: unknown = await response.json();
    if (response.ok) return { answer: body as T, silence: null };
    return silent(`${base}: ${errorOf(body) ?? `HTTP ${response.status}`}`, troubleOf(body));
  } catch (error) {
    return silent(`no poller answers at ${base} (${reasonOf(error)})`);
  }
}

function silent(silence: string, trouble: readonly FrontendTrouble[] = []): PollerSilence {
  return { answer: null, silence, trouble };
}

/** One cannot connect to "every address". */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return hostText(host);
}

function errorOf(body: unknown): string | null {
  if (typeof body !== 'object' || body === null || !('error' in body)) return null;
  return typeof body.error === 'string' ? body.error : null;
}

function troubleOf(body: unknown): readonly FrontendTrouble[] {
  if (typeof body !== 'object' || body === null || !('trouble' in body)) return [];
  return Array.isArray(body.trouble) ? (body.trouble as readonly FrontendTrouble[]) : [];
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error && cause.message !== '' ? cause.message : error.message;
}
