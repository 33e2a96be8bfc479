import { visitFrontend } from '../../adapters/frontend-http/visit.js';
import { frontendAdvice } from '../../domain/dispatch/frontend-trouble.js';
import { PortFailure } from '../../ports/port-failure.js';
import { failed, ok, skipped, type Check, type Verdict } from './check.js';
import { clockVerdict } from './clock.js';
import type { ExaminedHost } from './examined-host.js';

const ABOUT = 'frontend';
const PASSWORD = 'frontend_auth';

/** Reads a list, sends an empty report (only that needs the password), and compares the clocks. */
export function frontendCheck({ config, configFile, silenceMs }: ExaminedHost): Check {
  const { frontendBaseUrl: baseUrl, frontendAuth: password } = config;
  const ifSilent = `see from this host: curl -sSI ${baseUrl}/backend/pending-jobs/; the address is frontend_base_url in ${configFile}`;
  return {
    about: ABOUT,
    ifSilent,
    run: async (signal) => {
      const visit = visitFrontend({ baseUrl, password, timeoutMs: silenceMs });
      signal.addEventListener('abort', visit.close);
      try {
        const reached = await verdictOf(ABOUT, visit.read, `${baseUrl} answers`, () => ifSilent);
        if (reached.state !== 'ok') return [reached, skipped(PASSWORD, 'not tried: the frontend does not answer')];
        const accepted = await verdictOf(PASSWORD, visit.write, 'the frontend accepts the password', (code) =>
          code === 'FrontendRefused'
            ? `write the frontend's BACKEND_PASSWORD as frontend_auth into ${configFile}, and restart the workers`
            : frontendAdvice(code),
        );
        return [reached, accepted, clockVerdict("frontend's clock", visit.clockAheadMs())];
      } finally {
        signal.removeEventListener('abort', visit.close);
        visit.close();
      }
    },
  };
}

async function verdictOf(
  about: string,
  call: () => Promise<void>,
  good: string,
  remedy: (code: string) => string,
): Promise<Verdict> {
  try {
    await call();
    return ok(about, good);
  } catch (error) {
    if (!(error instanceof PortFailure)) throw error;
    return failed(
      about,
      error.message,
      error.code === 'FrontendTooOld' ? frontendAdvice(error.code) : remedy(error.code),
    );
  }
}
