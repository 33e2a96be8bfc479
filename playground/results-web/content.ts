import { extname } from 'node:path';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.json': 'application/json',
  '.xml': 'application/xml',
  '.log': 'text/plain; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.spec': 'text/plain; charset=utf-8',
  '.cfg': 'text/plain; charset=utf-8',
  '.repo': 'text/plain; charset=utf-8',
  '.asc': 'text/plain; charset=utf-8',
  '.gpg': 'application/pgp-keys',
  '.rpm': 'application/x-rpm',
  '.gz': 'application/gzip',
  '.zst': 'application/zstd',
};

/** Headers that depend only on a file's name (docs/neighbours/storage.md#web-server). */
export function contentHeaders(name: string): Record<string, string> {
  const headers: Record<string, string> = { 'Content-Type': TYPES[extname(name)] ?? 'application/octet-stream' };
  if (name.endsWith('.log.gz')) {
    headers['Content-Type'] = 'text/plain; charset=utf-8';
    headers['Content-Encoding'] = 'gzip';
  }
  if (extname(name) === '' || name === 'success') headers['Content-Type'] = 'text/plain; charset=utf-8';
  if (name.startsWith('repomd.xml') || name.endsWith('.log')) headers['Cache-Control'] = 'no-cache';
  // Packages come from strangers: a browser must not mistake one kind of file for another.
  headers['X-Content-Type-Options'] = 'nosniff';
  return headers;
}

/** The requested part of a file; null: the whole; `unsatisfiable`: beyond its end. */
export function parseRange(
  header: string | undefined,
  size: number,
): { readonly start: number; readonly end: number } | 'unsatisfiable' | null {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (match === null || (match[1] === '' && match[2] === '')) return null;
  if (match[1] === '') {
    const length = Math.min(Number(match[2]), size);
    return length === 0 ? 'unsatisfiable' : { start: size - length, end: size - 1 };
  }
  const start = Number(match[1]);
  const end = match[2] === '' ? size - 1 : Math.min(Number(match[2]), size - 1);
  if (start >= size) return 'unsatisfiable';
  return end < start ? null : { start, end };
}
