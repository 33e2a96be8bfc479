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
    const flaw = flawOfName(name);
    if (flaw !== null) throw invalid(`${shown(name)} ${flaw}`);
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

/** Why a relative name is not allowed, or null. rsync prints an unprintable character as `\#012`. */
export function flawOfName(name: string): string | null {
  if (/\\#\d{3}/.test(name) || /[\p{Cc}\ufffd]/u.test(name)) return 'has characters that do not print';
  if (name.startsWith('/')) return 'is absolute';
  if (name.split('/').includes('..')) return 'leads upwards';
  return null;
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

function shown(text: string): string {
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
}
