import { createResalloc } from '../../adapters/resalloc-xmlrpc/builder-pool.js';
import { PortFailure } from '../../ports/port-failure.js';
import { failed, ok, type Check } from './check.js';
import type { ExaminedHost } from './examined-host.js';

const ABOUT = 'resalloc';
/** Ids begin with 1, so asking for this one reads the server's database and changes nothing. */
const NO_TICKET = 0;

/** Asks Resalloc for a ticket that does not exist. */
export function resallocCheck({ config, configFile, silenceMs }: ExaminedHost): Check {
  const { resallocConnection: url } = config;
  const remedy = `on Resalloc's host: systemctl status resalloc; the address is resalloc_connection in ${configFile}`;
  return {
    about: ABOUT,
    ifSilent: remedy,
    run: async () => {
      try {
        await createResalloc({ url, timeoutMs: silenceMs }).collect(NO_TICKET);
        return [ok(ABOUT, `${url} answers`)];
      } catch (error) {
        if (!(error instanceof PortFailure)) throw error;
        return [failed(ABOUT, `${url}: ${error.message}`, remedy)];
      }
    },
  };
}
