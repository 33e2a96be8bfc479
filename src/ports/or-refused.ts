import { PortFailure } from './port-failure.js';

/** Resolves with null if a port refused the work, after `refused` got its line; any other error is a defect. */
export async function orRefused<T>(work: Promise<T>, refused: (line: string) => void): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof PortFailure)) throw error;
    refused(error.message);
    return null;
  }
}
