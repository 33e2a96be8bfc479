import { configuredPulp, noPulpRemedy, type PulpKeys } from '../pulp/configured.js';
import { createPulpClient, type PulpClient } from '../pulp/pulp-client.js';
import { tlsOf } from '../pulp/settings.js';
import { createPulpStorage, type PulpStorage } from './package-store.js';
import { createPublishedMetadata } from './published-metadata.js';
import { createRedirectFile } from './redirect-file.js';

/** The Pulp of a configuration; whether it answers is another matter. */
export type OpenPulpStorage =
  | {
      readonly is: 'configured';
      readonly baseUrl: string;
      readonly client: PulpClient;
      readonly storage: PulpStorage;
      readonly close: () => void;
    }
  /** `remedy`: what is to be configured. */
  | { readonly is: 'unconfigured'; readonly remedy: string };

/**
 * Prepares the storage of projects at Pulp; asks Pulp nothing. Rejects with `ConfigurationInvalid` for settings that
 * cannot be used, such as a certificate that cannot be read.
 */
export async function openPulpStorage(
  config: PulpKeys & {
    readonly destdir: string;
    readonly pulpContentUrl: string | null;
    readonly pulpRedirectFile: string;
  },
): Promise<OpenPulpStorage> {
  const settings = await configuredPulp(config);
  if (settings === null) return { is: 'unconfigured', remedy: `no Pulp is configured: ${noPulpRemedy(config)}` };
  const { destdir, pulpContentUrl: contentUrl } = config;
  if (contentUrl === null) return { is: 'unconfigured', remedy: 'set pulp_content_url to the URL of its content' };
  const client = await createPulpClient(settings);
  const published = createPublishedMetadata(contentUrl, await tlsOf(settings));
  const redirects = createRedirectFile(config.pulpRedirectFile);
  return {
    ...{ is: 'configured', baseUrl: settings.baseUrl, client },
    storage: createPulpStorage({ destdir, client, published, redirects }),
    close: () => {
      client.close();
      published.close();
    },
  };
}
