import { createHttpClient, HttpFailure } from '../../adapters/http/request.js';
import { configuredPulp } from '../../adapters/pulp/configured.js';
import { createPulpExchange, type PulpExchange } from '../../adapters/pulp/exchange.js';
import { createPulpQueries } from '../../adapters/pulp/queries.js';
import { tlsOf, type PulpSettings } from '../../adapters/pulp/settings.js';
import { readStatus } from '../../adapters/pulp/status.js';
import { PortFailure } from '../../ports/port-failure.js';
import { failed, ok, skipped, type Check, type Verdict, warning } from './check.js';
import type { ExaminedHost } from './examined-host.js';

const ABOUT = 'Pulp';
const LOGIN = 'login to Pulp';
const CONTENT = "Pulp's content";
const MAX_REPOMD = 1024 * 1024;

/** Asks Pulp for its status, logs in by a list, and reads what its newest distribution serves. */
export function pulpCheck(host: ExaminedHost): Check {
  const { config, configFile } = host;
  return {
    about: ABOUT,
    ifSilent: remedyOf(host),
    run: async () => {
      try {
        const settings = await configuredPulp(config);
        if (settings === null)
          return [skipped(ABOUT, `no project is there: pulp_base_url is not set in ${configFile}`)];
        return await verdictsOn(settings, host);
      } catch (error) {
        if (!(error instanceof PortFailure)) throw error;
        return [failed(ABOUT, error.message, 'correct that setting; no worker starts with it')];
      }
    },
  };
}

async function verdictsOn(settings: PulpSettings, host: ExaminedHost): Promise<readonly Verdict[]> {
  const exchange = await createPulpExchange(settings, { timeoutMs: host.silenceMs });
  try {
    const status = await statusVerdicts(exchange, settings, host);
    if (status.some(({ state }) => state === 'failed')) return status;
    const login = await logIn(exchange, settings, host);
    return [...status, login.verdict, await contentVerdict(login.newest, settings, host)];
  } finally {
    exchange.close();
  }
}

async function statusVerdicts(
  exchange: PulpExchange,
  settings: PulpSettings,
  host: ExaminedHost,
): Promise<readonly Verdict[]> {
  try {
    const { versions, hasDatabase, workers, contentApps } = await readStatus(exchange, settings);
    const services: Readonly<Record<string, boolean>> = {
      'is not connected to its database': !hasDatabase,
      'has no worker online: its tasks wait': workers === 0,
      'has no content server online': contentApps === 0,
    };
    const wrong = Object.keys(services).filter((what) => services[what] === true);
    if (wrong.length > 0) return wrong.map((what) => failed(ABOUT, `${settings.baseUrl} ${what}`, ON_ITS_HOST));
    const named = ['core', 'rpm'].map((name) => `${name} ${versions[name] ?? 'unknown'}`);
    if (versions['rpm'] === undefined)
      return [failed(ABOUT, `${settings.baseUrl} has no plugin for RPM`, "on Pulp's host: install pulp-rpm")];
    const there = `${named.join(', ')}; its database, ${workers} workers and ${contentApps} content servers are there`;
    return [ok(ABOUT, `${settings.baseUrl} answers: ${there}`)];
  } catch (error) {
    if (!(error instanceof PortFailure)) throw error;
    return [failed(ABOUT, error.message, remedyOf(host))];
  }
}

/** The status is for everybody, a list is not. `newest`: a base path; null: there is none, or no login. */
async function logIn(
  exchange: PulpExchange,
  { baseUrl, identity }: PulpSettings,
  { config, configFile }: ExaminedHost,
): Promise<{ readonly verdict: Verdict; readonly newest: string | null }> {
  try {
    const newest = await createPulpQueries(exchange).newest();
    return { verdict: ok(LOGIN, `${baseUrl} takes our ${identity.kind}`), newest };
  } catch (error) {
    if (!(error instanceof PortFailure)) throw error;
    const keys = identity.kind === 'certificate' ? 'pulp_cert and pulp_key' : 'pulp_username and pulp_password';
    const remedy = `correct ${keys} (and pulp_domain) in ${configFile}, or the same in ${config.pulpCliConfig}`;
    return { verdict: failed(LOGIN, error.message, remedy), newest: null };
  }
}

async function contentVerdict(
  newest: string | null,
  settings: PulpSettings,
  { config, configFile, silenceMs }: ExaminedHost,
): Promise<Verdict> {
  const remedy = `correct pulp_content_url in ${configFile}: <owner>/<project>/<chroot>/ follows it`;
  if (config.pulpContentUrl === null) return failed(CONTENT, 'pulp_content_url is not set', remedy);
  const url = new URL(`${config.pulpContentUrl}/${newest === null ? '' : `${newest}/repodata/repomd.xml`}`);
  const http = createHttpClient({ timeoutMs: silenceMs, tls: await tlsOf(settings) });
  try {
    const { status } = await http.request({ method: 'GET', url, maxBytes: MAX_REPOMD });
    if (status >= 500) return failed(CONTENT, `${url.href}: HTTP ${status}`, ON_ITS_HOST);
    if (newest === null || status < 400) return ok(CONTENT, `${config.pulpContentUrl} answers`);
    return warning(CONTENT, `${url.href}: HTTP ${status}, but Pulp has a distribution there`, remedy);
  } catch (error) {
    if (!(error instanceof HttpFailure)) throw error;
    if (error.kind === 'tooLarge') return ok(CONTENT, `${config.pulpContentUrl} answers`);
    return failed(CONTENT, `${url.href}: ${error.message}`, remedy);
  } finally {
    http.close();
  }
}

const ON_ITS_HOST = "on Pulp's host: systemctl status 'pulpcore*'";

function remedyOf({ config, configFile }: ExaminedHost): string {
  return `${ON_ITS_HOST}; its address is pulp_base_url in ${configFile}, or base_url in ${config.pulpCliConfig}`;
}
