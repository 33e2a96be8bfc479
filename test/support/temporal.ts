import { fileURLToPath } from 'node:url';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { bundleWorkflowCode, DefaultLogger, Runtime, type WorkflowBundle } from '@temporalio/worker';
import attributes from '../../temporal/search-attributes.json' with { type: 'json' };
import { queryAgain } from '../../src/adapters/temporal/query-again.js';
import { findTemporal } from '../../temporal/binary.js';

type Shared = { environment?: Promise<TestWorkflowEnvironment> | undefined; bundle?: Promise<WorkflowBundle> };

/** Shared by the whole process: mocha requires some test files and imports others, and each way has its own modules. */
const shared = ((globalThis as { coprTestTemporal?: Shared }).coprTestTemporal ??= {});
let traced: Promise<WorkflowBundle> | undefined;
let bare: Promise<WorkflowBundle> | undefined;
let next: Promise<WorkflowBundle> | undefined;
let nextForm: Promise<WorkflowBundle> | undefined;

/** The one Temporal server of a test run, started when the first test needs it; or the one at `COPR_TEST_TEMPORAL`. */
export function temporal(): Promise<TestWorkflowEnvironment> {
  shared.environment ??= start();
  return shared.environment;
}

/** Ends the server, if one was started. */
export async function endTemporal(): Promise<void> {
  const started = await shared.environment?.catch(() => undefined); // one that did not start has nothing to end
  await started?.teardown();
  shared.environment = undefined;
}

/** Interceptors that every worker has. */
const ALWAYS = ['workflows/ahead-of-task.ts', 'workflows/canceled-end.ts', 'workflows/later-form.ts'];

/** The workflows as a worker loads them, bundled once per run. */
export function workflowBundle(): Promise<WorkflowBundle> {
  shared.bundle ??= bundleOf(...ALWAYS);
  return shared.bundle;
}

/** The same with the interceptors of tracing, as a worker with an `otlp_endpoint` loads it. */
export function tracedWorkflowBundle(): Promise<WorkflowBundle> {
  traced ??= bundleOf(...ALWAYS, 'tracing/workflow-interceptors.ts');
  return traced;
}

/** Only the workflows, without the interceptors that every worker has. */
export function bareWorkflowBundle(): Promise<WorkflowBundle> {
  bare ??= bundleOf();
  return bare;
}

/** The workflows as a later version of the product could have them: its builds have a step more. */
export function nextWorkflowBundle(): Promise<WorkflowBundle> {
  next ??= bundleFrom('test/fixtures/next-version.ts', ALWAYS);
  return next;
}

/** The workflows as a later version could have them: repositories pass on a form that this version does not read. */
export function nextFormBundle(): Promise<WorkflowBundle> {
  nextForm ??= bundleFrom('test/fixtures/next-form.ts', ALWAYS);
  return nextForm;
}

function bundleOf(...interceptors: readonly string[]): Promise<WorkflowBundle> {
  return bundleFrom('src/workflows/index.ts', interceptors);
}

function bundleFrom(workflows: string, interceptors: readonly string[]): Promise<WorkflowBundle> {
  const pathOf = (file: string): string => fileURLToPath(new URL(`../../${file}`, import.meta.url));
  return bundleWorkflowCode({
    workflowsPath: pathOf(workflows),
    workflowInterceptorModules: interceptors.map((file) => pathOf(`src/${file}`)),
    logger: new DefaultLogger('ERROR'),
  });
}

async function start(): Promise<TestWorkflowEnvironment> {
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: 'ERROR', forward: {} } },
  });
  const client = { interceptors: { workflow: [queryAgain] } };
  const address = process.env['COPR_TEST_TEMPORAL'];
  if (address !== undefined) return TestWorkflowEnvironment.createFromExistingServer({ address, client });
  const { path } = await findTemporal();
  const keywords = Object.keys(attributes).flatMap((name) => ['--search-attribute', `${name}=Keyword`]);
  return TestWorkflowEnvironment.createLocal({
    client,
    server: {
      executable: { type: 'existing-path', path },
      ip: '127.0.0.1',
      // Operators may pause workflows if this is enabled (server 1.32).
      extraArgs: [...keywords, '--dynamic-config-value', 'frontend.WorkflowPauseEnabled=true'],
      log: { format: 'pretty', level: 'error' },
    },
  });
}
