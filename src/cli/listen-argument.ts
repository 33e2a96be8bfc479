import { InvalidArgumentError } from 'commander';
import { type HttpListen, listenAddress } from '../config/value-types.js';

/** Reads HOST:PORT, or `off`. Throws commander's error for anything else. */
export function parseListen(text: string): HttpListen {
  if (text === 'off') return { isOff: true };
  const parsed = listenAddress.safeParse(text);
  if (parsed.success) return { isOff: false, at: parsed.data };
  throw new InvalidArgumentError(`${parsed.error.issues[0]?.message ?? 'it is wrong'}, or off`);
}
