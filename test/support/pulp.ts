import { once } from 'node:events';
import net from 'node:net';
import { startPulp, type RunningPulp } from '../../playground/pulp/server.js';
import { givenDirectory } from './given-directory.js';

type Started = { readonly pulp: RunningPulp; readonly remove: () => Promise<void> };

/** Shared by the whole process, like the Temporal server (temporal.ts). */
const shared = ((globalThis as { coprTestPulp?: { started?: Promise<Started> | undefined } }).coprTestPulp ??= {});

/** The one Pulp of a test run, started when the first test needs it; its first installation takes minutes. */
export async function pulp(): Promise<RunningPulp> {
  shared.started ??= start();
  return (await shared.started).pulp;
}

/** Ends it, if it was started, and leaves nothing behind. */
export async function endPulp(): Promise<void> {
  const started = await shared.started?.catch(() => undefined); // one that did not start has nothing to end
  shared.started = undefined;
  await started?.pulp.stop();
  await started?.remove();
}

async function start(): Promise<Started> {
  const { path: directory, remove } = await givenDirectory();
  try {
    const [api, content, database] = await freePorts();
    return { pulp: await startPulp({ directory, ports: { api, content, database } }), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Different ports that were just free. */
async function freePorts(): Promise<[number, number, number]> {
  const servers = [0, 0, 0].map(() => net.createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as net.AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports as [number, number, number];
}
