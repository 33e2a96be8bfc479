import type { PulpClient } from '../adapters/pulp/pulp-client.js';
import { openPulpStorage } from '../adapters/pulp-store/open-storage.js';
import type { PulpStorage } from '../adapters/pulp-store/package-store.js';
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
    const opened = await openPulpStorage(config);
    if (opened.is === 'unconfigured') return { ...opened, remedy: `${opened.remedy}, then restart the workers` };
    void sayVersion(opened.client, opened.baseUrl, log);
    return opened;
  } catch (error) {
    if (!(error instanceof PortFailure)) throw error;
    throw new StartRefused(`the configuration of Pulp cannot be used: ${error.message}`, { cause: error });
  }
}

async function sayVersion(client: PulpClient, pulp: string, log: Logger): Promise<void> {
  try {
    log.info({ pulp, versions: await client.versions() }, 'Pulp answers');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    log.warn({ pulp, why }, 'Pulp does not answer; builds of its projects wait for it before they are published');
  }
}
