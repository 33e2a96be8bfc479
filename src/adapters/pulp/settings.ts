import { readFile } from 'node:fs/promises';
import { parse } from 'smol-toml';
import { z } from 'zod';
import { PortFailure } from '../../ports/port-failure.js';
import type { HttpTls } from '../http/request.js';

/** Who we are to Pulp: a certificate (paths of PEM files), or a name with its password. */
export type PulpIdentity =
  | { readonly kind: 'certificate'; readonly cert: string; readonly key: string }
  | { readonly kind: 'password'; readonly username: string; readonly password: string };

/** Where Pulp is, and how it is talked to. */
export type PulpSettings = {
  readonly baseUrl: string;
  /** Path of its API below the base URL: `/api/pulp/`. */
  readonly apiRoot: string;
  readonly domain: string;
  readonly identity: PulpIdentity;
  /** `system`: the system's authorities; a path: those of a PEM file; `none`: any server is believed. */
  readonly authorities:
    { readonly kind: 'system' } | { readonly kind: 'file'; readonly path: string } | { readonly kind: 'none' };
};

/** The fields of `[cli]` in pulp-cli's configuration; our own keys have the same names after `pulp_`. */
const PulpValues = z.object({
  base_url: z.url({ protocol: /^https?$/ }),
  api_root: z.string().default('/pulp/'),
  domain: z
    .string()
    .regex(/^[\w-]+$/)
    .default('default'),
  username: z.string().default(''),
  password: z.string().default(''),
  cert: z.string().default(''),
  key: z.string().default(''),
  /** A path is that of the authorities' file, as in pulp-cli. */
  verify_ssl: z.union([z.boolean(), z.string()]).default(true),
});
export type PulpValues = z.input<typeof PulpValues>;

const CliToml = z.object({ cli: z.record(z.string(), z.unknown()) });

/**
 * Settings from the file of pulp-cli (`~/.config/pulp/cli.toml`); `own` replaces single values. Rejects with
 * `ConfigurationInvalid`.
 */
export async function readPulpSettings(file: string, own: Partial<PulpValues> = {}): Promise<PulpSettings> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw invalid(`${file} cannot be read: ${messageOf(error)}`);
  });
  return pulpSettings({ ...cliTable(file, text), ...own }, file);
}

/** Settings from values; `from` names their place in messages. Throws `ConfigurationInvalid`. */
export function pulpSettings(values: unknown, from: string): PulpSettings {
  const read = PulpValues.safeParse(values);
  if (!read.success) throw invalid(`${from}: ${z.prettifyError(read.error)}`);
  const { base_url: baseUrl, api_root: apiRoot, domain, verify_ssl: verify } = read.data;
  const authorities =
    typeof verify === 'string'
      ? ({ kind: 'file', path: verify } as const)
      : ({ kind: verify ? 'system' : 'none' } as const);
  return { baseUrl, apiRoot, domain, authorities, identity: identityOf(read.data, from) };
}

/** A certificate counts before a password, as in the service's predecessor. */
function identityOf(values: z.output<typeof PulpValues>, from: string): PulpIdentity {
  const { cert, key, username, password } = values;
  if (cert !== '' && key !== '') return { kind: 'certificate', cert, key };
  if (username !== '') return { kind: 'password', username, password };
  throw invalid(`${from}: neither cert and key, nor username and password are set`);
}

/** The contents that the HTTP client needs. Rejects with `ConfigurationInvalid` for files that cannot be read. */
export async function tlsOf({ identity, authorities }: PulpSettings): Promise<HttpTls> {
  const read = (path: string): Promise<string> =>
    readFile(path, 'utf8').catch((error: unknown) => {
      throw invalid(`a certificate or key for Pulp cannot be read: ${messageOf(error)}`);
    });
  return {
    ...(identity.kind === 'certificate' ? { cert: await read(identity.cert), key: await read(identity.key) } : {}),
    ...(authorities.kind === 'file' ? { ca: await read(authorities.path) } : {}),
    ...(authorities.kind === 'none' ? { rejectUnauthorized: false } : {}),
  };
}

function cliTable(file: string, text: string): Readonly<Record<string, unknown>> {
  let content: unknown;
  try {
    content = parse(text);
  } catch (error) {
    throw invalid(`${file} is not TOML: ${messageOf(error)}`);
  }
  const read = CliToml.safeParse(content);
  if (!read.success) throw invalid(`${file} has no table [cli]`);
  return read.data.cli;
}

function invalid(message: string): PortFailure {
  return new PortFailure('ConfigurationInvalid', message);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
