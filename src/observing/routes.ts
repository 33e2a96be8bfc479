import type { FrontendTrouble } from '../contracts/dispatch/queue.js';
import { parseTaskId } from '../domain/build/build-directory.js';
import { jsonReply, type HttpReply, type HttpRoutes } from './http-server.js';
import type { QueueFilter, QueueKind, QueueModel } from './queue-model.js';

const MAX_PAGE = 1000;
const MAX_NAME = 300;
const FILTERS = new Set(['of', 'owner', 'arch', 'limit', 'offset']);

/** A check of /readyz: descriptions of what is not ready. */
export type Readiness = () => readonly string[];

/** The paths of every process, and those of a poller if it has a queue. */
export function createRoutes(deps: {
  /** Of this package. */
  readonly version: string;
  readonly metricsText: () => Promise<string>;
  readonly notReady: Readiness;
  /** Warnings for people although this process is ready. */
  readonly warnings: () => readonly string[];
  /** Why the frontend does not answer this process. */
  readonly trouble: () => readonly FrontendTrouble[];
  /** Null if this process does not poll. */
  readonly queue: QueueModel | null;
  /** A workflow's own answer; null if it does not answer in time. */
  readonly statusOf: (of: QueueKind, taskId: string) => Promise<unknown>;
}): HttpRoutes {
  return async ([first, second, ...more], query) => {
    if (more.length > 0) return null;
    if (second !== undefined) {
      if (first === 'builds') return parseTaskId(second) === null ? null : task('builds', second);
      if (first === 'actions') return /^\d{1,15}$/.test(second) ? task('actions', second) : null;
      return null;
    }
    switch (first ?? '') {
      case 'metrics':
        return { status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', body: await deps.metricsText() };
      case 'healthz':
        return jsonReply(200, { alive: true, version: deps.version });
      case 'readyz': {
        const notReady = deps.notReady();
        const ready = notReady.length === 0;
        return jsonReply(ready ? 200 : 503, { ready, notReady, warnings: deps.warnings() });
      }
      case 'queue':
        return page(query);
      default:
        return null;
    }
  };

  function page(query: URLSearchParams): HttpReply {
    const asked = parseQuery(query);
    if ('error' in asked) return jsonReply(400, asked);
    const answer = deps.queue?.page(asked.of, asked.filter);
    return answer == null ? standby(asked.of) : jsonReply(200, answer);
  }

  async function task(of: QueueKind, taskId: string): Promise<HttpReply> {
    if (taskId.length > MAX_NAME) return jsonReply(404, { error: 'no such task' });
    const { queue } = deps;
    if (queue?.silence(of) !== null) return standby(of);
    const found = queue.task(of, taskId);
    if (found === null) return jsonReply(404, { error: 'this task neither waits nor runs' });
    return jsonReply(200, found.state === 'admitted' ? { ...found, status: await deps.statusOf(of, taskId) } : found);
  }

  function standby(of: QueueKind): HttpReply {
    const why = deps.queue === null ? 'this process has no queue: a poller has' : deps.queue.silence(of);
    return jsonReply(503, { error: why, trouble: deps.trouble() });
  }
}

/** Filters are only compared; unknown ones are refused, not ignored. */
function parseQuery(
  query: URLSearchParams,
): { readonly of: QueueKind; readonly filter: QueueFilter } | { readonly error: string } {
  const unknown = [...query.keys()].find((key) => !FILTERS.has(key));
  if (unknown !== undefined) return { error: `known filters: ${[...FILTERS].join(', ')}` };
  const of = query.get('of') ?? 'builds';
  if (of !== 'builds' && of !== 'actions') return { error: 'of must be builds or actions' };
  const owner = query.get('owner');
  const arch = query.get('arch');
  const limit = wholeNumber(query.get('limit') ?? '100');
  const offset = wholeNumber(query.get('offset') ?? '0');
  if (limit === null || limit < 1 || limit > MAX_PAGE) return { error: `limit must be 1 to ${MAX_PAGE}` };
  if (offset === null) return { error: 'offset must be a whole number' };
  return { of, filter: { owner, arch, limit, offset } };
}

function wholeNumber(text: string): number | null {
  return /^\d{1,9}$/.test(text) ? Number(text) : null;
}
