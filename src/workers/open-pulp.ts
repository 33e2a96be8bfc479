import { existsSync } from 'node:fs';
import { createPulpClient, type PulpClient } from '../adapters/pulp/pulp-client.js';
import {
  pulpSettings,
  readPulpSettings,
  tlsOf,
  type PulpSettings,
  type PulpValues,
} from '../adapters/pulp/settings.js';
import { createPulpStorage, type PulpStorage } from '../adapters/pulp-store/package-store.js';
import { createPublishedMetadata } from '../adapters/pulp-store/published-metadata.js';
import { createRedirectFile } from '../adapters/pulp-store/redirect-file.js';
import type { Config } from '../config/schema.js';
import type { Logger } from '../logging/logger.js';
import { PortFailure } from '../ports/port-failure.js';
import { StartRefused } from './check-start.js';

/** The Pulp of the configuration; whether it answers is another matter. */
export type OpenPulp =
  | {
      readonly is: 'configured';
      readonly storage: PulpStorage;
      readonly close: () => void;
    }
  /** `remedy`: what is to be configured, for those who wait for it. */
  | { readonly is: 'unconfigured'; readonly remedy: string };

/**
 * Prepares the client, and logs whether Pulp answers and its version, without waiting for that. Throws StartRefused for
 * settings that cannot be used, such as a certificate that cannot be read.
 */
export async function openPulp({ config, log }: { readonly config: Config; readonly log: Logger }): Promise<OpenPulp> {
  try {
    const settings = await settingsOf(config);
    if (settings === null) return unconfigured(config);
    const { pulpContentUrl: contentUrl } = config;
    if (contentUrl === null)
      return { is: 'unconfigured', remedy: 'set pulp_content_url to the URL of its content, then restart the workers' };
    const client = await createPulpClient(settings);
    const published = createPublishedMetadata(contentUrl, await tlsOf(settings));
    void sayVersion(client, settings, log);
    const close = (): void => {
      client.close();
      published.close();
    };
    const redirects = createRedirectFile(config.pulpRedirectFile);
    const storage = createPulpStorage({ destdir: config.destdir, client, published, redirects });
    return { is: 'configured', storage, close };
  } catch (error) {
    if (!(error instanceof PortFailure)) throw error;
    throw new StartRefused(`the configuration of Pulp cannot be used: ${error.message}`, { cause: error });
  }
}

/** Null: nothing says where Pulp is. */
function settingsOf(config: Config): Promise<PulpSettings> | PulpSettings | null {
  const own = ownValues(config);
  const file = config.pulpCliConfig;
  if (existsSync(file)) return readPulpSettings(file, own);
  return own.base_url === undefined ? null : pulpSettings(own, 'the keys pulp_*');
}

function unconfigured({ pulpCliConfig }: Config): OpenPulp {
  const remedy = `no Pulp is configured: set pulp_base_url and its like, or write ${pulpCliConfig}, then restart the workers`;
  return { is: 'unconfigured', remedy };
}

/** The values that the backend's own configuration has. */
function ownValues(config: Config): Partial<PulpValues> {
  const all = {
    base_url: config.pulpBaseUrl,
    api_root: config.pulpApiRoot,
    domain: config.pulpDomain,
    cert: config.pulpCert,
    key: config.pulpKey,
    username: config.pulpUsername,
    password: config.pulpPassword,
    verify_ssl: config.pulpCaFile,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null));
}

async function sayVersion(client: PulpClient, { baseUrl: pulp }: PulpSettings, log: Logger): Promise<void> {
  try {
    log.info({ pulp, versions: await client.versions() }, 'Pulp answers');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    log.warn({ pulp, why }, 'Pulp does not answer; builds of its projects wait for it before they are published');
  }
}
