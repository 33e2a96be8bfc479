import path from 'node:path';
import { createAppendingFile } from './appending-file.js';
import { localTime } from './log-line.js';

export type ToolLog = {
  /** Appends one line. Returns the error of the first line that could not be written, once. */
  readonly line: (level: 'INFO' | 'ERROR', text: string) => Error | null;
  readonly close: () => void;
};

/** The log file of a tool with the name that operators know, in its old form: `[time][LEVEL]: message`. */
export function createToolLog(options: { readonly logDir: string; readonly name: string }): ToolLog {
  const file = createAppendingFile(path.join(options.logDir, options.name));
  let isBroken = false;
  return {
    line: (level, text) => {
      const error = file.append(`[${localTime(new Date().toISOString())}][${level.padStart(6)}]: ${text}\n`);
      const isNew = error !== null && !isBroken;
      isBroken ||= error !== null;
      return isNew ? error : null;
    },
    close: file.close,
  };
}
