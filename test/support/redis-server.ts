import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { connectRedis, type RedisPlace } from '../../src/adapters/redis/redis-connection.js';
import { givenDirectory } from './given-directory.js';
import { until } from './until.js';

/** A real Redis on a free port of loopback; it keeps nothing on disk. */
export type GivenRedis = {
  readonly place: RedisPlace;
  readonly start: (...options: readonly string[]) => Promise<void>;
  /** Power off; its data is lost. */
  readonly kill: () => Promise<void>;
  /** Keeps its connections open, takes new ones and answers nobody. */
  readonly hang: () => void;
  readonly goOn: () => void;
  /** Answer of a command. */
  readonly ask: (script: string, ...keys: readonly string[]) => Promise<unknown>;
  readonly remove: () => Promise<void>;
};

/** Made, not started. */
export async function givenRedis(settings: { readonly password?: string } = {}): Promise<GivenRedis> {
  const { path: directory, remove } = await givenDirectory();
  const port = await freePort();
  const password = settings.password ?? null;
  const place = { redisHost: '127.0.0.1', redisPort: port, redisPassword: password, redisDb: 0 };
  let server: ChildProcess | null = null;

  async function kill(): Promise<void> {
    if (server?.exitCode !== null || server.signalCode !== null) return;
    const gone = once(server, 'exit');
    server.kill('SIGKILL');
    await gone;
  }

  async function ask(script: string, ...keys: readonly string[]): Promise<unknown> {
    const redis = await connectRedis(place);
    try {
      return await redis.run(script, keys, []);
    } finally {
      redis.close();
    }
  }

  return {
    place,
    kill,
    ask,
    start: async (...options) => {
      const args = [
        '--port',
        String(port),
        '--bind',
        '127.0.0.1',
        '--save',
        '',
        '--appendonly',
        'no',
        '--dir',
        directory,
      ];
      const auth = password === null ? [] : ['--requirepass', password];
      server = spawn('redis-server', [...args, ...auth, ...options], { stdio: 'ignore' });
      await once(server, 'spawn');
      await until('Redis answers', () => ask('return 1').then(Boolean, () => false));
    },
    hang: () => void server?.kill('SIGSTOP'),
    goOn: () => void server?.kill('SIGCONT'),
    remove: async () => {
      await kill();
      await remove();
    },
  };
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
