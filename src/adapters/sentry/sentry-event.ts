import { cutMiddle } from '../../contracts/bounded-text.js';
import { packageRoot } from '../process/package-root.js';

/** Levels of causes, frames of each, and bytes of a message: a report stays far below Sentry's limit of 1 MB. */
const LEVELS = 5;
const FRAMES = 50;
const MAX_MESSAGE = 2048;

/** The facts that are reported besides the error itself; no environment, configuration, input or request. */
export type EventFacts = {
  readonly id: string;
  readonly release: string;
  readonly host: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly tags: Readonly<Record<string, string>>;
};

type Frame = {
  readonly function: string;
  readonly filename: string;
  readonly lineno: number;
  readonly colno: number;
  readonly in_app: boolean;
};

type Exception = {
  readonly type: string;
  readonly value: string;
  readonly stacktrace?: { readonly frames: readonly Frame[] };
};

/**
 * The event of an error (docs/neighbours/sentry.md#envelopes): its chain of causes begins with the innermost. `masked`
 * takes the secrets out of messages before they are cut: part of a secret would not be recognized.
 */
export function sentryEvent(error: unknown, facts: EventFacts, masked: (text: string) => string): object {
  const values = exceptionsOf(error).map((one) => ({ ...one, value: cutMiddle(masked(one.value), MAX_MESSAGE) }));
  return {
    event_id: facts.id,
    timestamp: facts.at / 1000,
    platform: 'node',
    level: 'error',
    release: facts.release,
    server_name: facts.host,
    tags: facts.tags,
    exception: { values },
  };
}

/** The same for repetitions of a defect: type and place of its innermost error; numbers do not count. */
export function fingerprintOf(error: unknown): string {
  const [innermost] = exceptionsOf(error);
  const frame = innermost?.stacktrace?.frames.at(-1);
  const place = frame === undefined ? innermost?.value.replaceAll(/\d+/g, 'N') : `${frame.filename}:${frame.lineno}`;
  return `${innermost?.type ?? ''} ${place ?? ''}`;
}

function exceptionsOf(error: unknown): readonly Exception[] {
  const levels: Exception[] = [];
  let one = error;
  while (one !== undefined && one !== null && levels.length < LEVELS) {
    levels.push(exceptionOf(one));
    one = one instanceof Error ? one.cause : null;
  }
  return levels.reverse();
}

function exceptionOf(error: unknown): Exception {
  if (!(error instanceof Error)) return { type: 'Error', value: String(error) };
  const frames = framesOf(error.stack ?? '');
  return {
    type: error.name,
    value: error.message,
    ...(frames.length === 0 ? {} : { stacktrace: { frames } }),
  };
}

/** Sentry has the innermost call last. Paths begin at this package: where it is installed says nothing. */
function framesOf(stack: string): readonly Frame[] {
  const root = packageRoot();
  const lines = [...stack.matchAll(/^ {4}at (?:(.*) \()?(?:file:\/\/)?([^()\s]+):(\d+):(\d+)\)?$/gm)].slice(0, FRAMES);
  return lines
    .map(([, name = '<anonymous>', file = '', line, column]) => ({
      function: name,
      filename: file.startsWith(root) ? file.slice(root.length).replace(/^\//, '') : file,
      lineno: Number(line),
      colno: Number(column),
      in_app: file.startsWith(root) && !file.includes('/node_modules/'),
    }))
    .reverse();
}
