import { CommandError, EXIT_STATUS } from './exit-status.js';

/** Runs `work` with a signal that SIGINT or SIGTERM aborts, with a failure of the command as its reason. */
export async function withStopSignal<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const onSignal = (signal: NodeJS.Signals): void =>
    stop.abort(new CommandError(EXIT_STATUS.failed, `ended by ${signal}`));
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  try {
    return await work(stop.signal);
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}
