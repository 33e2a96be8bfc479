import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { Worker } from '@temporalio/worker';
import type { BeginBuildResult } from '../../src/contracts/activities.js';
import type { BuildInput } from '../../src/contracts/inputs.js';
import { createTraces } from '../../src/tracing/create-traces.js';
import type { build } from '../../src/workflows/build/build.js';
import { fakeActivities, givenFacts } from '../support/fake-activities.js';
import { temporal, workflowBundle } from '../support/temporal.js';
import { SHORT, withRig } from '../support/workflow-rig.js';

type Span = {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
};
type Export = { readonly resourceSpans: readonly { readonly scopeSpans: readonly { readonly spans: Span[] }[] }[] };

/** A collector that speaks OTLP over HTTP, as JSON. */
async function withCollector(run: (endpoint: string, spans: readonly Span[]) => Promise<void>): Promise<void> {
  const spans: Span[] = [];
  const server = createServer((request, response) => {
    void json(request).then((body) => {
      assert.equal(request.url, '/v1/traces');
      const { resourceSpans } = body as Export;
      spans.push(...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)));
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await run(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, spans);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const begun: BeginBuildResult = {
  start: true,
  facts: givenFacts({ taskId: '7', kind: 'source', chroot: 'srpm-builds', sign: false }),
  missing: { repository: false, key: false },
  startedOn: 1_700_000_000,
};

describe('traces', function () {
  this.timeout(120_000);

  it('bring all spans of a build to the collector, under one trace, and leave a history that replays without them', () =>
    withCollector(async (endpoint, spans) => {
      const traces = createTraces({ endpoint, service: 'copr-backend-test' });
      const { client } = await temporal();
      const history = await withRig(
        fakeActivities({ beginBuild: () => Promise.resolve(begun) }).activities,
        async (rig) => {
          const input: BuildInput = { taskId: '7', storage: rig.storage, durations: SHORT };
          const handle = await client.workflow.start<typeof build>('build', {
            workflowId: `build/traced-${rig.storage}`,
            taskQueue: rig.queue,
            args: [input],
          });
          await handle.result();
          return handle.fetchHistory();
        },
        traces,
      );
      await traces.close();
      const names = spans.map(({ name }) => name);
      for (const name of ['RunWorkflow:build', 'StartActivity:followBuild', 'RunActivity:followBuild']) {
        assert.ok(names.includes(name), `${name} in ${names.join(', ')}`);
      }
      assert.equal(new Set(spans.map(({ traceId }) => traceId)).size, 1, 'one trace');
      const root = spans.find(({ name }) => name === 'RunWorkflow:build');
      const scheduled = spans.find(({ name }) => name === 'StartActivity:followBuild');
      const ran = spans.find(({ name }) => name === 'RunActivity:followBuild');
      assert.deepEqual([scheduled?.parentSpanId, ran?.parentSpanId], [root?.spanId, scheduled?.spanId]);
      await Worker.runReplayHistory({ workflowBundle: await workflowBundle() }, history);
    }));
});
