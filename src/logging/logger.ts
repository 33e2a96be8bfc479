import {
  destination as toDestination,
  pino,
  stdTimeFunctions,
  type DestinationStream,
  type Logger as PinoLogger,
} from 'pino';
import { createMasker } from './secrets.js';

export type Logger = PinoLogger;

export type LoggerOptions = {
  /** Lowest level that is written. */
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  /** What writes: `worker all`, `status`. */
  readonly name: string;
  /** Default: standard error, which a service manager collects. A file is opened for appending. */
  readonly destination?: 'stderr' | { readonly file: string } | DestinationStream;
  /** Strings that must not appear in any line, such as the frontend's password. */
  readonly secrets?: readonly string[];
};

/**
 * JSON lines. Secrets are masked twice: fields by their name, and everything by the secrets' values. Written
 * synchronously: the last lines before a death are the ones that count.
 */
export function createLogger(options: LoggerOptions): Logger {
  const masker = createMasker(options.secrets ?? []);
  return pino(
    {
      level: options.level,
      name: options.name,
      timestamp: stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        log: (facts) => masker.value(facts) as Record<string, unknown>,
        bindings: (bindings) => masker.value(bindings) as Record<string, unknown>,
      },
      // Errors reach `formatters.log` whole and are described there, with their causes.
      serializers: { err: (given: unknown) => given },
      hooks: { streamWrite: (line) => masker.text(line) },
    },
    openDestination(options.destination ?? 'stderr'),
  );
}

function openDestination(destination: NonNullable<LoggerOptions['destination']>): DestinationStream {
  if (destination === 'stderr') return toDestination({ fd: 2, sync: true });
  if ('file' in destination) return toDestination({ dest: destination.file, sync: true, append: true, mkdir: true });
  return destination;
}
