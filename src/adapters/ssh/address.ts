import { BuilderUnreachable } from '../../ports/build/builder-unreachable.js';
import type { BuilderAddress } from '../../ports/build/remote-shell.js';
import { hostText } from '../../domain/names/host-text.js';

/** Host and port as people write them. */
export function describeAddress(builder: Pick<BuilderAddress, 'host' | 'port'>): string {
  const host = hostText(builder.host);
  return builder.port === null ? host : `${host}:${builder.port}`;
}

/**
 * Refuses an address that is not a host name or IP literal: it comes from a pool's script
 * (docs/neighbours/resalloc.md#output) and becomes an argument of ssh, where the configuration may pass it to a shell
 * (`Match exec`, `ProxyCommand`).
 */
export function checkAddress(builder: Pick<BuilderAddress, 'host' | 'port'>): void {
  const host = /^[A-Za-z0-9_.:][A-Za-z0-9_.:%-]{0,254}$/.test(builder.host);
  const port = builder.port === null || (Number.isInteger(builder.port) && builder.port > 0 && builder.port < 65_536);
  if (host && port) return;
  const shown = JSON.stringify(`${builder.host}:${builder.port ?? ''}`).slice(0, 100);
  // This is not a network fault that may go away: the ticket has this address, and always will.
  throw new BuilderUnreachable(`${shown} is not the address of a builder`, { retryable: false });
}
