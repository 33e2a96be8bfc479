import { readFileSync } from 'node:fs';
import { parseConfig, readValue, type ParsedFile } from './config-parser.js';
import { isKnownKey, knownKeys, nearestKey } from './known-keys.js';
import { OPTIONS, type Config, type Option } from './schema.js';

/** The configuration cannot be used; the message is a list of all reasons, readable as it is. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(file: string, problems: readonly string[], cause?: unknown) {
    super(
      `${file} cannot be used:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
      cause ? { cause } : undefined,
    );
    this.problems = problems;
  }
}

export type LoadedConfig = { readonly config: Config; readonly warnings: readonly string[] };

/** Reads a configuration file. Throws ConfigError with everything that is wrong in it. */
export function loadConfig(file: string): LoadedConfig {
  return readConfig(readText(file), file);
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ConfigError(file, [`${why}: name another with --config, or make it readable for this user`], error);
  }
}

/** The same for a text that was read already; `file` is its name in messages. */
export function readConfig(text: string, file: string): LoadedConfig {
  const parsed = parseConfig(text);
  const problems = parsed.problems.map(({ line, message }) => `line ${line}: ${message}`);
  const entries: [string, unknown][] = [];
  for (const [name, option] of Object.entries<Option>(OPTIONS)) {
    const read = readOption(parsed, option);
    if ('problem' in read) problems.push(read.problem);
    else entries.push([name, read.value]);
  }
  if (problems.length > 0) throw new ConfigError(file, problems);
  return { config: Object.freeze(Object.fromEntries(entries)) as Config, warnings: findUnknown(parsed) };
}

function readOption(parsed: ParsedFile, option: Option): { readonly value: unknown } | { readonly problem: string } {
  const { section, key } = option;
  const found = readValue(parsed, section, key);
  if (found !== null && 'problem' in found)
    return { problem: `line ${found.problem.line}: [${section}] ${key}: ${found.problem.message}` };
  const text = found?.value ?? option.default;
  if (text === null) return { problem: `[${section}] ${key} is missing: ${option.meaning} Add "${key} = …".` };
  const result = option.value.safeParse(text);
  if (result.success) return { value: result.data };
  const shown = option.isSecret === true ? '****' : JSON.stringify(text.slice(0, 200));
  const example = option.default === null ? '' : `; the default is ${option.default}`;
  const line = found === null ? '' : `line ${found.line}: `;
  return {
    problem: `${line}[${section}] ${key} = ${shown} ${result.error.issues[0]?.message ?? 'is wrong'}${example}`,
  };
}

/** Keys and sections nobody knows. What stands in [DEFAULT] may be there for others to refer to. */
function findUnknown(parsed: ParsedFile): readonly string[] {
  const warnings: string[] = [];
  const used: readonly Option[] = Object.values(OPTIONS);
  const sections = [...new Set(used.map((option) => option.section))];
  for (const [section, keys] of parsed.sections) {
    const known = used.filter((option) => option.section === section).map((option) => option.key);
    if (known.length === 0) {
      warnings.push(`section [${section}] is unknown and ignored${suggestion(nearestKey(section, sections))}`);
      continue;
    }
    const candidates = [...known, ...knownKeys(section)];
    for (const [key, { line }] of keys) {
      if (known.includes(key) || isKnownKey(section, key)) continue;
      warnings.push(
        `line ${line}: [${section}] ${key} is unknown and ignored${suggestion(nearestKey(key, candidates))}`,
      );
    }
  }
  return warnings;
}

function suggestion(nearest: string | null): string {
  return nearest === null ? '' : `; did you mean ${nearest}?`;
}
