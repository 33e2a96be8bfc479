import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { temporal, workflowBundle } from './temporal.js';

/** The repository's root, and node's arguments for a script of test/fixtures. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const fixture = (script: string): readonly string[] => [
  ...['--import', 'tsx', path.join(ROOT, 'test/fixtures', script)],
];

/** A worker of all roles in a separate process, on the test's Temporal server. */
export type WorkerProcess = {
  readonly configFile: string;
  /** `dieAt`: where it kills itself, see fixtures/worker-process.ts (`packageCopies.replace`, `discard:after`). */
  readonly start: (dieAt?: string) => Promise<void>;
  readonly kill: () => Promise<void>;
  /** Resolves when it is gone. */
  readonly died: () => Promise<void>;
  /** Names of the activities begun so far, each once, in any of its processes. */
  readonly begun: () => readonly string[];
};

/** Writes its configuration (`settings` of the section backend) below `root`. */
export async function givenWorkerProcess(
  root: string,
  settings: Readonly<Record<string, string | number>>,
): Promise<WorkerProcess> {
  const configFile = path.join(root, 'copr-be.conf');
  const { address } = await temporal();
  const profile = path.join(root, 'temporal.toml');
  await writeFile(profile, `[profile.default]\naddress = "${address}"\n`);
  const all = { ...settings, state_dir: path.join(root, 'state'), log_dir: root, temporal_profile: profile };
  const lines = Object.entries(all).map(([key, value]) => `${key} = ${value}`);
  await writeFile(configFile, `[backend]\n${lines.join('\n')}\n`);
  const bundleFile = path.join(root, 'bundle.js');
  await writeFile(bundleFile, ((await workflowBundle()) as { readonly code: string }).code);
  let worker: ChildProcess | undefined;
  const begun = new Set<string>();

  async function died(): Promise<void> {
    if (worker?.exitCode !== null || worker.signalCode !== null) return;
    await once(worker, 'exit');
  }

  return {
    configFile,
    died,
    begun: () => [...begun],
    kill: async () => {
      worker?.kill('SIGKILL');
      await died();
    },
    start: async (dieAt = '') => {
      const args = [
        ...fixture('worker-process.ts'),
        configFile,
        address,
        bundleFile,
        path.join(root, 'worker.log'),
        dieAt,
      ];
      const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
      worker = child;
      createInterface({ input: child.stdout }).on('line', (line) => {
        const name = /^activity (\w+)$/.exec(line)?.[1];
        if (name !== undefined) begun.add(name);
      });
      await Promise.race([
        once(child.stdout, 'data'),
        once(child, 'exit').then(() => Promise.reject(new Error('the worker did not start'))),
      ]);
    },
  };
}
