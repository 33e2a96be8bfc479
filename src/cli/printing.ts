/**
 * The one place where commands write to their standard streams. Words of packages, logs and neighbours are among what
 * they say, and must not steer the terminal of who reads it.
 */
import { StringDecoder } from 'node:string_decoder';
import { plainLine, plainLines } from '../domain/plain-text.js';

type Output = { readonly isTTY?: boolean; readonly write: (chunk: Buffer | string) => unknown };

/** Lines on standard output; each becomes one line, whatever is in it. */
export function printLines(lines: readonly string[], output: Output = process.stdout): void {
  output.write(lines.map((line) => `${plainLine(line)}\n`).join(''));
}

/** A text of several lines on standard output; tabs in it stay, as those of a prune plan. */
export function printText(text: string, output: Output = process.stdout): void {
  output.write(`${plainLines(text.replace(/\n$/, '')).join('\n')}\n`);
}

/** A text on standard error. */
export function printError(text: string): void {
  process.stderr.write(`${text.split('\n').map(plainLine).join('\n')}\n`);
}

/** Words on standard error that the next ones write over; nothing where it is no terminal. Null takes them away. */
export function showProgress(words: string | null): void {
  if (process.stderr.isTTY) process.stderr.write(words === null ? '\r\u001b[K' : `\r${plainLine(words)}`);
}

export type LogPrinter = { readonly write: (chunk: Buffer) => void; readonly end: () => void };

/** A line that goes on for ever is shown in pieces. */
const MAX_HELD = 64 * 1024;

/** Writes a log as it is, byte for byte, into a file or a pipe; on a terminal, its lines without what steers one. */
export function createLogPrinter(output: Output = process.stdout): LogPrinter {
  if (output.isTTY !== true) return { write: (chunk) => void output.write(chunk), end: () => undefined };
  const decoder = new StringDecoder('utf8');
  let held = '';
  const show = (text: string): void => {
    if (text !== '') output.write(plainLines(text).join('\n'));
  };
  return {
    write: (chunk) => {
      held += decoder.write(chunk);
      // A sequence never reaches over the end of a line, and a \r at the end may be half of one.
      const end = held.length > MAX_HELD ? held.length : held.lastIndexOf('\n') + 1;
      show(held.slice(0, end));
      held = held.slice(end);
    },
    end: () => {
      show(held + decoder.end());
      held = '';
    },
  };
}
