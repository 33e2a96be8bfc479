import type { ApplicationFailure } from '@temporalio/common';
import { inspect } from 'node:util';
import { cutMiddle } from '../contracts/bounded-text.js';

/**
 * Maximum size of all texts of a failure together, in bytes. The server refuses a message of 4 MiB, and an attempt
 * whose failure it refuses looks as if it had gone silent: nobody sees the reason.
 */
export const MAX_FAILURE = 16 * 1024;
/** Number of causes sent with a failure, and the maximum size of each, in bytes. */
const LEVELS = 4;
const MAX_MESSAGE = 2560;
const MAX_STACK = 1024;

type Level = { readonly message: string; readonly stack: string; readonly isError: boolean };

/**
 * Limits a failure for the server: its messages and stacks, and those of its causes, have at most `MAX_FAILURE` bytes.
 * A smaller failure is unchanged; in a larger one each text keeps its beginning and its end.
 */
export function boundedFailure(failed: ApplicationFailure): ApplicationFailure {
  const levels = levelsOf(failed);
  const bytes = levels.reduce(
    (sum, { message, stack }) => sum + Buffer.byteLength(message) + Buffer.byteLength(stack),
    0,
  );
  // A cause that is not an error goes to the server as JSON of any size.
  const isWhole = levels.length <= LEVELS && levels.every(({ isError }) => isError);
  if (bytes <= MAX_FAILURE && isWhole) return failed;
  const causes = levels.slice(1, LEVELS);
  const cause = causes.reduceRight<Error | undefined>((inner, level) => {
    const error = new Error(cutMiddle(level.message, MAX_MESSAGE), inner === undefined ? {} : { cause: inner });
    return Object.assign(error, { stack: stackOf(error, level.stack) });
  }, undefined);
  const message = cutMiddle(failed.message, MAX_MESSAGE);
  const stack = stackOf(failed, failed.stack ?? '');
  return Object.assign(failed, { message, stack, ...(cause === undefined ? {} : { cause }) });
}

/** An error and its causes, from the outside in; a circle ends before the fifth. */
function levelsOf(error: unknown): readonly Level[] {
  const levels: Level[] = [];
  for (let one = error; one != null && levels.length <= LEVELS;) {
    if (one instanceof Error) levels.push({ message: one.message, stack: one.stack ?? '', isError: true });
    else levels.push({ message: textOf(one), stack: '', isError: false });
    one = one instanceof Error ? one.cause : null;
  }
  return levels;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : inspect(value, { depth: 1, maxStringLength: MAX_MESSAGE });
}

/** The part of the original's stack that says where it was made: its first lines repeat the message. */
function stackOf({ name }: Error, original: string): string {
  const frames = /\n {4}at [^]*$/.exec(original.slice(-64 * 1024))?.[0] ?? '';
  return `${name}${cutMiddle(frames, MAX_STACK)}`;
}
