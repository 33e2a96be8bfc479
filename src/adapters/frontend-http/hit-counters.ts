import type { HitCounters, HitReport } from '../../ports/maintenance/hit-counting.js';
import { createHttpClient, HttpFailure, type HttpAnswer } from '../http/request.js';
import { packageVersion } from '../process/package-version.js';

/**
 * True for an answer that does not say whether the hits were counted: the request may have ended on its way back. With
 * 503 nobody has begun with it, and with another 4xx it was refused (docs/neighbours/frontend.md#hits).
 */
function isUncertain(status: number): boolean {
  return status === 408 || (status >= 500 && status !== 503);
}

/** `HitCounters` of the frontend at `frontend_base_url`. */
export function createHitCounters(options: {
  readonly baseUrl: string;
  readonly password: string;
  readonly timeoutMs?: number;
}): HitCounters {
  const http = createHttpClient({ timeoutMs: options.timeoutMs ?? 30_000 });
  const url = new URL(`${options.baseUrl.replace(/\/+$/, '')}/stats_rcv/from_backend`);
  url.username = '';
  url.password = '';
  const headers = {
    authorization: `Basic ${Buffer.from(`user:${options.password}`).toString('base64')}`,
    'content-type': 'application/json',
    'user-agent': `copr-backend/${packageVersion()}`,
  };
  return {
    add: async ({ from, to, hits }) => {
      const body = JSON.stringify({ ts_from: from, ts_to: to, hits });
      try {
        return reportOf(url, await http.request({ method: 'POST', url, headers, body, maxBytes: 1024 * 1024 }));
      } catch (error) {
        if (!(error instanceof HttpFailure)) throw error;
        const why = `POST ${url.href}: ${error.message}`;
        return error.sent ? { end: 'unknown', why } : { end: 'refused', why, mayPass: true };
      }
    },
  };
}

function reportOf(url: URL, { status }: HttpAnswer): HitReport {
  if (status >= 200 && status < 300) return { end: 'counted' };
  const why = `POST ${url.href}: HTTP ${status}`;
  if (isUncertain(status)) return { end: 'unknown', why };
  return { end: 'refused', why, mayPass: status >= 500 };
}
