import { createMasker, MASK } from '../logging/secrets.js';
import type { ParsedFile } from './config-parser.js';
import { readValue } from './config-parser.js';
import { OPTIONS, type Config, type Option } from './schema.js';
import type { ListenAddress, TemporalProfile } from './value-types.js';
import { hostText } from '../domain/names/host-text.js';

const UNITS = [
  ['TiB', 1024 ** 4],
  ['GiB', 1024 ** 3],
  ['MiB', 1024 ** 2],
  ['KiB', 1024],
] as const;

/**
 * Makes a function that masks secrets in texts: the file's secrets wherever they were copied to, and logins in URLs.
 */
export function maskerFor(parsed: ParsedFile): (text: string) => string {
  const secrets = Object.values<Option>(OPTIONS)
    .filter(({ isSecret }) => isSecret === true)
    .map(({ section, key }) => readValue(parsed, section, key))
    .flatMap((found) => (found !== null && 'value' in found ? [found.value] : []));
  const masker = createMasker(secrets);
  return (text) => masker.text(text).replaceAll(/\/\/[^/@\s]*@/g, `//${MASK}@`);
}

/** The secrets of a configuration, for code that must not show them. */
export function secretsOf(config: Config): readonly string[] {
  const values: Readonly<Record<string, unknown>> = config;
  return Object.entries<Option>(OPTIONS)
    .filter(([, { isSecret }]) => isSecret === true)
    .map(([name]) => values[name])
    .filter((value) => typeof value === 'string');
}

/** An effective value in the form used in the file; null: there is none. Secrets are masked. */
export function shownValue(option: Option, value: unknown): string | null {
  if (value === null || value === '') return null;
  if (option.isSecret === true) return MASK;
  switch (option.type) {
    case 'bytes':
      return bytesText(value as number);
    case 'names':
      return (value as readonly string[]).join(', ') || null;
    case 'limits': {
      const limits = Object.entries(value as Readonly<Record<string, number>>);
      return limits.map(([name, limit]) => `${name}=${limit}`).join(', ') || null;
    }
    case 'time':
      return value === 'off' ? value : timeOfDay(value as number);
    case 'listen': {
      const { host, port } = value as ListenAddress;
      return `${hostText(host)}:${port}`;
    }
    case 'profile': {
      const { file, profile } = value as TemporalProfile;
      return file === null ? profile : `${file}#${profile}`;
    }
    case 'string':
    case 'bool':
    case 'int':
    case 'path':
    case 'url':
    case 'address':
    case 'level':
    case 'choice':
      return typeof value === 'string' ? value : JSON.stringify(value);
  }
}

function bytesText(bytes: number): string {
  const [unit, factor] = UNITS.find(([, size]) => bytes >= size && bytes % size === 0) ?? ['', 1];
  return unit === '' ? String(bytes) : `${bytes / factor} ${unit}`;
}

/** `HH:MM` of seconds since midnight. */
function timeOfDay(seconds: number): string {
  const twoDigits = (value: number): string => String(value).padStart(2, '0');
  return `${twoDigits(Math.floor(seconds / 3600))}:${twoDigits(Math.floor(seconds / 60) % 60)}`;
}
