import type { HttpListen } from '../config/value-types.js';
import type { ListenAddress } from '../observing/http-server.js';
import { httpPortOf, type Role } from '../domain/service/roles.js';

/**
 * The address at which a process of a role listens; null: none. `given` is from its command line and takes precedence.
 */
export function httpAddressOf(
  role: Role,
  configured: ListenAddress | null,
  given: HttpListen | undefined,
): ListenAddress | null {
  if (given !== undefined) return given.isOff ? null : given.at;
  return configured === null ? null : { ...configured, port: httpPortOf(role, configured.port) };
}
