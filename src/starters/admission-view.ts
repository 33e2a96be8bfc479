import { WorkflowNotFoundError } from '@temporalio/common';
import type { AdmissionStatus } from '../contracts/dispatch/dispatch.js';
import { admissionQuery } from '../contracts/messages.js';
import { ACTION_DISPATCHER_ID, BUILD_DISPATCHER_ID } from '../contracts/names/ids.js';
import type { OpenClient } from './connect.js';
import { failingDispatcher, type FailingReport } from './failing-workflows.js';

const DEADLINE_MS = 8000;

/** A dispatcher's answer about its queue, or why there is none. */
export type AdmissionAnswer =
  | { readonly state: 'answered'; readonly status: AdmissionStatus }
  /** It was never started. */
  | { readonly state: 'absent' }
  /** No worker answers for it. */
  | { readonly state: 'silent'; readonly workflowId: string; readonly cause: unknown }
  | { readonly state: 'failing'; readonly report: FailingReport; readonly cause: unknown };

/** Asks the dispatcher of builds or of actions. */
export async function askAdmission(open: OpenClient, of: 'build' | 'action'): Promise<AdmissionAnswer> {
  const workflowId = of === 'build' ? BUILD_DISPATCHER_ID : ACTION_DISPATCHER_ID;
  const handle = open.client.workflow.getHandle(workflowId);
  try {
    const status = await open.client.withDeadline(Date.now() + DEADLINE_MS, () => handle.query(admissionQuery));
    return { state: 'answered', status };
  } catch (cause) {
    if (cause instanceof WorkflowNotFoundError) return { state: 'absent' };
    const report = await failingDispatcher(open, of);
    return report === null ? { state: 'silent', workflowId, cause } : { state: 'failing', report, cause };
  }
}
