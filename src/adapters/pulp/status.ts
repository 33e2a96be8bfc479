import { z } from 'zod';
import { type PulpExchange, statusPath } from './exchange.js';
import { readAnswer } from './read-answer.js';
import type { PulpSettings } from './settings.js';

const Status = z.object({
  versions: z.array(z.object({ component: z.string(), version: z.string() })),
  database_connection: z.object({ connected: z.boolean() }),
  online_workers: z.array(z.unknown()),
  online_content_apps: z.array(z.unknown()),
});

/** The status that Pulp shows to everybody. */
export type PulpStatus = {
  /** Of its components, by their names. */
  readonly versions: Readonly<Record<string, string>>;
  readonly hasDatabase: boolean;
  /** Processes that have lately said that they are there. */
  readonly workers: number;
  readonly contentApps: number;
};

/** The status of Pulp, which belongs to no domain. Failures as PulpExchange. */
export async function readStatus(exchange: PulpExchange, settings: PulpSettings): Promise<PulpStatus> {
  const to = statusPath(settings);
  const { value } = await exchange.get({ method: 'GET', to });
  const status = readAnswer(Status, value, `GET ${to}`);
  return {
    versions: Object.fromEntries(status.versions.map(({ component, version }) => [component, version])),
    hasDatabase: status.database_connection.connected,
    workers: status.online_workers.length,
    contentApps: status.online_content_apps.length,
  };
}
