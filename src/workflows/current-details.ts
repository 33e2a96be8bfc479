import { setCurrentDetails } from '@temporalio/workflow';
import type { WaitReason } from '../contracts/build/build.js';

/** A name and its text; an empty text is left out. */
export type Detail = readonly [name: string, text: string];

/**
 * Sets what the Web UI shows on the workflow's page: one line per detail, in Markdown. It is not part of the history.
 */
export function showDetails(details: readonly Detail[]): void {
  const told = details.filter(([, text]) => text !== '');
  setCurrentDetails(told.map(([name, text]) => `**${name}**: ${text}`).join('\n\n'));
}

export function stageText({ stage, since }: { readonly stage: string; readonly since: string }): string {
  return `${stage} since ${since}`;
}

/** Empty if nothing is waited for. */
export function waitText(waitingFor: Pick<WaitReason, 'reason' | 'detail'> | null): string {
  return waitingFor === null ? '' : `${waitingFor.reason}: ${waitingFor.detail}`;
}
