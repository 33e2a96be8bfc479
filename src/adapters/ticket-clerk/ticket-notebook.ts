import { open, readFile, rename, rm, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { closing, syncDirectory, temporaryName } from '../files/atomic-file.js';
import { Entry, TicketLedger } from './ticket-ledger.js';

/** After this many entries the file is rewritten: about a megabyte. */
const MAX_ENTRIES = 5000;

/** The file has something that is neither a note nor a write cut off by a crash: a person has to look at it. */
export class NotesUnreadable extends Error {}

type Due = {
  readonly entry: Entry;
  readonly isUrgent: boolean;
  readonly done: (error: Error | null) => void;
};

/**
 * A ledger that survives its process and its host: an entry counts when it is on the disk. One process uses it at a
 * time. Entries that arrive together share a write.
 */
export class TicketNotebook {
  readonly ledger = new TicketLedger();
  readonly #file: string;
  readonly #mostEntries: number;
  #handle: FileHandle | null = null;
  /** Length of the file that is known to be written. */
  #length = 0;
  #entries = 0;
  #queue: Due[] = [];
  #writing: Promise<void> | null = null;

  private constructor(file: string, mostEntries: number) {
    this.#file = file;
    this.#mostEntries = mostEntries;
  }

  /** Reads the existing notes. Throws NotesUnreadable, or the system's error. */
  static async open(file: string, mostEntries = MAX_ENTRIES): Promise<TicketNotebook> {
    const notebook = new TicketNotebook(file, mostEntries);
    for (const entry of readEntries(file, await readText(file))) notebook.ledger.apply(entry);
    await notebook.#writeAnew();
    return notebook;
  }

  /** Resolves when the entry is safe from a power loss. Rejects with the system's error: then it does not count. */
  note(entry: Entry): Promise<void> {
    return this.#add(entry, true);
  }

  /** The entry counts at once and is written eventually: losing it only costs one more question. Errors are ignored. */
  mention(entry: Entry): void {
    this.ledger.apply(entry);
    void this.#add(entry, false).catch(() => undefined);
  }

  /** Resolves when all is written. */
  async close(): Promise<void> {
    await this.#writing;
    await this.#handle?.close();
    this.#handle = null;
  }

  #add(entry: Entry, isUrgent: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (error: Error | null): void => {
        if (error !== null) reject(error);
        else {
          if (isUrgent) this.ledger.apply(entry);
          resolve();
        }
      };
      this.#queue.push({ entry, isUrgent, done });
      this.#writing ??= this.#writeAll();
    });
  }

  async #writeAll(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#queue;
      this.#queue = [];
      const error = await this.#write(batch).then(
        () => null,
        (reason: unknown) => (reason instanceof Error ? reason : new Error(String(reason))),
      );
      for (const { done } of batch) done(error);
    }
    this.#writing = null;
  }

  async #write(batch: readonly Due[]): Promise<void> {
    if (this.#handle === null || this.#entries >= this.#mostEntries) await this.#writeAnew();
    const handle = this.#handle;
    if (handle === null) throw new Error(`${this.#file} is not open`);
    const bytes = Buffer.from(batch.map(({ entry }) => `${JSON.stringify(entry)}\n`).join(''));
    try {
      // Writes at a fixed position, over what an incomplete earlier write may have left there.
      for (let at = 0; at < bytes.length;) {
        const { bytesWritten } = await handle.write(bytes, at, bytes.length - at, this.#length + at);
        at += bytesWritten;
      }
      if (batch.some(({ isUrgent }) => isUrgent)) await handle.datasync();
    } catch (error) {
      await handle.truncate(this.#length).catch(() => undefined); // a reader treats it as a cut-off write
      throw error;
    }
    this.#length += bytes.length;
    this.#entries += batch.length;
  }

  async #writeAnew(): Promise<void> {
    const temporary = temporaryName(this.#file);
    const entries = this.ledger.entries();
    const bytes = Buffer.from(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
    try {
      const written = await open(temporary, 'wx', 0o600);
      await closing(written, async () => {
        await written.writeFile(bytes);
        await written.sync();
      });
      await rename(temporary, this.#file);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
    await syncDirectory(path.dirname(this.#file));
    await this.#handle?.close();
    this.#handle = await open(this.#file, 'r+');
    this.#length = bytes.length;
    this.#entries = 0;
  }
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}

/** After a crash only the last line can be invalid; an invalid line with entries after it has another cause. */
export function readEntries(file: string, text: string): readonly Entry[] {
  const entries: Entry[] = [];
  let bad: number | null = null;
  for (const [index, line] of text.split('\n').entries()) {
    const entry = readEntry(line);
    if (entry === null) bad ??= index + 1;
    else if (bad === null) entries.push(entry);
    else throw new NotesUnreadable(`line ${bad} of ${file} is not a note, and others follow`);
  }
  return entries;
}

function readEntry(line: string): Entry | null {
  try {
    const parsed = Entry.safeParse(JSON.parse(line));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
