import { PythonSyntax } from './python-syntax.js';
import { tokenize, type Token } from './python-tokens.js';

export type Literal = string | number | boolean | null | readonly Literal[] | { readonly [key: string]: Literal };

const CONSTANTS: Readonly<Record<string, boolean | null>> = { True: true, False: false, None: null };
/** Words that Python does not accept as names; those that begin a statement never reach a "=". */
const KEYWORDS = new Set([...Object.keys(CONSTANTS), 'pass', 'break', 'continue', 'else', 'try', 'finally', 'lambda']);
const DEEPEST = 50;

/**
 * Reads `name = literal` lines as Python would: strings in all their forms, numbers, True, False, None, lists, tuples
 * (as lists), dictionaries with strings as keys. Anything that would have to be executed is refused with its line.
 */
export function parseAssignments(source: string): ReadonlyMap<string, Literal> {
  const tokens = tokenize(source);
  const found = new Map<string, Literal>();
  let at = 0;

  while (peek().kind !== 'end') {
    if (peek().kind !== 'newline') readStatement();
    if (peek().kind === 'newline') at += 1;
    else if (!takeSign(';')) throw unexpected('after the value');
  }
  return found;

  function readStatement(): void {
    const first = peek();
    if (first.kind === 'string') {
      readTuple(); // a docstring
      return;
    }
    if (first.kind !== 'name') throw unexpected('where "name = value" is wanted');
    at += 1;
    if (!takeSign('='))
      throw new PythonSyntax(
        first.line,
        `only "name = value" is read, with a literal as the value, and nothing is executed; found "${first.text} ${shown(peek())}"`,
      );
    if (KEYWORDS.has(first.text)) throw new PythonSyntax(first.line, `${first.text} cannot be assigned to`);
    found.set(first.text, readTuple());
  }

  /** A value, or several with commas between them: a tuple without brackets. */
  function readTuple(): Literal {
    const first = readValue(0);
    if (!isSign(',')) return first;
    const items = [first];
    while (takeSign(',')) {
      if (peek().kind === 'newline' || isSign(';')) break;
      items.push(readValue(0));
    }
    return items;
  }

  function readValue(depth: number): Literal {
    const token = peek();
    if (depth > DEEPEST) throw new PythonSyntax(token.line, 'brackets are nested too deep');
    at += 1;
    switch (token.kind) {
      case 'string':
        return token.value + readMoreStrings();
      case 'number':
        return token.value;
      case 'name':
        return readConstant(token);
      case 'sign':
        return readBracketed(token.text, depth);
      case 'newline':
      case 'end':
        throw new PythonSyntax(token.line, 'a value is missing');
    }
  }

  /** Adjacent strings are joined into one. */
  function readMoreStrings(): string {
    let more = '';
    for (let token = peek(); token.kind === 'string'; token = peek()) {
      more += token.value;
      at += 1;
    }
    return more;
  }

  function readConstant(token: { readonly text: string; readonly line: number }): boolean | null {
    const constant = Object.hasOwn(CONSTANTS, token.text) ? CONSTANTS[token.text] : undefined;
    if (constant !== undefined) return constant;
    throw new PythonSyntax(
      token.line,
      `${token.text} is not a literal: write the value itself, for this file is read and never executed`,
    );
  }

  function readBracketed(sign: string, depth: number): Literal {
    switch (sign) {
      case '-':
      case '+': {
        const number = peek();
        if (number.kind !== 'number') throw unexpected(`after ${sign}`);
        at += 1;
        return sign === '-' ? -number.value : number.value;
      }
      case '[':
        return readItems(']', depth).items;
      case '(': {
        const { items, commas } = readItems(')', depth);
        const [only] = items;
        return only !== undefined && commas === 0 ? only : items;
      }
      case '{':
        return readDictionary(depth);
      default:
        at -= 1;
        throw unexpected('where a value is wanted');
    }
  }

  function readItems(closing: string, depth: number): { readonly items: readonly Literal[]; readonly commas: number } {
    const items: Literal[] = [];
    let commas = 0;
    while (!takeSign(closing)) {
      if (items.length > commas) throw unexpected(`where "," or "${closing}" is wanted`);
      items.push(readValue(depth + 1));
      if (takeSign(',')) commas += 1;
    }
    return { items, commas };
  }

  function readDictionary(depth: number): Literal {
    const entries: [string, Literal][] = [];
    let commas = 0;
    while (!takeSign('}')) {
      if (entries.length > commas) throw unexpected('where "," or "}" is wanted');
      const { line } = peek();
      const key = readValue(depth + 1);
      if (typeof key !== 'string') throw new PythonSyntax(line, 'a key of a dictionary must be a string');
      if (!takeSign(':')) throw unexpected('where ":" is wanted (sets are not read)');
      entries.push([key, readValue(depth + 1)]);
      if (takeSign(',')) commas += 1;
    }
    return Object.fromEntries(entries);
  }

  function peek(): Token {
    return tokens[at] ?? { kind: 'end', line: 0 };
  }

  function isSign(text: string): boolean {
    const token = peek();
    return token.kind === 'sign' && token.text === text;
  }

  function takeSign(text: string): boolean {
    const is = isSign(text);
    if (is) at += 1;
    return is;
  }

  function unexpected(where: string): PythonSyntax {
    return new PythonSyntax(peek().line, `unexpected ${shown(peek())} ${where}`);
  }
}

function shown(token: Token): string {
  switch (token.kind) {
    case 'name':
    case 'sign':
      return token.text;
    case 'string':
      return 'string';
    case 'number':
      return String(token.value);
    case 'newline':
      return 'end of the line';
    case 'end':
      return 'end of the file';
  }
}
