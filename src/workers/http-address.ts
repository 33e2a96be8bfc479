import type { HttpListen } from '../config/value-types.js';
import type { ListenAddress } from '../observing/http-server.js';
import type { Role } from '../domain/service/roles.js';

/** One process of each role fits on a host without configuration: their ports follow one another in this order. */
const OFFSET: Readonly<Record<Role, number>> = { poller: 0, all: 0, build: 1, storage: 2, action: 3 };

/**
 * The address at which a process of a role listens; null: none. `given` is from its command line and takes precedence.
 */
export function httpAddressOf(
  role: Role,
  configured: ListenAddress | null,
  given: HttpListen | undefined,
): ListenAddress | null {
  if (given !== undefined) return given.isOff ? null : given.at;
  return configured === null ? null : { ...configured, port: configured.port + OFFSET[role] };
}
