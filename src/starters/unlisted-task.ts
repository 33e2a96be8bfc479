import { createFrontendHttp } from '../adapters/frontend-http/frontend.js';
import type { BuildTask } from '../ports/frontend.js';
import { PortFailure } from '../ports/port-failure.js';
import { readConfig, type Settings } from './settings.js';
import type { TaskReference } from './task-reference.js';

/** A task that the frontend has a record of, and does not list. */
export type UnlistedReport = { readonly from: 'frontend'; readonly record: BuildTask };

const TIMEOUT_MS = 5000;

/**
 * Why a task is not listed can only be one of these: the record does not say which (docs/neighbours/frontend.md#lists).
 */
export const WHY_UNLISTED =
  'its batch waits for another one, its sources are not built and imported yet, or it has ended or was canceled there';

/** Asks the frontend for the record of a build that it does not list; `why` is the rest of a sentence that says so. */
export async function findUnlisted(
  { configFile }: Pick<Settings, 'configFile'>,
  { kind, task }: Pick<TaskReference, 'kind' | 'task'>,
): Promise<{ readonly report: UnlistedReport | null; readonly why: string }> {
  if (kind === 'action') return { report: null, why: '' };
  const { frontendBaseUrl: baseUrl, frontendAuth: password } = readConfig(configFile);
  try {
    const record = await createFrontendHttp({ baseUrl, password, timeoutMs: TIMEOUT_MS }).buildTask(task);
    if (record === null) return { report: null, why: ', and has no record of it to be built' };
    return { report: { from: 'frontend', record }, why: '' };
  } catch (error) {
    if (!(error instanceof PortFailure)) throw error;
    return { report: null, why: `; its record cannot be read there: ${error.message}` };
  }
}
