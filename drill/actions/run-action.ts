import { cp, lstat, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { WorkflowFailedError } from '@temporalio/client';
import { createGpgSigner } from '../../src/adapters/gpg/signer.js';
import { startWorkflow } from '../../src/adapters/temporal/start-workflow.js';
import { DEFAULT_DURATIONS } from '../../src/contracts/durations.js';
import { actionWorkflowId } from '../../src/contracts/names/ids.js';
import { WORKFLOW_QUEUE } from '../../src/contracts/names/task-queues.js';
import { answerJson, startFrontendServer } from '../../test/adapters/frontend-http/frontend-server.js';
import { endLeftovers } from '../../test/support/action-world.js';
import { givenDirectory } from '../../test/support/given-directory.js';
import { givenProject } from '../../test/support/given-signed-project.js';
import { temporal } from '../../test/support/temporal.js';
import { givenWorkerProcess } from '../../test/support/worker-process.js';
import { BRANCH, OWNER, PROJECT, type ActionKind } from './kinds.js';
import { treeFacts } from './tree-facts.js';

const COMPS = '<?xml version="1.0"?><comps><group><id>g</id><name>G</name></group></comps>';
const SIGN_DOMAIN = 'example.org';
/** No kind takes longer, however loaded the machine is; an action that does is stuck. */
const PATIENCE_MS = 240_000;

/** The results of an action, and the activities that it took. */
export type ActionRun = {
  readonly facts: readonly string[];
  /** Bodies of its reports. */
  readonly reports: readonly unknown[];
  readonly activities: readonly string[];
  /** False: the worker never reached the place where it was to die. */
  readonly isKilled: boolean;
};

/** A results tree and its keys; each run gets its own copy. */
export type Template = { readonly path: string; readonly remove: () => Promise<void> };

export async function givenTemplate(): Promise<Template> {
  const root = await givenDirectory();
  await mkdir(path.join(root.path, 'results'));
  const signer = createGpgSigner({ home: keysOf(root.path), signDomain: SIGN_DOMAIN });
  try {
    for (const dirname of [PROJECT, BRANCH])
      await givenProject(path.join(root.path, 'results'), { owner: OWNER, dirname }, signer);
  } finally {
    await signer.close();
  }
  return root;
}

function keysOf(root: string): string {
  return path.join(root, 'state', 'gnupg');
}

/** Runs one action in its own world; the worker dies once at `dieAt` (`discard:after`), and another one takes over. */
export async function runAction(template: Template, kind: ActionKind, dieAt: string | null): Promise<ActionRun> {
  const root = await givenDirectory();
  await cp(template.path, root.path, {
    recursive: true,
    preserveTimestamps: true,
    filter: async (name) => !(await lstat(name)).isSocket(),
  });
  const destdir = path.join(root.path, 'results');
  const signer = createGpgSigner({ home: keysOf(root.path), signDomain: SIGN_DOMAIN });
  const { client } = await temporal();
  await endLeftovers(client);
  const frontend = await startFrontendServer();
  const id = 50;
  frontend.answer = (request, response) => {
    if (request.url === '/comps/1.xml') response.writeHead(200, { 'content-type': 'text/xml' }).end(COMPS);
    else answerJson(request.method === 'GET' ? { id, ...kind.record } : {})(request, response);
  };
  const storage = `drill-${path
    .basename(root.path)
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '')}`;
  const worker = await givenWorkerProcess(root.path, {
    ...{ destdir, storage_name: storage, results_baseurl: 'http://results.example/results' },
    ...{ frontend_base_url: frontend.url, frontend_auth: 'secret', generation_grace_hours: 0 },
    ...{ signer: 'gpg', sign_domain: SIGN_DOMAIN, gently_gpg_sha256: 'false', do_sign: 'true' },
  });
  try {
    await worker.start(dieAt ?? '');
    const handle = await startWorkflow(client, 'action', {
      workflowId: actionWorkflowId(id),
      taskQueue: WORKFLOW_QUEUE,
      input: { actionId: id, storage, durations: { ...DEFAULT_DURATIONS, resend: 5 } },
    });
    // An action that fails says so in its report, which is compared.
    const ended = handle.result().catch((error: unknown) => {
      if (!(error instanceof WorkflowFailedError)) throw error;
    });
    const isKilled = await Promise.race([worker.died().then(() => true), ended.then(() => false)]);
    if (isKilled) await worker.start();
    await within(`${kind.name} after a death at ${dieAt ?? 'no place'}`, ended);
    await worker.kill();
    const reports = frontend.seen.filter(({ method }) => method === 'POST').map(({ body }) => body);
    return { facts: await treeFacts(destdir, signer), reports, activities: worker.begun(), isKilled };
  } finally {
    await worker.kill();
    await frontend.stop();
    await signer.close();
    await endLeftovers(client);
    await root.remove();
  }
}

async function within<T>(what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not ended within ${PATIENCE_MS / 1000} s: ${what}`)), PATIENCE_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
