import type { WaitReason } from '../../contracts/build/build.js';
import { printError } from '../printing.js';

/** Prints what a request waits for, separately from the command's own output. */
export function printWait({ reason, detail }: WaitReason): void {
  printError(`waiting for ${reason} (${detail})`);
}
