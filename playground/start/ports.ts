import { createServer } from 'node:net';
import type { StoreKind } from '../../src/contracts/store-kind.js';
import type { PulpPorts } from '../pulp/server.js';

/** The ports of one launcher, all on loopback. */
export type Ports = {
  readonly frontend: number;
  readonly results: number;
  readonly pool: number;
  readonly temporal: number;
  readonly temporalUi: number;
  /** The worker's `http_listen`: metrics and the queue. */
  readonly backend: number;
  readonly signd: number;
  readonly keygen: number;
  /** Pulp's API, its content server and its database. */
  readonly pulp: PulpPorts;
  readonly firstBuilder: number;
};

export function portsFrom(base: number): Ports {
  return {
    frontend: base,
    results: base + 1,
    pool: base + 2,
    temporal: base + 3,
    temporalUi: base + 4,
    backend: base + 5,
    signd: base + 8,
    keygen: base + 9,
    pulp: { api: base + 12, content: base + 13, database: base + 14 },
    firstBuilder: base + 20,
  };
}

/** Throws a line that names the first required port in use, what it is for, and what to do. */
export async function requireFreePorts(
  ports: Ports,
  wanted: {
    readonly builders: number;
    readonly signer: 'gpg' | 'obs-sign';
    readonly storage?: StoreKind;
  },
): Promise<void> {
  const { builders, signer, storage } = wanted;
  const uses: readonly (readonly [number, string])[] = [
    [ports.frontend, 'the frontend'],
    [ports.results, 'the results web server'],
    [ports.pool, 'the pool of builders'],
    [ports.temporal, 'Temporal'],
    [ports.temporalUi, "Temporal's Web UI"],
    ...(signer === 'obs-sign'
      ? ([
          [ports.signd, 'the signing daemon'],
          [ports.keygen, 'the keygen service'],
        ] as const)
      : []),
    ...(storage === 'pulp'
      ? ([
          [ports.pulp.api, "Pulp's API"],
          [ports.pulp.content, "Pulp's content server"],
          [ports.pulp.database, "Pulp's PostgreSQL"],
        ] as const)
      : []),
    [ports.backend, "the worker's metrics and queue"],
    ...Array.from({ length: builders }, (_, i) => [ports.firstBuilder + i, `builder ${i + 1}`] as const),
  ];
  for (const [port, use] of uses) {
    if (await isFree(port)) continue;
    throw new Error(
      `port ${port}, meant for ${use}, is in use: end what listens there, or choose others with --port-base N`,
    );
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(false);
      else reject(error);
    });
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve(true)));
  });
}
