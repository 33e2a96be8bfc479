import { homedir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';

/** Types of values in the file: each parses the text of a value. */

const UNITS: Readonly<Record<string, number>> = { '': 1, kib: 1024, mib: 1024 ** 2, gib: 1024 ** 3, tib: 1024 ** 4 };
const LEVELS: Readonly<Record<string, LogLevel>> = {
  notset: 'trace',
  debug: 'debug',
  info: 'info',
  warn: 'warn',
  warning: 'warn',
  error: 'error',
  critical: 'fatal',
  fatal: 'fatal',
};

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';
/** Location of Temporal's address and credentials: `file` null means where Temporal's own tools look. */
export type TemporalProfile = { readonly file: string | null; readonly profile: string };

export type ListenAddress = { readonly host: string; readonly port: number };

/** The `http_listen` of a command line: an address, or that nothing listens. */
export type HttpListen = { readonly isOff: true } | { readonly isOff: false; readonly at: ListenAddress };

export const text = z.string().min(1, 'must not be empty');

export const boolean = z
  .string()
  .toLowerCase()
  .refine((word) => /^(1|yes|true|on|0|no|false|off)$/.test(word), 'must be one of 1, yes, true, on, 0, no, false, off')
  .transform((word) => /^(1|yes|true|on)$/.test(word));

/** A whole number not below `least`. */
export function integer(least: number, most = Number.MAX_SAFE_INTEGER): z.ZodType<number, string> {
  return z
    .string()
    .regex(/^[+-]?\d{1,15}$/, 'must be a whole number')
    .transform(Number)
    .refine((number) => number >= least, `must be at least ${least}`)
    .refine((number) => number <= most, `must be at most ${most}`);
}

export const bytes = z
  .string()
  .toLowerCase()
  .refine((value) => toBytes(value) !== null, 'must be a number of bytes, optionally followed by KiB, MiB, GiB or TiB')
  .transform((value) => toBytes(value) ?? 0);

function toBytes(value: string): number | null {
  const [, number, unit] = /^(\d{1,15}) *([kmgt]ib|)$/.exec(value) ?? [];
  const factor = UNITS[unit ?? ''];
  if (number === undefined || factor === undefined) return null;
  const total = Number(number) * factor;
  return Number.isSafeInteger(total) && total > 0 ? total : null;
}

/** `~` expanded, absolute, normalized. */
export const filePath = text.transform(absolutePath);

function absolutePath(value: string): string {
  const expanded = value === '~' || value.startsWith('~/') ? path.join(homedir(), value.slice(1)) : value;
  return path.resolve(expanded);
}

/** An http address, without a trailing slash. */
export const httpUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http:// or https:// address' })
  .transform((url) => url.replace(/\/+$/, ''));

export const logLevel = z
  .string()
  .toLowerCase()
  .refine((word) => Object.hasOwn(LEVELS, word), 'must be one of debug, info, warning, error, critical')
  .transform((word): LogLevel => LEVELS[word] ?? 'info');

/** One segment of names that Temporal and the file system see. */
export const plainName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/, 'must be letters, digits, _ . or -');

/** A port of TCP. */
export const port = integer(1).refine((number) => number <= 65_535, 'must be at most 65535');

/** `host` or `host:port`. */
export const hostAddress = z
  .string()
  .regex(/^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?(?::[1-9]\d{0,4})?$/, 'must be a host, or host:port');

/** `host:port` to listen at; an IPv6 address is in brackets. */
export const listenAddress = z.string().transform((value, context): ListenAddress => {
  const [, bracketed, plain, number = '0'] =
    /^(?:\[([0-9a-fA-F:.]{2,45})\]|([A-Za-z0-9.-]{1,253})):(\d{1,5})$/.exec(value) ?? [];
  const host = bracketed ?? plain;
  if (host !== undefined && Number(number) > 0 && Number(number) <= 65_535) return { host, port: Number(number) };
  context.addIssue('must be host:port, as 127.0.0.1:5099 or [::1]:5099');
  return z.NEVER;
});

