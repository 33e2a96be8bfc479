import { open, rename, type FileHandle } from 'node:fs/promises';
import { AdmissionRecorder } from '../../domain/dispatch/admission-recorder.js';
import { formatTraceLine } from '../../domain/dispatch/admission-trace.js';
import type { AdmissionTrace } from '../../ports/dispatch/admission-trace.js';

/** A larger file becomes `<file>.1`: about six days with 50,000 builds each. */
const LARGEST = 64 * 1024 * 1024;
/** Limit of text not yet written to the disk; beyond it the trace has a gap and starts over. */
const MAX_WAITING = 16 * 1024 * 1024;

/**
 * Records polls in the background into a file of JSON lines, 0640. A failing disk costs lines, never a poll: the trace
 * then starts over. Null: nothing is recorded.
 */
export function createAdmissionTrace(options: {
  readonly file: string | null;
  readonly log: { readonly warn: (fields: object, text: string) => void };
  readonly largest?: number;
}): AdmissionTrace & { /** Writes what is not written yet. */ readonly close: () => Promise<void> } {
  const { file, log, largest = LARGEST } = options;
  if (file === null) return { record: () => undefined, close: () => Promise.resolve() };
  const path = file;
  const recorder = new AdmissionRecorder();
  let waiting: string[] = [];
  let waitingBytes = 0;
  let writing: Promise<void> | null = null;
  let isFailing = false;

  async function write(): Promise<void> {
    while (waiting.length > 0) {
      const text = waiting.join('');
      waiting = [];
      waitingBytes = 0;
      try {
        if ((await append(path, text)) > largest) {
          await rename(path, `${path}.1`);
          recorder.forget();
          waiting = [];
        }
        isFailing = false;
      } catch (error) {
        if (!isFailing)
          log.warn({ file: path, err: error }, 'the trace cannot be written; it starts over when the file is writable');
        isFailing = true;
        recorder.forget();
        waiting = [];
        return;
      }
    }
  }

  return {
    record: (look) => {
      const text = recorder
        .look(look)
        .map((event) => `${formatTraceLine(event)}\n`)
        .join('');
      if (text === '') return;
      waiting.push(text);
      waitingBytes += text.length;
      if (waitingBytes > MAX_WAITING) {
        log.warn({ file: path }, 'the disk is too slow for the trace; it has a gap here');
        waiting = [];
        waitingBytes = 0;
        recorder.forget();
      }
      writing ??= write().finally(() => (writing = null));
    },
    close: async () => {
      await writing;
    },
  };
}

/** Appends whole lines, even after one that was cut off; returns the file's size. */
async function append(path: string, text: string): Promise<number> {
  const handle = await open(path, 'a+', 0o640);
  try {
    const { size } = await handle.stat();
    const whole = size === 0 || (await endsWithNewline(handle, size)) ? text : `\n${text}`;
    await handle.appendFile(whole);
    return size + Buffer.byteLength(whole);
  } finally {
    await handle.close();
  }
}

async function endsWithNewline(handle: FileHandle, size: number): Promise<boolean> {
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] === 0x0a;
}
