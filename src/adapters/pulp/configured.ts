import { existsSync } from 'node:fs';
import { pulpSettings, readPulpSettings, type PulpSettings, type PulpValues } from './settings.js';

/** The keys of the backend's own configuration about Pulp (docs/configuration.md); null: not set. */
export type PulpKeys = {
  readonly pulpBaseUrl: string | null;
  readonly pulpApiRoot: string | null;
  readonly pulpDomain: string | null;
  readonly pulpCert: string | null;
  readonly pulpKey: string | null;
  readonly pulpUsername: string | null;
  readonly pulpPassword: string | null;
  readonly pulpCaFile: string | null;
  /** The file of pulp-cli, which need not exist. */
  readonly pulpCliConfig: string;
};

/**
 * The Pulp of the configuration: its keys, and the file of pulp-cli for those that are not set. Null: nothing says
 * where Pulp is. Rejects with `ConfigurationInvalid`.
 */
export async function configuredPulp(keys: PulpKeys): Promise<PulpSettings | null> {
  const own = ownValues(keys);
  const file = keys.pulpCliConfig;
  if (existsSync(file)) return readPulpSettings(file, own);
  return own.base_url === undefined ? null : pulpSettings(own, 'the keys pulp_*');
}

/** The remedy where `configuredPulp` finds none. */
export function noPulpRemedy({ pulpCliConfig }: PulpKeys): string {
  return `set pulp_base_url and its like, or write ${pulpCliConfig}`;
}

function ownValues(keys: PulpKeys): Partial<PulpValues> {
  const all = {
    base_url: keys.pulpBaseUrl,
    api_root: keys.pulpApiRoot,
    domain: keys.pulpDomain,
    cert: keys.pulpCert,
    key: keys.pulpKey,
    username: keys.pulpUsername,
    password: keys.pulpPassword,
    verify_ssl: keys.pulpCaFile,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null));
}
