import { PortFailure } from '../ports/port-failure.js';
import type { Metrics } from './metrics.js';

/** Called when a call begins; the returned function is called when it ends, with the error or null. */
export type CallWatch = (call: string) => (error: unknown) => void;

/** The same port with measured calls: duration and outcome. */
export function measureCalls<P extends object>(
  port: P,
  system: string,
  metrics: Pick<Metrics, 'callSeconds'>,
  watch: CallWatch = () => () => undefined,
): P {
  const entries = Object.entries(port).map(([call, run]) => {
    const original = run as (...args: readonly unknown[]) => Promise<unknown>;
    const measured = async (...args: readonly unknown[]): Promise<unknown> => {
      const began = performance.now();
      const ended = watch(call);
      const note = (result: string): void =>
        metrics.callSeconds.observe({ system, call, result }, (performance.now() - began) / 1000);
      try {
        const answer = await original(...args);
        note('ok');
        ended(null);
        return answer;
      } catch (error) {
        note(resultOf(error));
        ended(error);
        throw error;
      }
    };
    return [call, measured] as const;
  });
  return Object.fromEntries(entries) as P;
}

function resultOf(error: unknown): string {
  if (error instanceof PortFailure) return error.code;
  return error instanceof Error && error.name === 'AbortError' ? 'aborted' : 'error';
}
