import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** A different port for each name; nobody listens on any of them at this moment. */
export async function freePorts<Name extends string>(
  names: readonly Name[],
  address = '127.0.0.1',
): Promise<Readonly<Record<Name, number>>> {
  const taken = await Promise.all(
    names.map(async (name) => {
      const server = createServer().listen(0, address);
      await once(server, 'listening');
      return { name, server, port: (server.address() as AddressInfo).port };
    }),
  );
  for (const { server } of taken) server.close();
  await Promise.all(taken.map(({ server }) => once(server, 'close')));
  return Object.fromEntries(taken.map(({ name, port }) => [name, port])) as Record<Name, number>;
}
