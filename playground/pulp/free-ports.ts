import { once } from 'node:events';
import net from 'node:net';
import type { PulpPorts } from './server.js';

/** Different ports that were just free. */
export async function freePulpPorts(): Promise<PulpPorts> {
  const servers = [0, 0, 0].map(() => net.createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const [api = 0, content = 0, database = 0] = servers.map((server) => (server.address() as net.AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return { api, content, database };
}
