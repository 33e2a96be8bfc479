import { DefaultLogger, Runtime, Worker, bundleWorkflowCode } from '@temporalio/worker';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { findTemporal } from './temporal/binary.js';
import { workflowTaskTrouble } from './src/adapters/temporal/workflow-task-trouble.js';
Runtime.install({ logger: new DefaultLogger('ERROR', () => undefined), telemetryOptions: { logging: { filter: 'OFF' as never, forward: {} } } });
const { path } = await findTemporal();
const env = await TestWorkflowEnvironment.createLocal({ server: { executable: { type: 'existing-path', path }, ip: '127.0.0.1', log: { format: 'pretty', level: 'error' } } });
try { await env.client.workflowService.listWorkflowExecutions({ namespace: 'default', query: 'NoSuchAttribute IS NOT NULL', pageSize: 1 }); } catch (e) { console.log('unknown attribute:', (e as {code:number}).code, (e as Error).message); }
const bundle = await bundleWorkflowCode({ workflowsPath: process.cwd() + '/test/fixtures/another-version.ts', logger: new DefaultLogger('ERROR') });
const w = await Worker.create({ connection: env.nativeConnection, taskQueue: 'copr', workflowBundle: bundle });
const run = w.run();
const h = await env.client.workflow.start('buildDispatcher', { taskQueue: 'copr', workflowId: 'dispatcher/builds' });
const t0 = Date.now(); let n = 0; let last = '';
const q0 = Date.now();
while (Date.now() - t0 < 90000) {
  await h.signal('taskEnded', { n: n++ }).catch((e) => console.log('signal', e.message));
  const d = await h.describe();
  const line = JSON.stringify({ attempt: d.raw.pendingWorkflowTask?.attempt, sa: d.searchAttributes['TemporalReportedProblems'] });
  if (line !== last) console.log(((Date.now() - t0) / 1000).toFixed(1), n, line, JSON.stringify(await workflowTaskTrouble(env.client, d.raw)));
  last = line;
  await new Promise((r) => setTimeout(r, 100));
}
const qa = Date.now();
await env.client.withDeadline(Date.now() + 8000, () => h.query('admission')).catch((e) => console.log('query', Date.now() - qa, 'ms', e.name, e.message));
const d = await h.describe();
console.log('history length', d.historyLength, JSON.stringify(await workflowTaskTrouble(env.client, d.raw)));
w.shutdown(); await run; await env.teardown();
