import { join } from 'node:path';
import { ACTION_DISPATCHER_ID, workflowKind } from '../contracts/names/ids.js';
import { createAppendingFile, type AppendingFile } from './appending-file.js';
import { logLine, type LogRecord } from './log-line.js';

/** The log files that operators know, one per concern. */
export type LogFileName =
  | 'build_dispatcher.log'
  | 'action_dispatcher.log'
  | 'worker.log'
  | 'actions.log'
  | 'modifyrepo.log'
  | 'fix_gpg.log'
  | 'pruner.log'
  | 'backend.log';

export type LogFiles = {
  /** Accepts one line of the JSON log. Never throws and never waits. */
  readonly write: (jsonLine: string) => void;
  readonly close: () => void;
};

/**
 * A copy of the JSON log for people, in the files of `directory`. An error in writing a file is reported once, and once
 * more when it is over: the JSON log has every line anyway.
 */
export function createLogFiles(input: {
  readonly directory: string;
  readonly onBroken: (file: string, error: Error) => void;
  readonly onMended: () => void;
  readonly now?: () => number;
}): LogFiles {
  const files = new Map<LogFileName, AppendingFile>();
  const broken = new Set<LogFileName>();

  function fileFor(name: LogFileName): AppendingFile {
    const known = files.get(name);
    if (known !== undefined) return known;
    const file = createAppendingFile(join(input.directory, name), input.now);
    files.set(name, file);
    return file;
  }

  return {
    write: (jsonLine) => {
      const record = JSON.parse(jsonLine) as LogRecord;
      const name = logFileOf(record);
      const error = fileFor(name).append(logLine(record));
      if (error !== null) {
        if (broken.size === 0) input.onBroken(join(input.directory, name), error);
        broken.add(name);
      } else if (broken.delete(name) && broken.size === 0) {
        input.onMended();
      }
    },
    close: () => {
      for (const file of files.values()) file.close();
    },
  };
}

/** The file of a record: that of the work it is about. */
export function logFileOf({ workflowId }: LogRecord): LogFileName {
  switch (typeof workflowId === 'string' ? workflowKind(workflowId) : null) {
    case 'dispatcher':
      return workflowId === ACTION_DISPATCHER_ID ? 'action_dispatcher.log' : 'build_dispatcher.log';
    case 'build':
      return 'worker.log';
    case 'action':
    case 'project':
      return 'actions.log';
    case 'resign':
      return 'fix_gpg.log';
    case 'repository':
      return 'modifyrepo.log';
    case 'prune':
    case 'prune-all':
      return 'pruner.log';
    case 'repository-request':
    case 'trash':
    case 'maintenance':
    case null:
      return 'backend.log';
  }
}
