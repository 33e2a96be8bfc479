import { once } from 'node:events';
import net from 'node:net';
import ssh2 from 'ssh2';
import type { Connection, ServerChannel } from 'ssh2';

/** An in-process ssh server that lets everybody in; for faults that OpenSSH cannot be made to show. */
export type FaultySshServer = { readonly port: number; readonly stop: () => Promise<void> };

export async function startFaultySshServer(options: {
  readonly hostKey: string;
  readonly port?: number;
  readonly onExec?: (channel: ServerChannel, connection: Connection, command: string) => void;
}): Promise<FaultySshServer> {
  const open = new Set<net.Socket>();
  const ssh = new ssh2.Server({ hostKeys: [options.hostKey] }, (connection) => {
    connection.on('error', () => undefined);
    connection.on('authentication', (context) => context.accept());
    connection.on('session', (accept) => {
      accept().on('exec', (acceptExec, _reject, info) => {
        // Without a handler the request stays unanswered: the server hangs.
        if (options.onExec !== undefined) options.onExec(acceptExec(), connection, info.command);
      });
    });
  });
  const server = net.createServer((socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket)).on('error', () => undefined);
    ssh.injectSocket(socket);
  });
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as net.AddressInfo).port,
    stop: async () => {
      server.close();
      for (const socket of open) socket.destroy();
      await once(server, 'close');
    },
  };
}
