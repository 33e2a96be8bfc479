import { MASK } from '../logging/secrets.js';
import { parseConfig, readValue, type ParsedFile } from './config-parser.js';
import { byLine, type Finding } from './finding.js';
import { OPTIONS, type Option } from './schema.js';
import { maskerFor } from './shown-value.js';
import { findUnreadKeys } from './unknown-keys.js';

/**
 * Source of an effective value: a line of the file, the default, or, indirectly, a Temporal profile (which may be
 * unreadable here) or an environment variable.
 */
export type Source =
  | { readonly line: number; readonly inherited: boolean }
  | { readonly profile: string }
  | { readonly unreadable: string }
  | { readonly variable: string }
  | 'default';

/** The line of the file that sets a value; null if none does. */
export function lineOf(source: Source): number | null {
  return typeof source === 'object' && 'line' in source ? source.line : null;
}

/** One key with the value that counts. */
export type Setting = {
  /** Its name in `Config`. */
  readonly name: string;
  readonly option: Option;
  readonly value: unknown;
  readonly source: Source;
};

export type Inspection = {
  /** All findings, in the order of the file. */
  readonly findings: readonly Finding[];
  /** Every key whose value could be read; all keys if no finding is an error. */
  readonly settings: readonly Setting[];
  /** Masks the file's secrets in a text. */
  readonly mask: (text: string) => string;
};

/** Reads a configuration's text and says everything about it at once. */
export function inspectConfig(text: string): Inspection {
  const parsed = parseConfig(text);
  const mask = maskerFor(parsed);
  const findings: Finding[] = parsed.problems.map((problem) => ({ ...problem, severity: 'error', value: null }));
  const settings: Setting[] = [];
  for (const [name, option] of Object.entries<Option>(OPTIONS)) {
    const read = readOption(parsed, option);
    if ('finding' in read) findings.push(read.finding);
    else settings.push({ name, option, ...read });
  }
  // A key with an error needs no further findings.
  const isWrong = ({ section, key }: Finding): boolean =>
    key !== null && findings.some((finding) => finding.section === section && finding.key === key);
  const further = [...findUnreadKeys(parsed), ...findUnsetPassword(settings), ...settings.flatMap(findCaution)];
  findings.push(...further.filter((finding) => !isWrong(finding)));
  const shown = findings.map((finding) => ({
    ...finding,
    value: finding.value === null ? null : mask(finding.value),
    message: mask(finding.message),
  }));
  return { findings: shown.sort(byLine), settings, mask };
}

type Read = { readonly value: unknown; readonly source: Source } | { readonly finding: Finding };

function readOption(parsed: ParsedFile, option: Option): Read {
  const { section, key } = option;
  const place = { severity: 'error', line: null, section, key, value: null } as const;
  const found = readValue(parsed, section, key);
  if (found !== null && 'problem' in found) return { finding: { ...place, ...found.problem } };
  const text = found?.value ?? option.default;
  if (text === null) {
    return { finding: { ...place, message: 'is missing', remedy: `add ${key} = … (${option.meaning})` } };
  }
  const result = option.value.safeParse(text);
  if (!result.success) {
    return {
      finding: {
        ...place,
        line: found?.line ?? null,
        value: option.isSecret === true ? MASK : JSON.stringify(text.slice(0, 200)),
        message: result.error.issues.map((issue) => issue.message).join(', and '),
        remedy: remedyFor(option),
      },
    };
  }
  const inherited = parsed.sections.get(section)?.has(key) !== true;
  return { value: result.data, source: found === null ? 'default' : { line: found.line, inherited } };
}

function remedyFor(option: Option): string | null {
  if (option.isSecret === true || option.default === null) return 'docs/configuration.md has its meaning';
  return option.default === '' ? 'leave it out for none' : `the default is ${option.default}`;
}

function findCaution({ option, value, source }: Setting): readonly Finding[] {
  const { section, key, caution } = option;
  if (caution?.applies(value) !== true) return [];
  const { severity, message, remedy } = caution;
  return [{ severity, line: lineOf(source), section, key, value: null, message, remedy }];
}

/** A file without a password is useless: the frontend refuses everything. */
function findUnsetPassword(settings: readonly Setting[]): readonly Finding[] {
  const { frontendAuth } = OPTIONS;
  const set = settings.find(({ option }) => option.key === frontendAuth.key);
  if (set?.value !== frontendAuth.default) return [];
  const message = 'is not set, and no frontend accepts its default';
  const line = lineOf(set.source);
  const { section, key } = frontendAuth;
  const remedy = 'write the BACKEND_PASSWORD of the frontend';
  return [{ severity: 'warning', line, section, key, value: null, message, remedy }];
}
