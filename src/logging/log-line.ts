import { entryOf, plainText, type LogEntry, type LogRecord } from './log-entry.js';

/**
 * A record as operators know it from the Python service:
 * `[<time>][<level>][PID:<pid>][<logger>][<workflow id>:<activity>:<attempt>] <message> <key>=<value> …`. Where Python
 * has file, function and line, this names the work. Errors bring their stack in indented lines, like Python's.
 */
export function logLine(record: LogRecord): string {
  return entryLine(entryOf(record));
}

/** An entry as lines of a file. Only its first one begins with a bracket, whatever its texts contain. */
export function entryLine({ at, level, pid, logger, place, message, more }: LogEntry): string {
  const head = [localTime(at), level.padStart(6), `PID:${pid}`, logger.padStart(10), place.join(':')];
  const first = `${head.map((part) => `[${plainText(part)}]`).join('')} ${plainText(message)}\n`;
  return first + more.map((line) => `    ${plainText(line)}\n`).join('');
}

/** `2026-01-31 23:59:59,123` in the host's time zone. */
export function localTime(time: Date): string {
  const two = (number: number, width = 2): string => String(number).padStart(width, '0');
  const date = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
  return `${date} ${clock},${two(time.getMilliseconds(), 3)}`;
}
