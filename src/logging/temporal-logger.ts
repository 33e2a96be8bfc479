import type { Logger as TemporalLogger, LogLevel, LogMetadata } from '@temporalio/worker';
import type { Logger } from './logger.js';

const METHODS = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

/** Each of our workers serves workflows or activities of one queue, never all kinds: no reason for a warning. */
const AS_INTENDED = /^No (workflows|activities|Nexus services) registered, not polling/;

/** Log lines of Temporal's SDK, of workflows and of activities, for `Runtime.install({ logger })`. */
export function createTemporalLogger(logger: Logger): TemporalLogger {
  const write = (level: LogLevel, message: string, metadata?: LogMetadata): void =>
    logger[AS_INTENDED.test(message) ? 'debug' : METHODS[level]](plainFields(metadata), message);
  return {
    log: write,
    trace: (message, metadata) => write('TRACE', message, metadata),
    debug: (message, metadata) => write('DEBUG', message, metadata),
    info: (message, metadata) => write('INFO', message, metadata),
    warn: (message, metadata) => write('WARN', message, metadata),
    error: (message, metadata) => write('ERROR', message, metadata),
  };
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
