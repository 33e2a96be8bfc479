import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { DEFAULT_DURATIONS } from '../../src/contracts/durations.js';
import { actionWorkflowId } from '../../src/contracts/names/ids.js';
import { WORKFLOW_QUEUE } from '../../src/contracts/names/task-queues.js';
import type { action } from '../../src/workflows/action/action.js';
import { answerJson, startFrontendServer, type FrontendServer } from '../adapters/frontend-http/frontend-server.js';
import { givenDirectory } from './given-directory.js';
import { givenRpms } from './given-rpms.js';
import { temporal } from './temporal.js';
import { givenWorkerProcess } from './worker-process.js';

export const COPY_CHROOT = 'fedora-rawhide-x86_64';
export const RELEASE_CHROOT = 'fedora-44-x86_64';

/** A project with builds, a frontend that requests copies of it, and a separate worker that can be killed. */
export type CopyWorld = {
  readonly destdir: string;
  /** Below `results`, where packages are signed. */
  readonly stateDir: string;
  readonly frontend: FrontendServer;
  /** Names of the source's build directories. */
  readonly builds: readonly string[];
  /** Build directories that exist in a chroot, sorted. */
  readonly standing: (owner: string, dirname: string, chroot: string) => Promise<readonly string[]>;
  /** Starts the action with this number; its record is one of `ACTIONS`. */
  readonly act: (record: Readonly<Record<string, unknown>>) => Promise<WorkflowHandle<typeof action>>;
  readonly startWorker: () => Promise<void>;
  readonly killWorker: () => Promise<void>;
  readonly remove: () => Promise<void>;
};

export async function givenCopyWorld(count: number): Promise<CopyWorld> {
  const root = await givenDirectory();
  const destdir = path.join(root.path, 'results');
  const stateDir = path.join(root.path, 'state');
  const name = path.basename(root.path).toLowerCase();
  const storage = `copies-${name.replace(/[^a-z0-9]/g, '')}`;
  const builds = Array.from({ length: count }, (_, index) => `${String(index + 1).padStart(8, '0')}-hello`);
  await fill(root.path, path.join(destdir, 'jdoe/hello', COPY_CHROOT), builds);
  const records = new Map<number, Readonly<Record<string, unknown>>>();
  const frontend = await startFrontendServer();
  frontend.answer = (request, response) => {
    const id = /\/action\/(\d+)\//.exec(request.url ?? '')?.[1];
    answerJson(id === undefined ? {} : (records.get(Number(id)) ?? null))(request, response);
  };
  const { client } = await temporal();
  const worker = await givenWorkerProcess(root.path, {
    ...{ destdir, storage_name: storage, frontend_base_url: frontend.url, signer: 'gpg' },
    ...{ frontend_auth: 'secret', generation_grace_hours: 0, do_sign: 'true', gently_gpg_sha256: 'false' },
    ...{ results_baseurl: 'http://results.example/results' },
  });

  return {
    ...{ destdir, stateDir, frontend, builds },
    ...{ startWorker: () => worker.start(), killWorker: worker.kill },
    standing: async (...names) => {
      const found = await readdir(path.join(destdir, ...names)).catch(() => []);
      return found.filter((entry) => /^\d{8}-/.test(entry)).sort();
    },
    act: (record) => {
      const id = Number(record['id']);
      records.set(id, record);
      return client.workflow.start<typeof action>('action', {
        workflowId: `${actionWorkflowId(id)}-${storage}`,
        taskQueue: WORKFLOW_QUEUE,
        args: [{ actionId: id, storage, durations: { ...DEFAULT_DURATIONS, resend: 2, linger: 1 } }],
      });
    },
    remove: async () => {
      await worker.kill();
      await frontend.stop();
      await root.remove();
    },
  };
}

/** The frontend's record of a fork of all builds (docs/neighbours/frontend.md#copies). */
export function forkRecord(id: number, builds: readonly string[]): Readonly<Record<string, unknown>> {
  const renamed = builds.map((build) => [build, `1${build.slice(1)}`] as const);
  const data = { user: 'alice', copr: 'mine', builds_map: { [COPY_CHROOT]: Object.fromEntries(renamed) }, storage: 0 };
  const row = { id, action_type: 7, object_type: 'copr', object_id: null, old_value: 'jdoe/hello' };
  return { ...row, new_value: 'alice/mine', data: JSON.stringify(data), result: 0, priority: 0 };
}

/** The frontend's record of a branched release (frontend-exchanges, action 23). */
export function branchRecord(id: number, builds: readonly string[]): Readonly<Record<string, unknown>> {
  const names = { projectname: 'hello', ownername: 'jdoe', copr_dir: 'hello', storage: 0, appstream: false };
  const data = { ...names, rawhide_chroot: COPY_CHROOT, dest_chroot: RELEASE_CHROOT, builds };
  const row = { id, action_type: 6, object_type: 'None', object_id: null, old_value: null, new_value: null };
  return { ...row, data: JSON.stringify(data), result: 0, priority: 0 };
}

async function fill(scratch: string, chroot: string, builds: readonly string[]): Promise<void> {
  const [rpm = ''] = await givenRpms(scratch, { name: 'hello' });
  for (const build of builds) {
    const directory = path.join(chroot, build);
    await mkdir(directory, { recursive: true });
    await copyFile(path.join(scratch, rpm), path.join(directory, rpm));
    for (const name of ['success', 'build.info', 'results.json', 'builder-live.log.gz', 'backend.log.gz'])
      await writeFile(path.join(directory, name), `${name} of ${build}`);
  }
}
