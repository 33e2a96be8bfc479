import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse as parseToml, TomlError } from 'smol-toml';
import { z } from 'zod';
import { BusFile, FedoraMessagingToml, parseAmqpUrl, type BusSettings, type StompSettings } from './bus-settings.js';
import { parseAssignments } from './python-assignments.js';
import { PythonSyntax } from './python-syntax.js';

/** A bus file that cannot be used; the message names the file, the place in it and what is expected. */
export class BusFileError extends Error {
  override readonly name = 'BusFileError';
}

export type Buses = { readonly buses: readonly BusSettings[]; readonly warnings: readonly string[] };

/** A setting of the old backend without a meaning here: a message is retried until it is sent. */
const IGNORED = ['bus_publish_retries'];

/**
 * Reads every `*.conf` (Python assignments of literals, the form of the old backend) and `*.toml` (the same names as
 * TOML) of a directory. No directory: no buses. Throws BusFileError for the first file that cannot be used.
 */
export function readBuses(directory: string): Buses {
  const warnings: string[] = [];
  const buses = busFiles(directory).map((file) => readBus(file, (text) => warnings.push(`${file}: ${text}`)));
  const seen = new Set<string>();
  for (const { id } of buses) {
    if (seen.has(id))
      throw new BusFileError(`${directory}: two buses have the bus_id ${JSON.stringify(id)}; each needs its own`);
    seen.add(id);
  }
  return { buses, warnings };
}

function busFiles(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
      .filter((name) => /^[^.].*\.(?:conf|toml)$/.test(name))
      .sort()
      .map((name) => path.join(directory, name));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw new BusFileError(`${directory} cannot be listed: ${messageOf(error)}`, { cause: error });
  }
}

function readBus(file: string, warn: (text: string) => void): BusSettings {
  const text = readText(file);
  const found = file.endsWith('.toml') ? readToml(file, text) : readPython(file, text);
  const bus = check(BusFile, found, file);
  const id = bus.bus_id ?? path.basename(file, path.extname(file));
  if (bus.bus_type === 'stomp') {
    warnOfUnknown(found, ['bus_type', 'bus_id', 'hosts', 'host', 'port', 'auth', 'cacert', 'destination'], warn);
    warnOfUnknown(
      z.record(z.string(), z.unknown()).catch({}).parse(found['auth']),
      ['username', 'password', 'key_file', 'cert_file'],
      warn,
    );
    return stompSettings(file, id, bus);
  }
  const inline = Object.keys(FedoraMessagingToml.shape);
  warnOfUnknown(found, ['bus_type', 'bus_id', 'toml_config', ...inline], warn);
  const { toml_config: other } = bus;
  if (other === undefined && !inline.some((key) => key in found))
    throw new BusFileError(`${file}: toml_config is missing: the path of fedora-messaging's own configuration file`);
  return fedoraMessagingSettings(other ?? file, id, other === undefined ? found : readToml(other, readText(other)));
}

function fedoraMessagingSettings(file: string, id: string, found: Readonly<Record<string, unknown>>): BusSettings {
  const toml = check(FedoraMessagingToml, found, file);
  const { ca_cert: ca = null, certfile: certificate = null, keyfile: key = null } = toml.tls;
  try {
    return {
      type: 'fedora-messaging',
      id,
      amqp: parseAmqpUrl(toml.amqp_url, { ca, certificate, key }),
      topicPrefix: toml.topic_prefix.replace(/\.+$/, ''),
      exchange: toml.publish_exchange,
      priority: toml.publish_priority ?? null,
      clientProperties: Object.fromEntries(
        Object.entries(toml.client_properties).filter(
          (entry): entry is [string, string] => typeof entry[1] === 'string',
        ),
      ),
    };
  } catch (error) {
    throw new BusFileError(`${file}: ${messageOf(error)}`, { cause: error });
  }
}

function stompSettings(file: string, id: string, bus: Extract<BusFile, { bus_type: 'stomp' }>): StompSettings {
  const hosts = bus.hosts.map(([host, port]) => ({ host, port }));
  if (bus.host !== undefined) hosts.push({ host: bus.host, port: bus.port ?? 61_613 });
  if (hosts.length === 0) throw new BusFileError(`${file}: hosts is missing: a list like [('bus.example.com', 61613)]`);
  const { username, password, key_file: key = null, cert_file: certificate = null } = bus.auth ?? {};
  const ca = bus.cacert ?? null;
  return {
    type: 'stomp',
    id,
    hosts,
    login: username == null ? null : { user: username, password: password ?? '' },
    tls: ca === null && certificate === null && key === null ? null : { ca, certificate, key },
    // As with `not destination` in the old backend, an empty one counts as none.
    destination: bus.destination == null || bus.destination === '' ? '/default' : bus.destination,
  };
}

function readText(file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    throw new BusFileError(`${file} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

function readPython(file: string, text: string): Readonly<Record<string, unknown>> {
  try {
    return Object.fromEntries(parseAssignments(text));
  } catch (error) {
    if (!(error instanceof PythonSyntax)) throw error;
    throw new BusFileError(`${file}, ${error.message}`, { cause: error });
  }
}

function readToml(file: string, text: string): Readonly<Record<string, unknown>> {
  try {
    return parseToml(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // The rest of the message quotes the surrounding lines, which may contain a password.
    throw new BusFileError(`${file}, line ${error.line}: ${error.message.split('\n')[0] ?? ''}`);
  }
}

function check<T>(schema: z.ZodType<T>, found: unknown, file: string): T {
  const checked = schema.safeParse(found);
  if (checked.success) return checked.data;
  const issues = checked.error.issues.map(({ path: where, message }) => `${where.join('.') || 'the file'}: ${message}`);
  throw new BusFileError(`${file}: ${issues.join('; ')}`, { cause: checked.error });
}

function warnOfUnknown(
  found: Readonly<Record<string, unknown>>,
  known: readonly string[],
  warn: (text: string) => void,
): void {
  for (const key of Object.keys(found)) {
    if (!known.includes(key) && !IGNORED.includes(key))
      warn(`${key} is unknown and ignored; known are ${known.join(', ')}`);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
