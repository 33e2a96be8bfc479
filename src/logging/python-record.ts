import { z } from 'zod';
import { cutToFit } from '../contracts/bounded-text.js';
import type { LogEntry } from './log-entry.js';

/** Bytes of a message, and lines and bytes of what follows it: more of a record is cut. */
const MAX_MESSAGE = 64 * 1024;
const MAX_LINES = 500;
const MAX_LINE = 2000;
const MAX_NAME = 200;

const LEVEL_NUMBERS: Readonly<Record<string, number>> = { DEBUG: 10, INFO: 20, WARNING: 30, ERROR: 40, CRITICAL: 50 };

/** Python's number of a level of ours; lower numbers are not written. */
export function pythonLevel(level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal'): number {
  return { trace: 0, debug: 10, info: 20, warn: 30, error: 40, fatal: 50 }[level];
}

const name = z.union([z.string(), z.number()]).nullish();
const lines = z.string().nullish();

const schema = z.object({
  who: z.string().regex(/^[A-Za-z0-9_-]{1,50}$/, 'must be the name of a log file'),
  levelno: z.number(),
  levelname: z.string().max(MAX_NAME),
  name,
  // `logging` takes any object for a message.
  msg: z.unknown(),
  args: z.unknown(),
  created: z.number().min(0).max(253_402_300_799),
  msecs: z.number().min(0).max(1000).nullish(),
  process: name,
  filename: name,
  funcName: name,
  lineno: name,
  exc_text: lines,
  stack_info: lines,
});

/** A record that came through Redis: `who` names its file, `levelNumber` is Python's. */
export type ReceivedRecord = { readonly who: string; readonly levelNumber: number; readonly entry: LogEntry };

/** A record in the form that the log daemon of the Python service reads (docs/neighbours/redis-log.md#records). */
export function pythonRecord(who: string, entry: LogEntry): string {
  const [filename, funcName, line] = entry.place;
  const at = entry.at.getTime();
  return JSON.stringify({
    who,
    name: entry.logger,
    levelno: LEVEL_NUMBERS[entry.level] ?? 0,
    levelname: entry.level,
    msg: cutToFit(entry.message, MAX_MESSAGE),
    args: [],
    created: at / 1000,
    msecs: at % 1000,
    process: asNumber(entry.pid),
    ...{ filename, funcName, lineno: asNumber(line) },
    exc_info: null,
    exc_text: entry.more.length === 0 ? null : bounded(entry.more).join('\n'),
  });
}

/** The format of the old daemon may insist on numbers; 0 stands for none. */
function asNumber(text: string): number {
  return /^\d{1,9}$/.test(text) ? Number(text) : 0;
}

/** Reads a record of any sender, in whole or cut; or says in one line why it cannot. */
export function readPythonRecord(
  text: string,
): { readonly ok: true; readonly record: ReceivedRecord } | { readonly ok: false; readonly why: string } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { ok: false, why: 'it is not JSON' };
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return { ok: true, record: receivedOf(parsed.data) };
  const [issue] = parsed.error.issues;
  return { ok: false, why: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'it is wrong'}` };
}

function receivedOf(data: z.output<typeof schema>): ReceivedRecord {
  const message = cutToFit(messageOf(data), MAX_MESSAGE).split('\n');
  const more = [...message.slice(1), ...linesOf(data.exc_text), ...linesOf(data.stack_info)];
  const milliseconds = data.msecs ?? (data.created % 1) * 1000;
  return {
    who: data.who,
    levelNumber: data.levelno,
    entry: {
      at: new Date(Math.floor(data.created) * 1000 + Math.min(999, Math.trunc(milliseconds))),
      level: data.levelname,
      pid: nameOf(data.process),
      logger: nameOf(data.name),
      place: [nameOf(data.filename), nameOf(data.funcName), nameOf(data.lineno === 0 ? null : data.lineno)],
      message: message[0] ?? '',
      more: bounded(more),
    },
  };
}

/** A sender that did not put the arguments into its message shows them beside it. */
function messageOf({ msg, args }: { readonly msg?: unknown; readonly args?: unknown }): string {
  const text = typeof msg === 'string' ? msg : msg === undefined ? '' : JSON.stringify(msg);
  const isExpanded = args === undefined || args === null || (Array.isArray(args) && args.length === 0);
  return isExpanded ? text : `${text} args=${JSON.stringify(args)}`;
}

function linesOf(text: string | null | undefined): readonly string[] {
  return text === undefined || text === null || text === '' ? [] : text.replace(/\n$/, '').split('\n');
}

function bounded(more: readonly string[]): readonly string[] {
  const isCut = more.length > MAX_LINES;
  const kept = more.slice(0, isCut ? MAX_LINES - 1 : MAX_LINES).map((line) => cutToFit(line, MAX_LINE));
  return isCut ? [...kept, `… ${more.length - kept.length} more lines`] : kept;
}

function nameOf(value: string | number | null | undefined): string {
  return value === undefined || value === null ? '-' : cutToFit(String(value), MAX_NAME);
}
