/** A line of our JSON log, read back: already masked. */
export type LogRecord = Readonly<Record<string, unknown>>;

/** One record of a log file for people. Its texts may contain anything; `entryLine` makes them harmless. */
export type LogEntry = {
  readonly at: Date;
  /** `INFO`, `WARNING`: the names of Python. */
  readonly level: string;
  readonly pid: string;
  readonly logger: string;
  /** Where it comes from: workflow, activity and attempt; in Python, file, function and line. */
  readonly place: readonly [string, string, string];
  readonly message: string;
  /** Indented lines that follow the message, such as a stack. */
  readonly more: readonly string[];
};

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
/** They are in the workflow id; without one they are worth showing. */
const NAMES_OF_WORK = new Set(['taskId', 'actionId', 'repository', 'project', 'attempt', 'taskQueue']);
const MAX_VALUE = 1000;

/** A record of our JSON log for people: its fields follow the message as `<key>=<value>`. */
export function entryOf(record: LogRecord): LogEntry {
  const error = describe(record['err']);
  const isGrave = record['level'] === 'error' || record['level'] === 'fatal';
  const fields = Object.entries(record).filter(
    ([key]) => !LEFT_OUT.has(key) || (record['workflowId'] === undefined && NAMES_OF_WORK.has(key)),
  );
  const words = [
    wordOf(record['msg'] ?? ''),
    ...fields.map(([key, value]) => `${plainText(key)}=${fieldText(value)}`),
    ...(error === null ? [] : [`err=${fieldText(error.text)}`]),
  ];
  return {
    at: new Date(String(record['time'])),
    level: LEVELS[String(record['level'])] ?? String(record['level']),
    pid: wordOf(record['pid']),
    logger: wordOf(record['name']),
    place: [wordOf(record['workflowId']), wordOf(record['activityType']), wordOf(record['attempt'])],
    message: words.join(' '),
    more: isGrave && error !== null ? error.stack.map(plainText) : [],
  };
}

/** Names and messages come from outside too: a line break in one must not start a new line. */
export function plainText(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (character) =>
    character === '\n' ? '\\n' : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

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
  return plainText(typeof value === 'string' && !/^[^\s"=]+$/.test(short) ? JSON.stringify(short) : short);
}

function wordOf(value: unknown): string {
  if (value === undefined || value === null) return '-';
  return plainText(typeof value === 'string' ? value : JSON.stringify(value));
}
