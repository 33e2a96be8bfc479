import { openPulpStorage, type OpenPulpStorage } from '../../adapters/pulp-store/open-storage.js';
import type { Elsewhere } from '../../adapters/trash/elsewhere.js';
import type { Config } from '../../config/schema.js';
import { PortFailure } from '../../ports/port-failure.js';

/**
 * The content of deleted projects at Pulp. Its settings are read when the first entry needs them, so the others go
 * without. Rejects with `PulpUnconfigured` if there are none, and like PulpRepositories.
 */
export function deletedElsewhere(config: Config): Elsewhere & { readonly close: () => Promise<void> } {
  let opening: Promise<OpenPulpStorage> | undefined;
  async function atPulp(): Promise<Elsewhere> {
    const opened = await (opening ??= openPulpStorage(config));
    if (opened.is === 'configured') return opened.storage.elsewhere;
    throw new PortFailure('PulpUnconfigured', `its packages are in Pulp: ${opened.remedy}`);
  }
  return {
    clear: async (names, signal) => (await atPulp()).clear(names, signal),
    restore: async (content) => (await atPulp()).restore(content),
    remove: async (content, signal) => (await atPulp()).remove(content, signal),
    close: async () => {
      const opened = await opening?.catch(() => undefined); // its failure was thrown where it was opened
      if (opened?.is === 'configured') opened.close();
    },
  };
}
