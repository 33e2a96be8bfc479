import type { PortFailure } from '../../ports/port-failure.js';

/** A port whose every call is refused with the same failure. */
export function refusing<P extends object>(failure: () => PortFailure): P {
  const refuse = (): Promise<never> => Promise.reject(failure());
  return new Proxy<P>({} as P, { get: () => refuse });
}
