/**
 * The only place where commands write to their standard streams. Their output includes text from packages, logs and
 * neighbours, which must not control the reader's terminal.
 */
import { StringDecoder } from 'node:string_decoder';
import { plainLine, plainLines } from '../domain/plain-text.js';

type Output = { readonly isTTY?: boolean; readonly write: (chunk: Buffer | string) => unknown };

/** Prints lines on standard output; each becomes one line, whatever it contains. */
export function printLines(lines: readonly string[], output: Output = process.stdout): void {
  output.write(lines.map((line) => `${plainLine(line)}\n`).join(''));
}

/** Prints a text of several lines on standard output; keeps tabs, such as those of a prune plan. */
export function printText(text: string, output: Output = process.stdout): void {
  output.write(`${plainLines(text.replace(/\n$/, '')).join('\n')}\n`);
}

/** Prints a text on standard error. */
export function printError(text: string): void {
  process.stderr.write(`${text.split('\n').map(plainLine).join('\n')}\n`);
}

/** Shows a text on standard error that the next one overwrites; does nothing without a terminal. Null removes it. */
export function showProgress(words: string | null): void {
  if (process.stderr.isTTY) process.stderr.write(words === null ? '\r\u001b[K' : `\r${plainLine(words)}`);
}

export type LogPrinter = { readonly write: (chunk: Buffer) => void; readonly end: () => void };

/** An endless line is shown in pieces. */
const MAX_HELD = 64 * 1024;

/** Writes a log unchanged into a file or a pipe; on a terminal, writes its lines without control sequences. */
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
      // A sequence never extends past the end of a line, and a \r at the end may be half of one.
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
