import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export type IsolatingProxy = {
  readonly address: string;
  /**
   * Nothing passes any more in either direction, and no end of a connection is seen: a network that drops everything.
   */
  readonly isolate: () => void;
  /** Everything passes again, beginning with what was sent meanwhile. */
  readonly heal: () => void;
  readonly stop: () => Promise<void>;
};

/** A TCP proxy on loopback in front of `upstream` (`host:port`). */
export async function startIsolatingProxy(upstream: string): Promise<IsolatingProxy> {
  const [host = '', port = ''] = upstream.split(':');
  const links = new Set<{ readonly near: Socket; readonly far: Socket }>();
  let isolated = false;

  const server = createServer({ allowHalfOpen: false, pauseOnConnect: true }, (near) => {
    const far = connect({ host, port: Number(port) });
    const link = { near, far };
    links.add(link);
    const end = (): void => {
      if (isolated) return; // the other side must not learn of it
      links.delete(link);
      near.destroy();
      far.destroy();
    };
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.setNoDelay(true);
      from.on('data', (chunk: Buffer) => {
        if (!to.write(chunk)) from.pause();
      });
      to.on('drain', () => {
        if (!isolated) from.resume();
      });
      from.on('error', end).on('close', end);
    }
    if (isolated) far.pause();
    else near.resume();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    isolate: () => {
      isolated = true;
      for (const { near, far } of links) [near, far].forEach((socket) => socket.pause());
    },
    heal: () => {
      isolated = false;
      for (const link of links) {
        if (link.near.destroyed || link.far.destroyed) {
          links.delete(link);
          link.near.destroy();
          link.far.destroy();
        } else [link.near, link.far].forEach((socket) => socket.resume());
      }
    },
    stop: async () => {
      isolated = false;
      server.close();
      for (const { near, far } of links) [near, far].forEach((socket) => socket.destroy());
      await once(server, 'close');
    },
  };
}
