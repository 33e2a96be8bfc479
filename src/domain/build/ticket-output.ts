import { parse } from 'yaml';

/** The address of a ticket's builder, as printed by the pool's cmd_new. */
export type TicketOutput = { readonly host: string; readonly name: string; readonly port: number | null };

/** A few lines are expected. The YAML parser takes all memory for a megabyte of brackets. */
const MAX_OUTPUT = 16 * 1024;

/**
 * Reads a ticket's output (docs/neighbours/resalloc.md#output): a first line of exactly `---` begins a YAML mapping
 * with `host`, `name` and perhaps `ssh_port`; otherwise the whole first line is the host. Null for anything that is not
 * a plain host name or address: the text comes from outside and ends up in commands and logs.
 */
export function parseTicketOutput(output: string): TicketOutput | null {
  if (output.length > MAX_OUTPUT) return null;
  const [first = ''] = output.split('\n', 1);
  if (first.trimEnd() !== '---') {
    const host = first.trim();
    return isHost(host) ? { host, name: host, port: null } : null;
  }
  let document: unknown;
  try {
    document = parse(output, { maxAliasCount: 0, logLevel: 'error' });
  } catch {
    return null;
  }
  if (typeof document !== 'object' || document === null) return null;
  const { host, name, ssh_port: port = null } = document as Record<string, unknown>;
  if (typeof host !== 'string' || !isHost(host)) return null;
  if (typeof name !== 'string' || !/^[\w.:@-]{1,200}$/.test(name)) return null;
  if (port === null) return { host, name, port };
  return Number.isInteger(port) && Number(port) > 0 && Number(port) < 65536 ? { host, name, port: Number(port) } : null;
}

/** A DNS name or an IPv4/IPv6 address; never something ssh could read as an option. */
function isHost(text: string): boolean {
  return /^[A-Za-z0-9]([A-Za-z0-9._-]{0,252})$/.test(text) || /^[0-9A-Fa-f:]{2,45}(%[A-Za-z0-9]{1,15})?$/.test(text);
}
