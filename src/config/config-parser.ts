/**
 * The dialect of Python's ConfigParser, so that an installation's file keeps its meaning. Python stops at the first
 * error; this parser reports all of them.
 */
export type Problem = {
  readonly line: number;
  readonly section: string | null;
  readonly key: string | null;
  readonly message: string;
  readonly remedy: string;
};
export type Section = ReadonlyMap<string, { readonly raw: string; readonly line: number }>;
export type ParsedFile = {
  readonly sections: ReadonlyMap<string, Section>;
  /** `[DEFAULT]`: inherited by every section. */
  readonly defaults: Section;
  readonly problems: readonly Problem[];
};

type Draft = Map<string, { lines: string[]; line: number }>;

const DEFAULT = 'DEFAULT';
/** The characters that Python's str.strip() removes; JavaScript's trim() differs in a few. */
// eslint-disable-next-line no-control-regex
const BLANKS = /^[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/;
// eslint-disable-next-line no-control-regex
const TRAILING_BLANKS = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+$/;

/** Parses a whole file; values stay raw until `interpolate` is asked for one. */
export function parseConfig(text: string): ParsedFile {
  const reader = createReader();
  const lines = text.split(/\r\n|\r|\n/);
  if (lines.at(-1) === '') lines.pop();
  lines.forEach((line, index) => reader.read(line, index + 1));
  return reader.finish();
}

function createReader(): { readonly read: (line: string, number: number) => void; readonly finish: () => ParsedFile } {
  const problems: Problem[] = [];
  const sections = new Map<string, Draft>();
  const defaults: Draft = new Map();
  let current: Draft | null = null;
  let currentName = '';
  let key: string | null = null;
  let indent = 0;

  function openSection(name: string, line: number): void {
    key = null;
    currentName = name;
    if (name === DEFAULT) {
      current = defaults;
      return;
    }
    if (sections.has(name))
      problems.push({ ...at(line), section: name, message: 'is repeated here', remedy: 'merge the two' });
    current = sections.get(name) ?? new Map();
    sections.set(name, current);
  }

  function readOption(text: string, line: number): void {
    const delimiter = text.search(/[=:]/);
    if (delimiter === -1) {
      const remedy = 'write one of the two; a line that continues a value is indented';
      problems.push({ ...at(line), section: currentName, message: 'neither a [section] nor key = value', remedy });
      return;
    }
    key = stripEnd(text.slice(0, delimiter)).toLowerCase();
    const place = { ...at(line), section: currentName };
    if (key === '') problems.push({ ...place, message: 'a value without a key', remedy: 'write key = value' });
    else if (current?.has(key) === true)
      problems.push({ ...place, key, message: 'is repeated here', remedy: 'remove one of the two' });
    current?.set(key, { lines: [strip(text.slice(delimiter + 1))], line });
  }

  return {
    read: (line, number) => {
      const text = strip(line);
      if (text.startsWith('#') || text.startsWith(';')) return;
      const open = current !== null && key !== null && key !== '' ? current.get(key) : undefined;
      if (text === '') {
        open?.lines.push('');
        return;
      }
      const depth = line.length - line.replace(BLANKS, '').length;
      if (open !== undefined && depth > indent) {
        open.lines.push(text);
        return;
      }
      indent = depth;
      const header = /^\[([^\n]+)\]/.exec(text)?.[1];
      if (header !== undefined) openSection(header, number);
      else if (current === null)
        problems.push({
          ...at(number),
          message: 'a line before the first [section]',
          remedy: 'put [backend] above it',
        });
      else readOption(text, number);
    },
    finish: () => ({
      sections: new Map([...sections].map(([name, draft]) => [name, close(draft)])),
      defaults: close(defaults),
      problems,
    }),
  };
}

function at(line: number): Pick<Problem, 'line' | 'section' | 'key'> {
  return { line, section: null, key: null };
}

function close(draft: Draft): Section {
  return new Map([...draft].map(([key, { lines, line }]) => [key, { raw: stripEnd(lines.join('\n')), line }]));
}

function strip(text: string): string {
  return stripEnd(text.replace(BLANKS, ''));
}

function stripEnd(text: string): string {
  return text.replace(TRAILING_BLANKS, '');
}

export type Value = { readonly value: string; readonly line: number } | { readonly problem: Problem };

/**
 * A key's value as a section sees it: its own or the inherited one, with `%%` and `%(name)s` resolved. Null if neither
 * has the key.
 */
export function readValue(file: ParsedFile, section: string, key: string): Value | null {
  const visible = new Map([...file.defaults, ...(file.sections.get(section) ?? [])]);
  const entry = visible.get(key);
  if (entry === undefined) return null;
  const result = interpolate(entry.raw, visible, 1);
  return 'value' in result
    ? { value: result.value, line: entry.line }
    : { problem: { line: entry.line, section, key, message: result.message, remedy: result.remedy } };
}

type Interpolated = { readonly value: string } | { readonly message: string; readonly remedy: string };

function interpolate(raw: string, visible: Section, depth: number): Interpolated {
  if (depth > 10)
    return { message: 'has references that nest deeper than 10 levels', remedy: 'write the value itself' };
  let value = '';
  let rest = raw;
  for (let at = rest.indexOf('%'); at !== -1; at = rest.indexOf('%')) {
    value += rest.slice(0, at);
    rest = rest.slice(at);
    const reference = /^%\(([^)]+)\)s/.exec(rest);
    if (rest.startsWith('%%')) {
      value += '%';
      rest = rest.slice(2);
    } else if (reference?.[1] !== undefined) {
      const name = reference[1].toLowerCase();
      const target = visible.get(name);
      if (target === undefined) return { message: 'refers to a key that is not there', remedy: `set ${name}` };
      const inner = interpolate(target.raw, visible, depth + 1);
      if (!('value' in inner)) return inner;
      value += inner.value;
      rest = rest.slice(reference[0].length);
    } else {
      return { message: 'has a single %, which begins a reference', remedy: 'write %% for a percent sign' };
    }
  }
  return { value: value + rest };
}
