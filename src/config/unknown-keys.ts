import type { ParsedFile } from './config-parser.js';
import type { Finding } from './finding.js';
import { isKnownKey, knownKeys, nearestKey } from './known-keys.js';
import { OPTIONS, type Option } from './schema.js';

/** Unknown keys and sections, and keys that nothing reads. Keys in [DEFAULT] may be there for others to refer to. */
export function findUnreadKeys(parsed: ParsedFile): readonly Finding[] {
  const options: readonly Option[] = Object.values(OPTIONS);
  const sections = [...new Set(options.map((option) => option.section))];
  return [...parsed.sections].flatMap(([section, keys]) => {
    const ours = options.filter((option) => option.section === section);
    if (ours.length === 0) {
      const message = 'is an unknown section and ignored';
      return [{ ...NOWHERE, section, message, remedy: suggestion(nearestKey(section, sections)) }];
    }
    return [...keys].flatMap(([key, { line }]) => aboutKey({ section, key, line, ours }));
  });
}

const NOWHERE = { severity: 'warning', line: null, key: null, value: null } as const;

function aboutKey(found: {
  readonly section: string;
  readonly key: string;
  readonly line: number;
  readonly ours: readonly Option[];
}): readonly Finding[] {
  const { section, key, line, ours } = found;
  const place = { line, section, key, value: null };
  const option = ours.find((one) => one.key === key);
  if (option !== undefined) return [];
  if (isKnownKey(section, key))
    return [{ ...place, severity: 'note', message: 'is unused', remedy: 'remove the line' }];
  const nearest = nearestKey(key, [...ours.map((one) => one.key), ...knownKeys(section)]);
  const message = 'is unknown and ignored';
  return [{ ...place, severity: 'warning', key: firstWord(key), message, remedy: suggestion(nearest) }];
}

/** In a line `frontend_auth PASSWORD: …` the key contains the password. */
function firstWord(key: string): string {
  const [word = '', ...more] = key.split(/\s+/);
  return more.length === 0 ? word : `${word} …`;
}

function suggestion(nearest: string | null): string | null {
  return nearest === null ? null : `did you mean ${nearest}?`;
}
