import type { Access } from './hits.js';

/** A log of CloudFront (W3C extended), or why it is not one of ours. */
export type ContentNetworkLog =
  | { readonly is: 'ours'; readonly accesses: readonly Access[] }
  /** Of another installation that logs into the same place. */
  | { readonly is: 'foreign'; readonly host: string }
  | { readonly is: 'unreadable'; readonly why: string };

const FIELDS = ['date', 'time', 'cs-uri-stem', 'sc-status', 'cs(User-Agent)', 'x-host-header'] as const;

/** Reads a whole log; one line for a host that is not among `hosts` makes all of it foreign. */
export function parseContentNetworkLog(text: string, hosts: ReadonlySet<string>): ContentNetworkLog {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const columns = lines[1]?.startsWith('#Fields:') === true ? lines[1].trim().split(/\s+/).slice(1) : [];
  if (lines[0]?.startsWith('#Version:') !== true || columns.length === 0)
    return { is: 'unreadable', why: 'its first two lines are not #Version: and #Fields:' };
  const missing = FIELDS.filter((field) => !columns.includes(field));
  if (missing.length > 0) return { is: 'unreadable', why: `it has no ${missing.join(', ')}` };
  const accesses: Access[] = [];
  for (const line of lines.slice(2)) {
    const words = line.trim().split(/\s+/);
    const of = (field: (typeof FIELDS)[number]): string => words[columns.indexOf(field)] ?? '';
    if (!hosts.has(of('x-host-header'))) return { is: 'foreign', host: of('x-host-header') };
    const at = Date.parse(`${of('date')}T${of('time')}Z`) / 1000;
    if (Number.isNaN(at)) return { is: 'unreadable', why: `a line has the time ${of('date')} ${of('time')}` };
    accesses.push({ url: of('cs-uri-stem'), status: Number(of('sc-status')), agent: of('cs(User-Agent)'), at });
  }
  return { is: 'ours', accesses };
}
