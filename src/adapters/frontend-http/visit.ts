import { createHttpClient, type HttpClient } from '../http/request.js';
import { packageVersion } from '../process/package-version.js';
import { PortFailure } from '../../ports/port-failure.js';
import { createExchange, missing } from './exchange.js';

/** Calls that change nothing, to see whether the frontend answers. All reject as those of src/ports/frontend.ts. */
export type FrontendVisit = {
  /** Reads a short list, for which the frontend wants no password. */
  readonly read: () => Promise<void>;
  /**
   * Sends a report about no build: the only kind of call whose password is checked
   * (docs/neighbours/frontend.md#transport).
   */
  readonly write: () => Promise<void>;
  /** The frontend's clock minus this host's, in ms, exact to about a second; null while no answer had a date. */
  readonly clockAheadMs: () => number | null;
  /** Ends calls under way. */
  readonly close: () => void;
};

/** Prepares a visit to the frontend; nothing is sent yet. */
export function visitFrontend(options: {
  readonly baseUrl: string;
  readonly password: string;
  readonly timeoutMs: number;
  readonly now?: () => number;
}): FrontendVisit {
  const { baseUrl, password, timeoutMs, now = Date.now } = options;
  const client = createHttpClient({ timeoutMs });
  let ahead: number | null = null;
  const http: HttpClient = {
    request: async (request) => {
      const began = now();
      const answer = await client.request(request);
      const date = Date.parse(answer.headers['date'] ?? '');
      // A date is cut to whole seconds: on average it is half a second older than the moment of the answer.
      if (!Number.isNaN(date)) ahead = date + 500 - (began + now()) / 2;
      return answer;
    },
    save: client.save,
    close: client.close,
  };
  const exchange = createExchange({ http, baseUrl, password, userAgent: `copr-backend/${packageVersion()}` });
  return {
    read: async () => {
      const answer = await exchange.list('build-tasks/cancel-requests');
      if (answer === missing || !Array.isArray(answer))
        throw new PortFailure('FrontendUnavailable', `${baseUrl} answers, but not as a Copr frontend`);
    },
    write: async () => {
      await exchange.post('update', { builds: [] });
    },
    clockAheadMs: () => ahead,
    close: client.close,
  };
}
