import { PortFailure } from '../../ports/port-failure.js';

/** A build leaves hundreds of files; this many are a mistake or an attack. */
export const MAX_ENTRIES = 100_000;

export type Listing = { readonly files: ReadonlySet<string>; readonly bytes: number };

/**
 * Reads `rsync -r --list-only --no-human-readable`: `<mode> <size> <date> <time> <name>`, the size is the apparent one.
 * Rejects with PortFailure `ResultsInvalid` (forbidden entries) or `ResultsTooLarge`.
 */
export function readListing(output: string, maxBytes: number): Listing {
  const files = new Set<string>();
  let biggest = { name: '', size: 0 };
  let bytes = 0;
  let entries = 0;
  for (const line of output.split('\n')) {
    if (line === '') continue;
    entries += 1;
    if (entries > MAX_ENTRIES) throw invalid(`more than ${MAX_ENTRIES} entries`);
    const match = /^([a-z-])[A-Za-z-]{9}[+.@]? +(\d+) \d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d (.+)$/.exec(line);
    const [, type, digits, name] = match ?? [];
    if (type === undefined || digits === undefined || name === undefined)
      throw invalid(`unreadable entry ${shown(line)}`);
    refuseFlawed(name);
    if (type === '-') {
      const size = Number(digits);
      files.add(name);
      bytes += size;
      if (size > biggest.size) biggest = { name, size };
    } else if (type !== 'd' && type !== 'l') throw invalid(`${shown(name)} is neither a file, a directory nor a link`);
  }
  if (bytes > maxBytes) throw tooLarge({ bytes, maxBytes, biggest });
  return { files, bytes };
}

/** Throws for a relative name that is not allowed. rsync prints an unprintable character as `\#012`. */
export function refuseFlawed(name: string): void {
  if (/\\#\d{3}/.test(name) || /[\p{Cc}\ufffd]/u.test(name))
    throw invalid(`${shown(name)} has characters that do not print`);
  if (name.startsWith('/')) throw invalid(`${shown(name)} is absolute`);
  if (name.split('/').includes('..')) throw invalid(`${shown(name)} leads upwards`);
}

export function invalid(why: string): PortFailure {
  return new PortFailure('ResultsInvalid', `the builder's results may not come along: ${why}`);
}

export function tooLarge(facts: {
  readonly bytes: number;
  readonly maxBytes: number;
  readonly biggest: { readonly name: string; readonly size: number };
}): PortFailure {
  const { bytes, maxBytes, biggest } = facts;
  const message = `the results are ${bytes} bytes, more than the ${maxBytes} allowed; the biggest is ${shown(biggest.name)} with ${biggest.size}`;
  return new PortFailure('ResultsTooLarge', message);
}

/** A name from outside, for a message. */
export function shown(text: string): string {
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
}