/** `https://KEY@HOST/[PATH/]PROJECT`, as Sentry shows it. */
export const sentryDsn = httpUrl
  .refine((dsn) => /^[0-9A-Za-z]+$/.test(new URL(dsn).username), 'must have a public key before the @')
  .refine((dsn) => /\/\d+$/.test(new URL(dsn).pathname), 'must end with the number of a project');

/** The address of a collector; a password in it would be shown by `config show`. */
export const collectorUrl = httpUrl.refine((url) => {
  const { username, password } = new URL(url);
  return username === '' && password === '';
}, 'must not have a user or password in it: OTEL_EXPORTER_OTLP_HEADERS carries credentials');

/** An empty value counts as none. */
export function optional<T>(inner: z.ZodType<T, string>): z.ZodType<T | null, string> {
  return z.string().transform((value, context): T | null => {
    if (value === '') return null;
    const result = inner.safeParse(value);
    if (result.success) return result.data;
    context.addIssue(result.error.issues[0]?.message ?? 'is wrong');
    return z.NEVER;
  });
}

/** `HH:MM` as seconds since midnight, or `off`. */
export const timeOfDayOrOff = z.string().transform((value, context): number | 'off' => {
  if (value.toLowerCase() === 'off') return 'off';
  const [, hours, minutes] = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(value) ?? [];
  if (hours !== undefined) return (Number(hours) * 60 + Number(minutes)) * 60;
  context.addIssue('must be a time of day, as 04:00, or off');
  return z.NEVER;
});

/** A host name. */
export const domainName = z
  .string()
  .regex(/^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/, 'must be a domain name');

/** `name`, `/path.toml` or `/path.toml#name`. */
export const temporalProfile = text.transform((value): TemporalProfile => {
  if (!value.includes('/')) return { file: null, profile: value };
  const hash = value.lastIndexOf('#');
  const file = hash === -1 ? value : value.slice(0, hash);
  const profile = hash === -1 ? '' : value.slice(hash + 1);
  return { file: absolutePath(file), profile: profile === '' ? 'default' : profile };
});

/** `key=N[,key=N…]`; an empty value sets no limit at all. Each mistake is named. */
export const limits = z.string().transform((value, context): Readonly<Record<string, number>> => {
  const found = new Map<string, number>();
  for (const part of value.split(',').map((piece) => piece.trim())) {
    if (part === '' && value.trim() === '') continue;
    const problem = (message: string): void => context.addIssue(`has ${JSON.stringify(part)}, which ${message}`);
    const [name = '', number = '', ...more] = part.split('=').map((piece) => piece.trim());
    if (more.length > 0 || !part.includes('=')) problem('must be name=number');
    else if (name === '') problem('names nothing before the =');
    else if (!/^\d{1,9}$/.test(number) || Number(number) === 0) problem('must have a whole number above 0 after the =');
    else if (found.has(name)) problem('occurs twice');
    else found.set(name, Number(number));
  }
  return Object.fromEntries(found);
});

/** Comma separated names, trimmed, over several lines if need be; empty ones are left out. */
export const names = z.string().transform((value): readonly string[] =>
  value
    .split(/[,\n]/)
    .map((name) => name.trim())
    .filter((name) => name !== ''),
);

/** `key=word[,key=word…]` with these keys and words; keys that are left out have no word. */
export function choices<K extends string, W extends string>(
  keys: readonly K[],
  words: readonly W[],
): z.ZodType<Readonly<Partial<Record<K, W>>>, string> {
  return names.transform((parts, context): Readonly<Partial<Record<K, W>>> => {
    const found = new Map<K, W>();
    for (const part of parts) {
      const problem = (message: string): void => context.addIssue(`has ${JSON.stringify(part)}, which ${message}`);
      const [name, word, ...more] = part.split('=').map((piece) => piece.trim());
      const key = keys.find((candidate) => candidate === name);
      const chosen = words.find((candidate) => candidate === word);
      if (key === undefined || more.length > 0) problem(`does not begin with one of ${keys.join(', ')} and =`);
      else if (chosen === undefined) problem(`must have one of ${words.join(', ')} after the =`);
      else if (found.has(key)) problem('occurs twice');
      else found.set(key, chosen);
    }
    return Object.fromEntries(found) as Partial<Record<K, W>>;
  });
}
