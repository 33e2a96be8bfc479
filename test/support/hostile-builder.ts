import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startBuilder } from '../../playground/builder/server.js';
import type { Builder } from '../../src/contracts/build/build.js';
import { makeKeyPair, makeTemporaryDirectory } from '../playground/support.js';

/** A builder with real ssh and rsync; its results and log are whatever a test puts there. */
export type HostileBuilder = {
  readonly builder: Builder & { readonly hostKey: string };
  /** The `builder_config` that logs in, and the user. */
  readonly configFile: string;
  readonly user: string;
  /** Stands for /var/lib/copr-rpmbuild/results; emptied by `reset`. */
  readonly results: string;
  readonly reset: () => Promise<void>;
  /**
   * A build whose log is the output of this shell script; it lasts until it is ended, even if the script ends before.
   */
  readonly build: (logScript: string) => Promise<RunningBuild>;
  readonly remove: () => Promise<void>;
};

export type RunningBuild = {
  /** How often somebody began to read the log. */
  readonly readers: () => Promise<number>;
  readonly end: () => Promise<void>;
};

export async function startHostileBuilder(): Promise<HostileBuilder> {
  const directory = makeTemporaryDirectory();
  const key = makeKeyPair(directory.path);
  const root = join(directory.path, 'builder');
  const server = await startBuilder({ name: 'hostile', port: 0, directory: root, authorizedKeys: `${key}.pub` });
  const configFile = join(directory.path, 'builder_config');
  await writeFile(configFile, `Host *\n  IdentityFile "${key}"\n  IdentitiesOnly yes\n  LogLevel ERROR\n`);
  const lib = join(root, 'lib');
  const results = join(lib, 'results');

  async function reset(): Promise<void> {
    await rm(results, { recursive: true, force: true });
    await mkdir(results, { recursive: true, mode: 0o755 });
  }

  async function build(logScript: string): Promise<RunningBuild> {
    const readers = join(root, 'readers');
    await writeFile(readers, '');
    await chmod(readers, 0o666);
    const writer = spawn('sleep', ['3600'], { stdio: 'ignore' });
    const ended = once(writer, 'exit');
    await writeFile(join(lib, 'main.log'), '');
    await writeFile(join(lib, 'logger_pid.new'), `${writer.pid ?? 0}\n`);
    await rename(join(lib, 'logger_pid.new'), join(lib, 'logger_pid'));
    const follower = join(root, 'bin', 'copr-rpmbuild-log');
    await writeFile(`${follower}.new`, `#!/bin/sh\necho x >>'${readers}'\n${logScript}\n`, { mode: 0o755 });
    await rename(`${follower}.new`, follower);
    return {
      readers: async () => (await readFile(readers, 'utf8')).split('\n').length - 1,
      end: async () => {
        writer.kill();
        await ended;
      },
    };
  }

  await reset();
  return {
    builder: { ticket: 17, host: '127.0.0.1', name: 'hostile', port: server.port, hostKey: server.hostKey },
    ...{ configFile, user: 'mockbuilder', results, reset, build },
    remove: async () => {
      await server.close();
      directory.remove();
    },
  };
}
