import type { PortFailure } from '../../ports/port-failure.js';

/** A port whose every call is refused; `failure` makes the failure of a method's call. */
export function refusing<P extends object>(failure: (method: keyof P) => PortFailure): P {
  const refuse = (_: P, method: string | symbol) => (): Promise<never> => Promise.reject(failure(method as keyof P));
  return new Proxy<P>({} as P, { get: refuse });
}
