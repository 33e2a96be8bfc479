import assert from 'node:assert/strict';
import { cp, mkdir, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import path from 'node:path';
import type { Client } from '@temporalio/client';
import { startFrontend } from '../../playground/frontend/server.js';
import type { ActionView } from '../../playground/commands/frontend-client.js';
import { createActivities } from '../../src/activities/index.js';
import { createCreaterepoIndexer } from '../../src/adapters/repository-store/repository-indexer.js';
import { placeOf, readMetadata } from '../../src/adapters/repository-store/metadata/metadata.js';
import { runCommand } from '../../src/adapters/process/run-command.js';
import { createWorkflowMessages } from '../../src/adapters/temporal/workflow-messages.js';
import { loadConfig } from '../../src/config/load.js';
import type { ActionOutcome } from '../../src/contracts/action/action.js';
import { actionWorkflowId } from '../../src/contracts/names/ids.js';
import type { Durations } from '../../src/contracts/durations.js';
import type { ActionInput } from '../../src/contracts/inputs.js';
import { WORKFLOW_QUEUE } from '../../src/contracts/names/task-queues.js';
import { createLogger } from '../../src/logging/logger.js';
import { createWorkers } from '../../src/workers/create-workers.js';
import { createDependencies } from '../../src/workers/dependencies.js';
import { openPulp } from '../../src/workers/open-pulp.js';
import { openObservation } from '../../src/workers/observation.js';
import { processIdentity } from '../../src/workers/process-identity.js';
import { chooseDigests } from '../../src/workers/choose-digests.js';
import type { action } from '../../src/workflows/action/action.js';
import { outcomeOf } from './outcome-of.js';
import { givenDirectory } from './given-directory.js';
import { NOTHING } from './given-repository.js';
import { givenRpms } from './given-rpms.js';
import { temporal, workflowBundle } from './temporal.js';
import { SHORT } from './workflow-rig.js';

/** The required fields of a record; the rest is null. */
export type RawAction = {
  readonly action_type: number;
  readonly object_type?: string | null;
  readonly object_id?: number | null;
  readonly old_value?: string | null;
  readonly new_value?: string | null;
  readonly data: string | null;
};

/**
 * A results tree, the playground's frontend, and a worker with the real activities (createrepo_c, gpg) in this process.
 * Actions are started one by one, without a dispatcher.
 */
export type ActionWorld = {
  readonly client: Client;
  readonly storage: string;
  readonly destdir: string;
  readonly configFile: string;
  readonly frontendUrl: string;
  /** Has the frontend request it; returns its number. */
  readonly ask: (record: RawAction) => Promise<number>;
  /** Runs an action, even one that has ended; resolves with its outcome and the report to the frontend. */
  readonly run: (id: number) => Promise<{ readonly outcome: ActionOutcome; readonly reported: ActionView }>;
  /** An unpublished build with two real RPMs (noarch and source) of that name. Parts of a path below the root. */
  readonly build: (name: string, ...parts: readonly string[]) => Promise<void>;
  /** File names of the packages in a chroot directory's metadata, sorted; null: there is no metadata. */
  readonly named: (...parts: readonly string[]) => Promise<readonly string[] | null>;
  /** Kinds of the live metadata's documents: `primary`, `group` … */
  readonly documents: (...parts: readonly string[]) => Promise<readonly string[]>;
  /**
   * Every path below the root (or a directory of it) with its content's sha256, except what the backend keeps for
   * itself.
   */
  readonly files: (...parts: readonly string[]) => Promise<Readonly<Record<string, string>>>;
  /** Renews the metadata of a chroot directory, like a publication of everything. */
  readonly publish: (owner: string, dirname: string, chroot: string) => Promise<void>;
  /** Mail addresses of the generated signing keys, sorted. */
  readonly keys: () => Promise<readonly string[]>;
  /** An empty results tree. */
  readonly clear: () => Promise<void>;
  readonly close: () => Promise<void>;
};

const PASSWORD = 'secret';

/** `settings`: more of the worker's configuration. */
export async function givenActionWorld({
  durations = SHORT,
  settings: more = {},
}: {
  readonly durations?: Durations;
  readonly settings?: Readonly<Record<string, string>>;
} = {}): Promise<ActionWorld> {
  const root = await givenDirectory();
  const { client, nativeConnection, address } = await temporal();
  await endLeftovers(client);
  const destdir = path.join(root.path, 'results');
  await mkdir(destdir);
  const resultsUrl = 'http://results.example/results';
  const frontend = await startFrontend({
    port: 0,
    stateDir: path.join(root.path, 'fe'),
    resultsUrl,
    password: PASSWORD,
  });
  const storage = `actions-${path
    .basename(root.path)
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '')}`;
  const profile = path.join(root.path, 'temporal.toml');
  await writeFile(profile, `[profile.default]\naddress = "${address}"\n`);
  const settings = {
    ...{ destdir, state_dir: path.join(root.path, 'state'), storage_name: storage, frontend_base_url: frontend.url },
    ...{ frontend_auth: PASSWORD, results_baseurl: resultsUrl, temporal_profile: profile, log_dir: root.path },
    ...{ generation_grace_hours: 0, do_sign: 'true', signer: 'gpg', sign_domain: 'copr.example', ...more },
  };
  const configFile = path.join(root.path, 'copr-be.conf');
  const lines = Object.entries(settings).map(([key, value]) => `${key} = ${value}`);
  await writeFile(configFile, `[backend]\n${lines.join('\n')}\n`);
  const stop = await startWorker({ root: root.path, configFile, client, nativeConnection, durations });
  const rpms = new Map<string, Promise<string>>();

  const inTree = (parts: readonly string[]): string => path.join(destdir, ...parts);
  const api = async (route: string, body?: object): Promise<unknown> => {
    const sent = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    const response = await fetch(`${frontend.url}/api/${route}`, sent);
    if (!response.ok) throw new Error(await response.text());
    return response.json();
  };
  async function packagesOf(name: string): Promise<string> {
    const directory = path.join(root.path, 'rpms', name);
    await mkdir(directory, { recursive: true });
    await givenRpms(directory, { name });
    return directory;
  }

  return {
    ...{ client, storage, destdir, configFile, frontendUrl: frontend.url },
    ask: async (record) => {
      const [row] = (await api('actions', record)) as [ActionView];
      return row.id;
    },
    run: async (id) => {
      const input: ActionInput = { actionId: id, storage, durations };
      const handle = await client.workflow.start<typeof action>('action', {
        workflowId: actionWorkflowId(id),
        taskQueue: WORKFLOW_QUEUE,
        args: [input],
      });
      const outcome = await outcomeOf<ActionOutcome>(handle);
      assert.ok(outcome !== 'canceled');
      return { outcome, reported: (await api(`actions/${id}`)) as ActionView };
    },
    build: async (name, ...parts) => {
      const made = rpms.get(name) ?? packagesOf(name);
      rpms.set(name, made);
      const target = inTree(parts);
      await cp(await made, target, { recursive: true });
      await writeFile(path.join(target, 'build.info'), `build_id=${Number.parseInt(path.basename(target), 10)}\n`);
      await writeFile(path.join(target, 'success'), 'done\n');
    },
    named: async (...parts) => {
      const read = await readMetadata(placeOf(path.join(inTree(parts), 'repodata')));
      return read.state === 'damaged' ? null : [...read.packages.keys()].sort();
    },
    documents: async (...parts) => {
      const read = await readMetadata(placeOf(path.join(inTree(parts), 'repodata')));
      return read.state === 'damaged' ? [] : read.repomd.files.map(({ type }) => type);
    },
    files: (...parts) => contentsOf(inTree(parts)),
    publish: async (owner, dirname, chroot) => {
      const indexer = createCreaterepoIndexer({ destdir, resultsBaseurl: resultsUrl, graceHours: 0 });
      await indexer.publish({ owner, dirname, chroot }, { ...NOTHING, full: true }, {});
    },
    keys: async () => {
      const args = ['--homedir', path.join(root.path, 'state', 'gnupg'), '--list-keys', '--with-colons'];
      const { stdout } = await runCommand('gpg', args, { timeoutMs: 30_000 });
      return [...stdout.matchAll(/<([^>]+)>/g)].map(([, address = '']) => address).sort();
    },
    clear: async () => {
      await rm(destdir, { recursive: true, force: true });
      await mkdir(destdir);
    },
    close: async () => {
      await stop();
      await frontend.close();
      await endLeftovers(client);
      await root.remove();
    },
  };
}

async function startWorker(input: {
  readonly root: string;
  readonly configFile: string;
  readonly client: Client;
  readonly nativeConnection: Parameters<typeof createWorkers>[0]['connection'];
  readonly durations: Durations;
}): Promise<() => Promise<void>> {
  const { root, client } = input;
  const { configFile } = input;
  const { config, lineOf } = loadConfig(configFile);
  const bundleFile = path.join(root, 'bundle.js');
  await writeFile(bundleFile, ((await workflowBundle()) as { readonly code: string }).code);
  const log = createLogger({ level: 'info', name: 'worker all', destination: { file: path.join(root, 'worker.log') } });
  const admission = (): never => {
    throw new Error('nothing is polled here');
  };
  const identity = processIdentity('all');
  const observation = await openObservation({ role: 'all', config, listen: { isOff: true }, log });
  const pulp = await openPulp({ config, log });
  const dependencies = createDependencies({
    ...{ config, client, log, identity, admission, observation, pulp },
    ...{ buses: [], programs: { appstreamBuilder: null, aws: null } },
    digests: await chooseDigests({ role: 'all', config, line: lineOf('gentlyGpgSha256'), configFile, log }),
  });
  const messages = createWorkflowMessages({ client, storage: config.storageName, durations: input.durations });
  const workers = await createWorkers({
    ...{ role: 'all', namespace: 'default', storage: config.storageName, signParallel: 1, workflowBundle: bundleFile },
    connection: input.nativeConnection,
    activities: createActivities({ ...dependencies, messages }),
    identity,
    observation,
  });
  const running = workers.map((worker) => worker.run());
  return async () => {
    for (const worker of workers) worker.shutdown();
    await Promise.allSettled(running);
    messages.close();
    await dependencies.close();
    if (pulp.is === 'configured') pulp.close();
  };
}

/** Workflows of other tests have the same names, because repositories and projects have fixed ids. */
export async function endLeftovers(client: Client): Promise<void> {
  const query = `ExecutionStatus = 'Running' AND WorkflowType IN ('repository', 'project', 'action')`;
  for await (const { workflowId } of client.workflow.list({ query }))
    await client.workflow
      .getHandle(workflowId)
      .terminate('of a test that is over')
      .catch(() => undefined);
}

async function contentsOf(root: string): Promise<Readonly<Record<string, string>>> {
  const contents: Record<string, string> = {};
  const walk = async (directory: string): Promise<void> => {
    const entries = await readdir(path.join(root, directory), { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const name = path.join(directory, entry.name);
      if (entry.name.startsWith('.')) continue;
      if (entry.isDirectory()) {
        contents[`${name}/`] = '';
        await walk(name);
      } else if (entry.isSymbolicLink()) contents[name] = `link to ${await readlink(path.join(root, name))}`;
      else
        contents[name] = createHash('sha256')
          .update(await readFile(path.join(root, name)))
          .digest('hex');
    }
  };
  await walk('');
  return contents;
}
