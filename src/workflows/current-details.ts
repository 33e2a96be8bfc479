import { setCurrentDetails } from '@temporalio/workflow';
import type { WaitReason } from '../contracts/build/build.js';

/** A name and what there is to say; an empty text is left out. */
export type Detail = readonly [name: string, text: string];

/** What the Web UI shows on the workflow's page: a line each, in Markdown. It is not in the history. */
export function showDetails(details: readonly Detail[]): void {
  const told = details.filter(([, text]) => text !== '');
  setCurrentDetails(told.map(([name, text]) => `**${name}**: ${text}`).join('\n\n'));
}

export function stageText({ stage, since }: { readonly stage: string; readonly since: string }): string {
  return `${stage} since ${since}`;
}

/** Nothing where nothing is waited for. */
export function waitText(waitingFor: Pick<WaitReason, 'reason' | 'detail'> | null): string {
  return waitingFor === null ? '' : `${waitingFor.reason}: ${waitingFor.detail}`;
}
