import type { WaitReason } from '../../contracts/build/build.js';
import { printError } from '../printing.js';

/** What a request waits for, beside the command's own output. */
export function printWait({ reason, detail }: WaitReason): void {
  printError(`waiting for ${reason} (${detail})`);
}
