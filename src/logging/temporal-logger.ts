import type { Logger as TemporalLogger, LogLevel, LogMetadata } from '@temporalio/worker';
import type { Logger } from './logger.js';

const METHODS = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

/** Each of our workers serves workflows or activities of one queue, never all kinds: no reason for a warning. */
const AS_INTENDED = /^No (workflows|activities|Nexus services) registered, not polling/;

/** Log lines of Temporal's SDK, of workflows and of activities, for `Runtime.install({ logger })`. */
export function createTemporalLogger(logger: Logger): TemporalLogger {
  const write = (level: LogLevel, message: string, metadata?: LogMetadata): void =>
    logger[isAsIntended(message, metadata) ? 'debug' : METHODS[level]](plainFields(metadata), message);
  return {
    log: write,
    trace: (message, metadata) => write('TRACE', message, metadata),
    debug: (message, metadata) => write('DEBUG', message, metadata),
    info: (message, metadata) => write('INFO', message, metadata),
    warn: (message, metadata) => write('WARN', message, metadata),
    error: (message, metadata) => write('ERROR', message, metadata),
  };
}

/**
 * Work that failed ends its workflow with an error without a stack (src/workflows/failed-end.ts), after its end was
 * logged with the report. The stack is all that tells it from a mistake: errors lose their type between threads.
 */
function isAsIntended(message: string, metadata: LogMetadata = {}): boolean {
  const { error } = metadata as { readonly error?: unknown };
  const isOutcome = message === 'Workflow failed' && error instanceof Error && !error.stack;
  return isOutcome || AS_INTENDED.test(message);
}

/** The SDK adds its time as a bigint, which JSON cannot represent, and uses `error` where pino uses `err`. */
function plainFields(metadata: LogMetadata = {}): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(metadata).map(([key, value]: [string, unknown]) => [
      key === 'error' ? 'err' : key,
      typeof value === 'bigint' ? value.toString() : value,
    ]),
  );
}
