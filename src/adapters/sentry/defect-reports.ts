import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { DefectReports } from '../../ports/defect-reports.js';
import { createMasker } from '../../logging/secrets.js';
import { createHttpClient } from '../http/request.js';
import { packageVersion } from '../process/package-version.js';
import { fingerprintOf, sentryEvent } from './sentry-event.js';

const TIMEOUT_MS = 5000;
const HOUR_MS = 3_600_000;
/** Reports in an hour, and reports on their way: a storm of defects must not become one of requests. */
const PER_HOUR = 30;
const AT_ONCE = 4;
const MAX_BYTES = 64 * 1024;

type Log = { readonly warn: (fields: object, text: string) => void };

/**
 * Sends defects to Sentry (docs/neighbours/sentry.md). The same defect is sent once an hour, at most `PER_HOUR` of them;
 * after 429 none are sent for as long as Sentry asks. Secrets are masked. `close` waits for reports under way.
 */
export function createSentry(deps: {
  readonly dsn: string;
  /** Strings that must not be sent. */
  readonly secrets: readonly string[];
  /** Sent with every report. */
  readonly tags: Readonly<Record<string, string>>;
  readonly log: Log;
  readonly now?: () => number;
}): DefectReports {
  const { log, now = Date.now } = deps;
  const { url, auth } = destinationOf(deps.dsn);
  const http = createHttpClient({ timeoutMs: TIMEOUT_MS });
  const masker = createMasker(deps.secrets);
  const sentAt = new Map<string, number>();
  const sending = new Set<Promise<void>>();
  let quietUntil = 0;

  return {
    report: (error, tags) => {
      if (!mayBeSent(fingerprintOf(error))) return;
      const report = send(error, tags)
        .catch((err: unknown) => log.warn({ err }, 'a defect was not reported to Sentry; it is in this log'))
        .finally(() => sending.delete(report));
      sending.add(report);
    },
    close: async () => {
      await Promise.all(sending);
      http.close();
    },
  };

  function mayBeSent(fingerprint: string): boolean {
    const at = now();
    for (const [known, when] of sentAt) if (when <= at - HOUR_MS) sentAt.delete(known);
    if (at < quietUntil || sentAt.has(fingerprint)) return false;
    if (sentAt.size >= PER_HOUR || sending.size >= AT_ONCE) return false;
    sentAt.set(fingerprint, at);
    return true;
  }

  async function send(error: unknown, tags: Readonly<Record<string, string>>): Promise<void> {
    const id = randomUUID().replaceAll('-', '');
    const release = `copr-backend@${packageVersion()}`;
    const facts = { id, release, host: hostname(), at: now(), tags: { ...deps.tags, ...tags } };
    const event = masker.value(sentryEvent(error, facts, masker.text));
    const answer = await http.request({
      method: 'POST',
      url,
      headers: { 'content-type': 'application/x-sentry-envelope', 'x-sentry-auth': auth },
      body: [{ event_id: id, sent_at: new Date(facts.at).toISOString() }, { type: 'event' }, event]
        .map((line) => `${JSON.stringify(line)}\n`)
        .join(''),
      maxBytes: MAX_BYTES,
    });
    if (answer.status === 429) quietUntil = now() + quietMs(answer.headers['retry-after']);
    if (answer.status >= 300) throw new Error(`Sentry answered with status ${answer.status}`);
  }
}

/** Seconds, as Sentry states them; a minute if it states none. */
function quietMs(retryAfter: string | undefined): number {
  return /^\d{1,6}$/.test(retryAfter ?? '') ? Number(retryAfter) * 1000 : 60_000;
}

/** `https://KEY@HOST/[PATH/]PROJECT`: a legacy secret after the key is not used. */
function destinationOf(dsn: string): { readonly url: URL; readonly auth: string } {
  const { origin, username, pathname } = new URL(dsn);
  const slash = pathname.lastIndexOf('/');
  const url = new URL(`${origin}${pathname.slice(0, slash)}/api/${pathname.slice(slash + 1)}/envelope/`);
  const auth = `Sentry sentry_version=7, sentry_client=copr-backend/${packageVersion()}, sentry_key=${username}`;
  return { url, auth };
}

/** Without a DSN nothing is reported. */
export const NO_REPORTS: DefectReports = { report: () => undefined, close: () => Promise.resolve() };
