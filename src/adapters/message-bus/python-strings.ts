import { PythonSyntax } from './python-syntax.js';

const SIMPLE: Readonly<Record<string, string>> = {
  ...{ '\\': '\\', "'": "'", '"': '"', '\n': '' },
  ...{ a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' },
};
/** Number of hex digits by the letter of the escape. */
const HEX_DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

type StringStart = {
  /** Position after the opening quotes. */
  readonly at: number;
  readonly prefix: string;
  readonly quote: string;
  readonly line: number;
};

/** Reads a string to its closing quotes. */
export function readStringAt(
  text: string,
  start: StringStart,
): { readonly value: string; readonly end: number; readonly line: number } {
  const { quote, prefix } = start;
  if (!/^[ru]?$/i.test(prefix))
    throw new PythonSyntax(start.line, `${prefix}${quote}…: only plain strings are read, no bytes and no f-strings`);
  const isRaw = /r/i.test(prefix);
  const mayWrap = quote.length === 3;
  let { at, line } = start;
  let value = '';
  for (;;) {
    const char = text.charAt(at);
    if (char === '' || (char === '\n' && !mayWrap)) throw new PythonSyntax(start.line, 'a string is not closed');
    if (text.startsWith(quote, at)) return { value, end: at + quote.length, line };
    if (char !== '\\') {
      if (char === '\n') line += 1;
      value += char;
      at += 1;
      continue;
    }
    if (text.charAt(at + 1) === '\n') line += 1;
    const escape = isRaw ? rawEscape(text, at) : readEscape(text, at, line);
    value += escape.value;
    at += escape.length;
  }
}

type Escape = { readonly value: string; readonly length: number };

/** In a raw string a backslash stays, and so does the quote that it escapes. */
function rawEscape(text: string, at: number): Escape {
  const value = text.slice(at, at + 2);
  return { value, length: value.length };
}

function readEscape(text: string, at: number, line: number): Escape {
  const letter = text.charAt(at + 1);
  const simple = SIMPLE[letter];
  if (simple !== undefined) return { value: simple, length: 2 };
  const [octal] = /^[0-7]{1,3}/.exec(text.slice(at + 1, at + 4)) ?? [];
  if (octal !== undefined) return { value: String.fromCharCode(Number.parseInt(octal, 8)), length: 1 + octal.length };
  const digits = HEX_DIGITS[letter];
  if (digits !== undefined) {
    const hex = text.slice(at + 2, at + 2 + digits);
    const code = Number.parseInt(hex, 16);
    if (hex.length !== digits || !/^[0-9a-f]+$/i.test(hex) || code > 0x10ffff)
      throw new PythonSyntax(line, `\\${letter}${hex}: ${digits} hexadecimal digits of a character are wanted`);
    return { value: String.fromCodePoint(code), length: 2 + digits };
  }
  if (letter === 'N')
    throw new PythonSyntax(line, '\\N{…}: characters by name are not read; write the character itself');
  // Python keeps the backslash of an escape it does not know.
  return { value: '\\', length: 1 };
}
