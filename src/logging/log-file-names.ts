import { ACTION_DISPATCHER_ID, workflowKind } from '../contracts/names/ids.js';
import type { LogRecord } from './log-entry.js';

/**
 * The log files that operators know, one per concern, without `.log`; in a record for the log daemon this is `who`
 * (docs/neighbours/redis-log.md#records).
 */
export const LOG_FILES = [
  'build_dispatcher',
  'action_dispatcher',
  'worker',
  'actions',
  'modifyrepo',
  'fix_gpg',
  'change-storage',
  'pruner',
  'analyze-results',
  'backend',
] as const;

export type LogFile = (typeof LOG_FILES)[number];

/** The file of a record: that of the work it is about. */
export function logFileOf({ workflowId }: LogRecord): LogFile {
  switch (typeof workflowId === 'string' ? workflowKind(workflowId) : null) {
    case 'dispatcher':
      return workflowId === ACTION_DISPATCHER_ID ? 'action_dispatcher' : 'build_dispatcher';
    case 'build':
      return 'worker';
    case 'action':
    case 'project':
      return 'actions';
    case 'resign':
      return 'fix_gpg';
    case 'change-storage':
      return 'change-storage';
    case 'repository':
      return 'modifyrepo';
    case 'prune':
    case 'prune-all':
      return 'pruner';
    case 'repository-request':
    case 'trash':
    case 'maintenance':
    case null:
      return 'backend';
  }
}
