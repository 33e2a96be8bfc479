/** A line of our JSON log, read back: already masked. */
export type LogRecord = Readonly<Record<string, unknown>>;

const LEVELS: Readonly<Record<string, string>> = {
  trace: 'DEBUG',
  debug: 'DEBUG',
  info: 'INFO',
  warn: 'WARNING',
  error: 'ERROR',
  fatal: 'CRITICAL',
};
/** Already in the line's head, or of no use to people. */
const LEFT_OUT = new Set([
  ...['level', 'time', 'pid', 'hostname', 'name', 'msg', 'err', 'workflowId', 'activityType', 'attempt'],
  ...[
    'taskToken',
    'taskId',
    'actionId',
    'repository',
    'project',
    'sdkComponent',
    'taskQueue',
    'namespace',
    'workflowType',
    'runId',
  ],
  ...['workflowRunId', 'activityId', 'activityRunId', 'isLocal', 'timestampNanos', 'startTime'],
]);
const MAX_VALUE = 1000;

/**
 * A record as operators know it from the Python service:
 * `[<time>][<level>][PID:<pid>][<logger>][<workflow id>:<activity>:<attempt>] <message> <key>=<value> …`. Where Python
 * has file, function and line, this names the work. Errors bring their stack in indented lines, like Python's.
 */
export function logLine(record: LogRecord): string {
  const head = [
    localTime(String(record['time'])),
    (LEVELS[String(record['level'])] ?? String(record['level'])).padStart(6),
    `PID:${plain(record['pid'])}`,
    plain(record['name']).padStart(10),
    [record['workflowId'], record['activityType'], record['attempt']].map(plain).join(':'),
  ];
  const error = describe(record['err']);
  const isGrave = record['level'] === 'error' || record['level'] === 'fatal';
  const words = [
    plain(record['msg'] ?? ''),
    ...Object.entries(record)
      .filter(([key]) => !LEFT_OUT.has(key) || (record['workflowId'] === undefined && NAMES_OF_WORK.has(key)))
      .map(([key, value]) => `${plain(key)}=${fieldText(value)}`),
    ...(error === null ? [] : [`err=${fieldText(error.text)}`]),
  ];
  const stack = isGrave && error !== null ? error.stack.map((line) => `    ${plain(line)}\n`).join('') : '';
  return `${head.map((part) => `[${part}]`).join('')} ${words.join(' ')}\n${stack}`;
}

/** They are in the workflow id; without one they are worth showing. */
const NAMES_OF_WORK = new Set(['taskId', 'actionId', 'repository', 'project', 'attempt', 'taskQueue']);

type Described = { readonly text: string; readonly stack: readonly string[] };

function describe(error: unknown, depth = 0): Described | null {
  if (typeof error !== 'object' || error === null || depth > 8) return null;
  const { type, message, stack, cause } = error as LogRecord;
  const inner = describe(cause, depth + 1);
  const own = typeof stack === 'string' ? stack.split('\n') : [];
  return {
    text: `${String(type)}: ${String(message)}${inner === null ? '' : `, caused by ${inner.text}`}`,
    stack: inner === null ? own : [...own, 'caused by', ...inner.stack],
  };
}

function fieldText(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const short = text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}…` : text;
  return typeof value === 'string' && !/^[^\s"=]+$/.test(short) ? plain(JSON.stringify(short)) : plain(short);
}

/** Names and messages come from outside too: a line break in one must not start a new line. */
function plain(value: unknown): string {
  if (value === undefined || value === null) return '-';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  // eslint-disable-next-line no-control-regex
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (character) =>
    character === '\n' ? '\\n' : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** `2026-01-31 23:59:59,123` in the host's time zone. */
export function localTime(iso: string): string {
  const time = new Date(iso);
  const two = (number: number, width = 2): string => String(number).padStart(width, '0');
  const date = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
  return `${date} ${clock},${two(time.getMilliseconds(), 3)}`;
}
