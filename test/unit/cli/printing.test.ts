import assert from 'node:assert/strict';
import { createLogPrinter, printText } from '../../../src/cli/printing.js';

const LOG = Buffer.from(
  'gcc -c a.c\r\n\u001b[01;31ma.c:1:1: error:\u001b[0m Möbel\n10%\r20%\r30%\n\u001b]0;title\u0007no\u009b2Jthing\u0000\nunfinished \u001b[3',
);

/** The text that a log printer writes into `output`, given the log in pieces of `size` bytes. */
function printed(size: number, output: { readonly isTTY?: boolean }): Buffer {
  const written: Buffer[] = [];
  const printer = createLogPrinter({ ...output, write: (chunk) => written.push(Buffer.from(chunk)) });
  for (let at = 0; at < LOG.length; at += size) printer.write(LOG.subarray(at, at + size));
  printer.end();
  return Buffer.concat(written);
}

describe('a text that a command prints', () => {
  it('keeps lines and tabs, and steers no terminal', () => {
    const written: string[] = [];
    const output = { write: (text: Buffer | string): unknown => written.push(String(text)) };
    for (const text of ['build\tjdoe/a\t10\n\nend\tb\n', 'a\u001b[2Jb']) printText(text, output);
    assert.deepEqual(written, ['build\tjdoe/a\t10\n\nend\tb\n', 'ab\n']);
  });
});

describe('a log that a command prints', () => {
  it('is the same byte for byte in a file or a pipe', () => {
    for (const size of [1, 7, LOG.length]) assert.deepEqual(printed(size, {}), LOG);
  });

  it('steers no terminal, wherever it was cut into pieces', () => {
    const shown = 'gcc -c a.c\na.c:1:1: error: Möbel\n10%\n20%\n30%\nnothing?\nunfinished 3';
    for (const size of [1, 2, 3, 7, LOG.length]) assert.equal(printed(size, { isTTY: true }).toString(), shown);
  });

  it('shows a line that never ends before it is all there', () => {
    const written: string[] = [];
    const printer = createLogPrinter({ isTTY: true, write: (chunk) => written.push(String(chunk)) });
    for (let part = 0; part < 20; part += 1) printer.write(Buffer.alloc(10_000, 'x'));
    assert.ok(written.join('').length > 100_000);
    printer.end();
    assert.equal(written.join('').length, 200_000);
  });
});
