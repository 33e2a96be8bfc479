import { logFileOf } from './log-file-names.js';
import { createLogFiles } from './log-files.js';
import { logLine } from './log-line.js';
import type { LogRecord } from './log-entry.js';
import type { LogCopyFor } from './logger.js';

/** A copy of a log in the files of `directory`, which several processes of a host may share. */
export function copyToFiles(directory: string, fileOf: (record: LogRecord) => string = logFileOf): LogCopyFor {
  return (local) => {
    const files = createLogFiles({
      directory,
      onBroken: (file, err) =>
        local.warn({ file, err }, 'log files cannot be written; until they can, lines go to standard error only'),
      onMended: () => local.info('log files can be written again'),
    });
    return (record) => void files.append(fileOf(record), logLine(record));
  };
}
