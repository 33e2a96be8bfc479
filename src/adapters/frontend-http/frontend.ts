import { setImmediate as yieldToOthers } from 'node:timers/promises';
import type { z } from 'zod';
import type { TaskFacts } from '../../contracts/dispatch/dispatch.js';
import { isSourceTask } from '../../domain/build/build-directory.js';
import type { Frontend } from '../../ports/frontend.js';
import { PortFailure } from '../../ports/port-failure.js';
import { createHttpClient } from '../http/request.js';
import { packageVersion } from '../process/package-version.js';
import { ActionRecord } from './actions/action-record.js';
import { requestedAction } from './actions/requested-action.js';
import { createExchange, missing } from './exchange.js';
import type { Exchange } from './exchange.js';
import { wireOutcome, wireReport } from './reports.js';
import { fetchUpload } from './upload.js';
import {
  buildTaskSchema,
  CancelRequest,
  describeIssues,
  PendingActionFacts,
  PendingBuildFacts,
  ProjectFacts,
  PruneStates,
  quoted,
  StartAnswer,
} from './schema.js';

/** The part of a pino logger that this adapter uses. */
export type FrontendLog = { readonly warn: (fields: Readonly<Record<string, unknown>>, message: string) => void };

export type FrontendHttpOptions = {
  /** `frontend_base_url`, with or without a final slash. */
  readonly baseUrl: string;
  /** `frontend_auth`. It leaves this adapter only in the Authorization header. */
  readonly password: string;
  /** Longest silence of the frontend; 30 s like the known client (docs/neighbours/frontend.md#transport). */
  readonly timeoutMs?: number;
  readonly log?: FrontendLog;
};

/** The frontend over HTTP (docs/neighbours/frontend.md); keeps connections alive and has no other state. */
export function createFrontendHttp(options: FrontendHttpOptions): Frontend {
  const http = createHttpClient({ timeoutMs: options.timeoutMs ?? 30_000 });
  const exchange = createExchange({
    http,
    baseUrl: options.baseUrl,
    password: options.password,
    userAgent: `copr-backend/${packageVersion()}`,
  });
  const list = <T>(path: string, item: z.ZodType<T>, signal?: AbortSignal): Promise<readonly T[]> =>
    fetchList({ exchange, path, item, signal, log: options.log });

  return {
    pendingBuilds: (signal) => list<TaskFacts>('pending-jobs', PendingBuildFacts, signal),
    pendingActions: (signal) => list<TaskFacts>('pending-actions', PendingActionFacts, signal),
    cancelRequests: (signal) => list('build-tasks/cancel-requests', CancelRequest, signal),

    confirmCancel: async (taskId, running) => {
      await exchange.post(`build-tasks/canceled/${encodeURIComponent(taskId)}`, running ? true : null);
    },

    buildTask: async (taskId, signal) => {
      const kind = isSourceTask(taskId) ? 'get-srpm-build-task' : 'get-build-task';
      const record = await exchange.get(`${kind}/${encodeURIComponent(taskId)}`, signal);
      if (record === missing || record === null) return null;
      return fit(`task ${quoted(taskId)}`, buildTaskSchema(taskId), record);
    },

    startingBuild: async (report) => {
      const answer = StartAnswer.safeParse(await exchange.post('starting_build', wireReport(report)));
      if (answer.success) return answer.data.can_start;
      throw unreadable('starting_build', describeIssues(answer.error));
    },

    // An id in `non_existing_builds_ids` is not an error: the build was deleted meanwhile, and nobody waits for the
    // report.
    reportBuild: async (report) => {
      await exchange.post('update', { builds: [wireReport(report)] });
    },

    upload: (path, maxBytes) => fetchUpload({ http, baseUrl: options.baseUrl, path, maxBytes }),

    action: async (actionId) => {
      const record = await exchange.get(`action/${actionId}`);
      if (record === missing || record === null) {
        throw new PortFailure('TaskUnknown', `the frontend has no action ${actionId}`);
      }
      return requestedAction(fit(`action ${actionId}`, ActionRecord, record));
    },

    reportAction: async (actionId, outcome) => {
      await exchange.post('update', { actions: [wireOutcome(actionId, outcome)] });
    },

    project: async (owner, name) => {
      const record = await exchange.getPublic('project', { ownername: owner, projectname: name });
      return record === missing ? null : fit(`project ${owner}/${name}`, ProjectFacts, record);
    },

    pruneStates: async () => {
      const record = await exchange.get('chroots-prunerepo-status');
      const states = fit('chroots-prunerepo-status', PruneStates, record === missing ? null : record);
      return new Map(
        Object.entries(states).map(([name, { active, final_prunerepo_done: isFinal }]) => [name, { active, isFinal }]),
      );
    },

    reportFinalPrune: async (chroots) => {
      await exchange.post('final-prunerepo-done', chroots);
    },

    changeStorage: async ({ owner, project }, store) => {
      const body = { owner, project, storage: store === 'pulp' ? 'pulp' : 'backend' };
      return (await exchange.postAbout('change-storage', body)) !== missing;
    },
  };
}

/** Items that are parsed without a break; takes some milliseconds. */
const LIST_PIECE = 1000;

async function fetchList<T>(request: {
  readonly exchange: Exchange;
  readonly path: string;
  readonly item: z.ZodType<T>;
  readonly signal: AbortSignal | undefined;
  readonly log: FrontendLog | undefined;
}): Promise<readonly T[]> {
  const { path, item, log } = request;
  const answer = await request.exchange.list(path, request.signal);
  if (!Array.isArray(answer)) throw unreadable(path, 'the answer is not a list');
  const good: T[] = [];
  for (const [index, candidate] of (answer as readonly unknown[]).entries()) {
    // Heartbeats and requests share the event loop with the parsing of a list of 40,000.
    if (index % LIST_PIECE === LIST_PIECE - 1) await yieldToOthers();
    const parsed = item.safeParse(candidate);
    if (parsed.success) good.push(parsed.data);
    // One bad task must not stop all the others.
    else
      log?.warn(
        { path, item: quoted(candidate), problems: describeIssues(parsed.error) },
        'item of the frontend left out',
      );
  }
  return good;
}

function fit<T>(what: string, schema: z.ZodType<T>, record: unknown): T {
  const parsed = schema.safeParse(record);
  if (parsed.success) return parsed.data;
  const problems = describeIssues(parsed.error);
  throw new PortFailure('TaskInvalid', `${what}: the frontend's record does not fit: ${problems}`);
}

function unreadable(path: string, why: string): PortFailure {
  return new PortFailure('FrontendUnavailable', `frontend ${path}: unreadable answer: ${why}`);
}
