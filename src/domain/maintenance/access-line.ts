import type { Access } from './hits.js';

/**
 * A line of lighttpd's (`accesslog.format` of Copr) or nginx's (`combined`) access log: client, host or `-`, user,
 * time, request, status, bytes, referer and agent (docs/neighbours/storage.md#hits).
 */
const LINE = /^\S+ \S+ \S+ \[([^\]]+)\] "GET (\S+) [^"]*" (\d{3}) (?:\d+|-) "(?:[^"\\]|\\.)*" "((?:[^"\\]|\\.)*)"/;
const TIME = /^(\d{2})\/([A-Z][a-z]{2})\/(\d{4}):(\d{2}):(\d{2}):(\d{2}) ([+-])(\d{2})(\d{2})$/;
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** The first line of a log of lighttpd. */
export const LIGHTTPD_START = '=== start:';

/** Any request in such a log; tells whether a file is an access log at all. */
export function isAccessLine(line: string): boolean {
  return /^\S+ \S+ \S+ \[[^\]]+\] "/.test(line);
}

/** The download in a line; null for any other line. */
export function parseAccessLine(line: string): Access | null {
  const [, time, url, status, agent] = LINE.exec(line) ?? [];
  if (time === undefined || url === undefined || agent === undefined) return null;
  const at = parseTime(time);
  return at === null ? null : { url, status: Number(status), agent, at };
}

/** Seconds since the epoch of `29/Nov/2026:22:05:00 +0000`. */
function parseTime(text: string): number | null {
  const [, day, month, year, hour, minute, second, sign, zoneHours, zoneMinutes] = TIME.exec(text) ?? [];
  const index = MONTHS.indexOf(month ?? '');
  if (index < 0) return null;
  const utc = Date.UTC(Number(year), index, Number(day), Number(hour), Number(minute), Number(second)) / 1000;
  const zone = (Number(zoneHours) * 60 + Number(zoneMinutes)) * 60;
  return sign === '-' ? utc + zone : utc - zone;
}
