import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { createSentry } from '../../../src/adapters/sentry/defect-reports.js';
import { packageVersion } from '../../../src/adapters/process/package-version.js';
import type { DefectReports } from '../../../src/ports/defect-reports.js';
import { defectInterceptor } from '../../../src/workers/defect-interceptor.js';
import { activityContext } from '../../support/activity.js';
import { until } from '../../support/until.js';

type Received = { readonly path: string; readonly headers: IncomingHttpHeaders; readonly text: string };
type SentryEvent = {
  readonly release: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly exception: {
    readonly values: readonly {
      readonly type: string;
      readonly value: string;
      readonly stacktrace?: { readonly frames: readonly { readonly filename: string; readonly in_app: boolean }[] };
    }[];
  };
};

/** A server that takes envelopes. */
describe('reports of defects to Sentry', () => {
  let server: Server;
  let received: Received[];
  let status: number;
  let now: number;
  let logged: string[];
  let sentry: DefectReports;

  beforeEach(async () => {
    [received, logged, status, now] = [[], [], 200, 1_800_000_000_000];
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        received.push({ path: request.url ?? '', headers: request.headers, text: Buffer.concat(chunks).toString() });
        response.writeHead(status, status === 429 ? { 'retry-after': '120' } : {}).end('{}');
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    sentry = createSentry({
      dsn: `http://0123abcd:hush@127.0.0.1:${(server.address() as AddressInfo).port}/monitoring/17`,
      secrets: ['hunter22'],
      tags: { role: 'build' },
      log: { warn: (_, text) => void logged.push(text) },
      now: () => now,
    });
  });

  afterEach(async () => {
    await sentry.close();
    server.closeAllConnections();
    server.close();
  });

  it('tell what failed and where, in an envelope, without the secrets', async () => {
    const defect = new Error('no answer with password hunter22', { cause: new TypeError('x is not a function') });
    const failed = ApplicationFailure.create({ type: 'BackendDefect', message: defect.message, cause: defect });
    await assert.rejects(runActivity(failed), (error) => error === failed);
    const [{ path, headers, text }, event] = await onlyReport();
    assert.equal(path, '/monitoring/api/17/envelope/');
    assert.equal(headers['content-type'], 'application/x-sentry-envelope');
    assert.match(String(headers['x-sentry-auth']), /^Sentry sentry_version=7, .*sentry_key=0123abcd$/);
    assert.doesNotMatch(text, /hunter22|hush/);
    assert.equal(event.release, `copr-backend@${packageVersion()}`);
    assert.equal(event.tags['role'], 'build');
    assert.ok(event.tags['activity'] !== undefined && event.tags['workflow'] !== undefined);
    const [inner, outer] = event.exception.values;
    assert.deepEqual([inner?.type, inner?.value], ['TypeError', 'x is not a function']);
    assert.equal(outer?.value, 'no answer with password ****');
    const place = inner?.stacktrace?.frames.at(-1);
    assert.match(place?.filename ?? '', /^[^/].*defect-reports\.test\.[jt]s$/);
    assert.equal(place?.in_app, true);
  });

  it('have no part of a secret where a long message is cut', async () => {
    sentry.report(new Error(`....${'-hunter22'.repeat(1000)}....`), {});
    const [, event] = await onlyReport();
    assert.doesNotMatch(event.exception.values[0]?.value ?? '', /hun|unt|ter2|er22/);
    assert.match(event.exception.values[0]?.value ?? '', /^\.{4}-\*{4}-/);
  });

  it('are not made of outages', async () => {
    await assert.rejects(runActivity(ApplicationFailure.create({ type: 'FrontendUnavailable', message: 'down' })));
    await sentry.close();
    assert.deepEqual(received, []);
  });

  it('are one an hour for the same defect, and thirty in all', async () => {
    await reportUntil('the same', 1);
    for (let attempt = 2; attempt <= 10; attempt += 1) sentry.report('the same', {});
    for (let count = 2; count <= 30; count += 1) await reportUntil('x'.repeat(count), count);
    sentry.report('one too many', {});
    now += 3_600_000;
    await reportUntil('the same', 31);
    assert.equal(received.filter(({ text }) => text.includes('the same')).length, 2);
    assert.equal(received.filter(({ text }) => text.includes('one too many')).length, 0);
  });

  it('stop for as long as Sentry asks, and the log says so', async () => {
    status = 429;
    sentry.report('first', {});
    await until('a refusal', () => logged.length > 0);
    status = 200;
    sentry.report('second', {});
    now += 121_000;
    sentry.report('third', {});
    await sentry.close();
    assert.deepEqual(
      received.map(({ text }) => /first|second|third/.exec(text)?.[0]),
      ['first', 'third'],
    );
    assert.match(logged.join(), /not reported to Sentry/);
  });

  it('bother nobody when Sentry is down', async () => {
    server.close();
    sentry.report('first', {});
    await sentry.close();
    assert.match(logged.join(), /not reported to Sentry/);
  });

  async function runActivity(failed: Error): Promise<unknown> {
    return await activityContext().run(async () => {
      const { inbound } = defectInterceptor(sentry)(Context.current());
      return await inbound?.execute?.({ args: [], headers: {} }, () => Promise.reject(failed));
    });
  }

  /** Few are on their way at the same time; one that was dropped because of that may be repeated. */
  async function reportUntil(what: string, total: number): Promise<void> {
    while (received.length < total) {
      sentry.report(what, {});
      await new Promise(setImmediate);
    }
  }

  async function onlyReport(): Promise<[Received, SentryEvent]> {
    await sentry.close();
    const [report, ...more] = received;
    assert.ok(report !== undefined && more.length === 0);
    return [report, JSON.parse(report.text.split('\n')[2] ?? '') as SentryEvent];
  }
});
