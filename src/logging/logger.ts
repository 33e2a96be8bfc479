import {
  destination as toDestination,
  pino,
  stdTimeFunctions,
  type DestinationStream,
  type Logger as PinoLogger,
} from 'pino';
import { currentLogFields } from './log-context.js';
import { createLogFiles } from './log-files.js';
import { createMasker, type Masker } from './secrets.js';

export type Logger = PinoLogger;

export type LoggerOptions = {
  /** Lowest level that is written. */
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  /** The writer: `worker all`, `status`. */
  readonly name: string;
  /** Default: standard error, which a service manager collects. A file is opened for appending. */
  readonly destination?: 'stderr' | { readonly file: string } | DestinationStream;
  /** `log_dir`: where a copy of the lines for people goes, in the files that they know. */
  readonly logDir?: string;
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
  if (options.logDir === undefined) return logger;
  const files = createLogFiles({
    directory: options.logDir,
    onBroken: (file, err) =>
      logger.warn({ file, err }, 'log files cannot be written; until they can, lines go to standard error only'),
    onMended: () => logger.info('log files can be written again'),
  });
  return createPino(options, masker, {
    write: (line) => {
      destination.write(line);
      files.write(line);
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
      hooks: { streamWrite: (line) => masker.text(line) },
    },
    destination,
  );
}

function openDestination(destination: NonNullable<LoggerOptions['destination']>): DestinationStream {
  if (typeof destination === 'object' && !('file' in destination)) return destination;
  const where = destination === 'stderr' ? { fd: 2 } : { dest: destination.file, append: true, mkdir: true };
  const stream = toDestination({ ...where, sync: true, maxLength: HELD_BACK });
  // A full disk: buffered lines are written once there is space again.
  stream.on('error', () => undefined);
  return stream;
}
