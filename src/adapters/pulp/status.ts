import { z } from 'zod';
import type { PulpExchange } from './exchange.js';
import { readAnswer } from './read-answer.js';
import type { PulpSettings } from './settings.js';

const Status = z.object({ versions: z.array(z.object({ component: z.string(), version: z.string() })) });

/** Versions of Pulp's components, from its status, which belongs to no domain. Failures as PulpExchange. */
export async function readVersions(
  exchange: PulpExchange,
  { apiRoot }: PulpSettings,
): Promise<Readonly<Record<string, string>>> {
  const to = `/${apiRoot}/api/v3/status/`.replaceAll(/\/{2,}/g, '/');
  const { value } = await exchange.get({ method: 'GET', to });
  const { versions } = readAnswer(Status, value, `GET ${to}`);
  return Object.fromEntries(versions.map(({ component, version }) => [component, version]));
}
