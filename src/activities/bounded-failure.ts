import type { ApplicationFailure } from '@temporalio/common';
import { inspect } from 'node:util';
import { cutMiddle } from '../contracts/bounded-text.js';

/**
 * Bytes of all texts of a failure together. The server refuses a message of 4 MiB, and an attempt whose failure it
 * refuses looks like one that went silent: nobody reads why.
 */
export const MAX_FAILURE = 16 * 1024;
/** Causes that are handed over with a failure, and what each of them has, in bytes. */
const LEVELS = 4;
const MAX_MESSAGE = 2560;
const MAX_STACK = 1024;

type Level = { readonly message: string; readonly stack: string; readonly isError: boolean };

/**
 * The failure as it may go to the server: its messages and stacks, and those of its causes, have at most
 * `MAX_FAILURE` bytes. One that has less is left alone; of a longer one each text keeps its head and its tail.
 */
export function boundedFailure(failed: ApplicationFailure): ApplicationFailure {
  const levels = levelsOf(failed);
  const bytes = levels.reduce(
    (sum, { message, stack }) => sum + Buffer.byteLength(message) + Buffer.byteLength(stack),
    0,
  );
  // What is no error goes to the server as JSON of whatever size.
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

/** An error and its causes, from the outside in; a circle ends where a fifth would begin. */
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

/** What of the original's stack tells where it was made: its first lines are the message once more. */
function stackOf({ name }: Error, original: string): string {
  const frames = /\n {4}at [^]*$/.exec(original.slice(-64 * 1024))?.[0] ?? '';
  return `${name}${cutMiddle(frames, MAX_STACK)}`;
}
