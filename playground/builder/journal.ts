import { appendFileSync } from 'node:fs';

/** One event of a build on a builder. */
export type JournalEntry = {
  readonly event: 'start' | 'end' | 'cancel' | 'refused';
  readonly taskUrl: string | null;
  /** Exit status of the build, at its end. */
  readonly code?: number | null;
};

export type Journal = (entry: JournalEntry) => void;

/** Appends JSON lines, each in one write, so that several builders may share the file. */
export function openJournal(path: string | undefined, builder: string): Journal {
  return (entry) => {
    if (path === undefined) return;
    appendFileSync(path, `${JSON.stringify({ at: new Date().toISOString(), builder, ...entry })}\n`);
  };
}
