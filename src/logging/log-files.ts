import { join } from 'node:path';
import { createAppendingFile, type AppendingFile } from './appending-file.js';

export type LogFiles<Name extends string = string> = {
  /** Appends whole lines to `<name>.log`; false if that did not work. Never throws and never waits. */
  readonly append: (name: Name, lines: string) => boolean;
  readonly close: () => void;
};

/** Files for people in `directory`. An error in writing a file is reported once, and once more when it is over. */
export function createLogFiles<Name extends string>(input: {
  readonly directory: string;
  readonly onBroken: (file: string, error: Error) => void;
  readonly onMended: () => void;
  readonly now?: () => number;
}): LogFiles<Name> {
  const files = new Map<Name, AppendingFile>();
  const broken = new Set<Name>();
  const pathOf = (name: Name): string => join(input.directory, `${name}.log`);

  function fileFor(name: Name): AppendingFile {
    const known = files.get(name);
    if (known !== undefined) return known;
    const file = createAppendingFile(pathOf(name), input.now);
    files.set(name, file);
    return file;
  }

  return {
    append: (name, lines) => {
      const error = fileFor(name).append(lines);
      if (error !== null) {
        if (broken.size === 0) input.onBroken(pathOf(name), error);
        broken.add(name);
      } else if (broken.delete(name) && broken.size === 0) {
        input.onMended();
      }
      return error === null;
    },
    close: () => {
      for (const file of files.values()) file.close();
    },
  };
}
