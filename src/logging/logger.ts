import {
  destination as toDestination,
  pino,
  stdTimeFunctions,
  type DestinationStream,
  type Logger as PinoLogger,
} from 'pino';
import { currentLogFields } from './log-context.js';
import type { LogRecord } from './log-entry.js';
import { createMasker, type Masker } from './secrets.js';

export type Logger = PinoLogger;

/** Takes a copy of each line, for people. Never throws and never waits. */
export type LogCopy = (record: LogRecord) => void;

/** Makes a copy for a logger; `local` is the same logger without the copy, to say what is wrong with it. */
export type LogCopyFor = (local: Logger) => LogCopy;

export type LoggerOptions = {
  /** Lowest level that is written. */
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  /** The writer: `worker all`, `status`. */
  readonly name: string;
  /** Default: standard error, which a service manager collects. A file is opened for appending. */
  readonly destination?: 'stderr' | { readonly file: string } | DestinationStream;
  /** A copy of the lines for people, in the files that they know. */
  readonly copy?: LogCopyFor;
  /** Strings that must not appear in any line, such as the frontend's password. */
  readonly secrets?: readonly string[];
};

/** Amount that standard error buffers while its disk is full; anything more is lost. */
const HELD_BACK = 1024 * 1024;

/**
 * JSON lines. Secrets are masked twice: fields by their name, and all text by the secrets' values. Written
 * synchronously, because the last lines before a crash matter most. A log that cannot be written does not make work
 * fail.
 */
export function createLogger(options: LoggerOptions): Logger {
  const masker = createMasker(options.secrets ?? []);
  const destination = openDestination(options.destination ?? 'stderr');
  const logger = createPino(options, masker, destination);
  if (options.copy === undefined) return logger;
  const copy = options.copy(logger);
  return createPino(options, masker, {
    write: (line) => {
      destination.write(line);
      copy(JSON.parse(line) as LogRecord);
    },
  });
}

function createPino({ level, name }: LoggerOptions, masker: Masker, destination: DestinationStream): Logger {
  return pino(
    {
      level,
      name,
      timestamp: stdTimeFunctions.isoTime,
      mixin: currentLogFields,
      formatters: {
        level: (label) => ({ level: label }),
        log: (facts) => masker.value(facts) as Record<string, unknown>,
        bindings: (bindings) => masker.value(bindings) as Record<string, unknown>,
      },
      // Errors reach `formatters.log` unchanged and are described there, with their causes.
      serializers: { err: (given: unknown) => given },
      hooks: { streamWrite: (line) => maskedLine(line, masker) },
    },
    destination,
  );
}

/** Fields that the logger itself writes: no secret is in them, and readers need them whole. */
const OWN_FIELDS = new Set(['level', 'time', 'pid']);

/** Masks names and values, and not the line: it must stay JSON, whatever a secret looks like (`1234`, `true`). */
function maskedLine(line: string, masker: Masker): string {
  if (masker.text(line) === line) return line;
  const fields = Object.entries(JSON.parse(line) as LogRecord).map(([key, value]) =>
    OWN_FIELDS.has(key) ? [key, value] : [key === 'msg' ? key : masker.text(key), maskedJson(value, masker)],
  );
  return `${JSON.stringify(Object.fromEntries(fields))}\n`;
}

function maskedJson(value: unknown, masker: Masker): unknown {
  if (Array.isArray(value)) return value.map((one) => maskedJson(one, masker));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [masker.text(key), maskedJson(one, masker)]));
  const text = String(value);
  const masked = masker.text(text);
  return masked === text ? value : masked;
}

function openDestination(destination: NonNullable<LoggerOptions['destination']>): DestinationStream {
  if (typeof destination === 'object' && !('file' in destination)) return destination;
  const where = destination === 'stderr' ? { fd: 2 } : { dest: destination.file, append: true, mkdir: true };
  const stream = toDestination({ ...where, sync: true, maxLength: HELD_BACK });
  // A full disk: buffered lines are written once there is space again.
  stream.on('error', () => undefined);
  return stream;
}
