import { readStringAt } from './python-strings.js';
import { PythonSyntax } from './python-syntax.js';

export type Token =
  | { readonly kind: 'name' | 'sign'; readonly text: string; readonly line: number }
  | { readonly kind: 'string'; readonly value: string; readonly line: number }
  | { readonly kind: 'number'; readonly value: number; readonly line: number }
  | { readonly kind: 'newline' | 'end'; readonly line: number };

const DIGITS = String.raw`\d(?:_?\d)*`;
const EXPONENT = `[eE][+-]?${DIGITS}`;
const NUMBER = new RegExp(
  [
    String.raw`0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+`,
    String.raw`(?:${DIGITS})?\.${DIGITS}(?:${EXPONENT})?|${DIGITS}\.(?:${EXPONENT})?|${DIGITS}${EXPONENT}`,
    DIGITS,
  ].join('|'),
  'y',
);
const NAME = /[\p{L}_][\p{L}\p{N}_]*/uy;
const STRING_START = /([a-zA-Z]{0,2})("""|'''|"|')/y;

/** Splits a Python file into the tokens that assignments of literals consist of; nothing is ever executed. */
export function tokenize(source: string): readonly Token[] {
  const text = source.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n');
  const tokens: Token[] = [];
  let at = 0;
  let line = 1;
  let depth = 0;

  refuseIndent();
  while (at < text.length) {
    const char = text.charAt(at);
    if (char === '\n') {
      if (depth === 0) tokens.push({ kind: 'newline', line });
      at += 1;
      line += 1;
      if (depth === 0) refuseIndent();
    } else if (char === ' ' || char === '\t' || char === '\f') at += 1;
    else if (char === '#') at = endOfLine();
    else if (char === '\\' && text.charAt(at + 1) === '\n') {
      at += 2;
      line += 1;
    } else at = readToken(char);
  }
  tokens.push({ kind: 'newline', line }, { kind: 'end', line });
  return tokens;

  function endOfLine(): number {
    const end = text.indexOf('\n', at);
    return end === -1 ? text.length : end;
  }

  /** Only lines with content count; lines inside brackets never get here. */
  function refuseIndent(): void {
    const [blank = ''] = /^[ \t\f]*/.exec(text.slice(at, at + 1000)) ?? [];
    const next = text.charAt(at + blank.length);
    if (blank.replaceAll('\f', '') !== '' && next !== '' && next !== '\n' && next !== '#')
      throw new PythonSyntax(line, 'unexpected indent');
  }

  function readToken(char: string): number {
    STRING_START.lastIndex = at;
    const [opening, prefix = '', quote = ''] = STRING_START.exec(text) ?? [];
    if (opening !== undefined) {
      const string = readStringAt(text, { at: at + opening.length, prefix, quote, line });
      tokens.push({ kind: 'string', value: string.value, line });
      line = string.line;
      return string.end;
    }
    NUMBER.lastIndex = at;
    const number = NUMBER.exec(text)?.[0];
    if (number !== undefined) {
      tokens.push({ kind: 'number', value: readNumber(number, text.charAt(at + number.length)), line });
      return at + number.length;
    }
    NAME.lastIndex = at;
    const name = NAME.exec(text)?.[0];
    if (name !== undefined) {
      tokens.push({ kind: 'name', text: name, line });
      return at + name.length;
    }
    if ('([{'.includes(char)) depth += 1;
    if (')]}'.includes(char)) depth = Math.max(0, depth - 1);
    tokens.push({ kind: 'sign', text: String.fromCodePoint(text.codePointAt(at) ?? 0), line });
    return at + ((text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1);
  }

  function readNumber(written: string, next: string): number {
    if (/[\p{L}\p{N}_.]/u.test(next)) throw new PythonSyntax(line, `${written}${next}… is not a number`);
    if (/^0[\d_]*[1-9][\d_]*$/.test(written)) throw new PythonSyntax(line, `${written}: a number may not begin with 0`);
    const value = Number(written.replaceAll('_', ''));
    const isWhole = /^(?:[\d_]+|0[xob].*)$/i.test(written);
    if (!Number.isFinite(value) || (isWhole && !Number.isSafeInteger(value)))
      throw new PythonSyntax(line, `${written} is too large`);
    return value;
  }
}
