import path from 'node:path';
import type { BackendLog } from '../../ports/build/backend-log.js';
import { BACKEND_LOG } from '../file-tree/own-names.js';
import type { TreePaths } from '../file-tree/paths.js';
import { exists } from '../files/entries.js';
import { compressLogsIn } from './compress-logs.js';
import { insideBuild } from './inside-build.js';
import { appendNote, formatLines } from './note-lines.js';

export type BackendLogDeps = {
  readonly paths: TreePaths;
  /** Time of a line. */
  readonly now: () => Date;
  readonly log?: { readonly warn: (facts: object, message: string) => void } | undefined;
};

/** backend.log in the build directories of the results tree. */
export function createBackendLog({ paths, now, log }: BackendLogDeps): BackendLog {
  return {
    note: async (place, lines, level = 'INFO') => {
      const directory = paths.build(place);
      const text = lines.map((line) => formatLines(line, { level, at: now(), pid: process.pid })).join('');
      const written = await insideBuild(paths, directory, {
        failing: 'backend.log cannot be written',
        work: () => appendNote(directory, text),
      });
      if (!written) log?.warn({ directory, lines }, 'backend.log is closed, a note was left out');
    },
    compressLogs: async (place, { keepsOpen } = { keepsOpen: false }) =>
      insideBuild(paths, paths.build(place), {
        failing: 'the logs cannot be compressed',
        work: () => compressLogsIn(paths.build(place), keepsOpen),
      }),
    isCompressed: async (place) =>
      paths.within(`${paths.build(place)} cannot be read`, () =>
        exists(`${path.join(paths.build(place), BACKEND_LOG)}.gz`),
      ),
  };
}
