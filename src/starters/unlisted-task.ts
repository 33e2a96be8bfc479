import { createFrontendHttp } from '../adapters/frontend-http/frontend.js';
import type { BuildTask } from '../ports/frontend.js';
import { PortFailure } from '../ports/port-failure.js';
import { readConfig, type Settings } from './settings.js';
import type { TaskReference } from './task-reference.js';

/** The frontend's answer about a task that it does not list. */
export type UnlistedAnswer =
  | { readonly state: 'known'; readonly record: BuildTask }
  /** It has no record of such a build. */
  | { readonly state: 'unknown' }
  | { readonly state: 'unreadable'; readonly why: string };

const TIMEOUT_MS = 5000;

/** Asks the frontend for the record of a build that it does not list; null for an action, of which it has none. */
export async function findUnlisted(
  { configFile }: Pick<Settings, 'configFile'>,
  { kind, task }: Pick<TaskReference, 'kind' | 'task'>,
): Promise<UnlistedAnswer | null> {
  if (kind === 'action') return null;
  const { frontendBaseUrl: baseUrl, frontendAuth: password } = readConfig(configFile);
  try {
    const record = await createFrontendHttp({ baseUrl, password, timeoutMs: TIMEOUT_MS }).buildTask(task);
    return record === null ? { state: 'unknown' } : { state: 'known', record };
  } catch (error) {
    if (!(error instanceof PortFailure)) throw error;
    return { state: 'unreadable', why: error.message };
  }
}
