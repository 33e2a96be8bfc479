import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createBuildTaskActivities } from '../../../src/activities/build/build-tasks.js';
import { createFinishActivities } from '../../../src/activities/build/build-end.js';
import { createRemoteBuildActivities } from '../../../src/activities/build/remote-build.js';
import { createFrontendHttp } from '../../../src/adapters/frontend-http/frontend.js';
import { createResultTree } from '../../../src/adapters/result-tree/result-tree.js';
import type { BeginBuildResult } from '../../../src/contracts/activities.js';
import type { BuildKind, BuildOutcome } from '../../../src/contracts/build/build.js';
import { isSourceTask } from '../../../src/domain/build/build-directory.js';
import type { BuildReport, BuiltPackages, Frontend } from '../../../src/ports/frontend.js';
import type { RpmResults, SourceResults } from '../../../src/ports/build/build-results.js';
import { activityContext } from '../../support/activity.js';
import { BUILDER } from '../../support/fake-activities.js';
import { fakePorts, type FakePorts } from '../../support/fake-ports.js';
import { givenDirectory } from '../../support/given-directory.js';
import { buildPath } from '../../support/result-paths.js';
import { refusalOf } from '../../support/rejection.js';
import { type FrontendServer, startFrontendServer } from './frontend-server.js';

/** One build as it stands in a report. */
type WireReport = {
  readonly id: number;
  readonly task_id: string;
  readonly chroot: string;
  readonly status: number;
  readonly result_dir: string;
  readonly started_on?: number;
  readonly ended_on?: number;
  readonly built_packages?: string;
  readonly pkg_name?: string;
  readonly pkg_version?: string;
  readonly srpm_url?: string;
  readonly results?: RpmResults | WireSource;
};

const STATUSES: Readonly<Record<number, BuildReport['status']>> = {
  ...{ 0: 'failed', 1: 'succeeded', 3: 'running', 6: 'starting' },
};

type WireSource = Omit<SourceResults, 'architectureSpecificTags'> & {
  readonly architecture_specific_tags: SourceResults['architectureSpecificTags'];
};

type Exchange = {
  readonly method: string;
  readonly path: string;
  /** The body that a frontend was sent; of reports the keys that it reads. */
  readonly request: unknown;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly response: string;
};

/** The questions to a real frontend about builds, and its answers, in order. */
const EXCHANGES = readFileSync(new URL('../../fixtures/frontend/exchanges.jsonl', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as Exchange);

describe('what a real frontend accepted', () => {
  let server: FrontendServer;
  let frontend: Frontend;

  before(async () => {
    server = await startFrontendServer();
    frontend = createFrontendHttp({ baseUrl: server.url, password: 'p' });
  });
  after(() => server.stop());
  beforeEach(() => {
    server.seen.length = 0;
  });

  const routes = [
    ...['pending-jobs', 'get-srpm-build-task', 'get-build-task', 'starting_build', 'update'],
    ...['build-tasks/cancel-requests', 'build-tasks/canceled'],
  ];
  for (const route of routes) {
    const ofRoute = EXCHANGES.filter(({ path, request }) => path.startsWith(`/backend/${route}/`) && !isProbe(request));

    it(`is what we send, and its answer is understood: ${route}, ${ofRoute.length} exchanges`, async () => {
      assert.ok(ofRoute.length > 0);
      for (const exchange of ofRoute) {
        server.seen.length = 0;
        server.answer = answering(exchange);
        await repeat(exchange);
        const { method, path, request } = exchange;
        const sent = server.seen.map(({ body, ...seen }) => ({
          ...{ method: seen.method, path: seen.path },
          request: asFarAsRead(body ?? null, request),
        }));
        assert.deepEqual(sent, [{ method, path, request }]);
        assert.equal(server.seen[0]?.headers['content-type'], 'application/json');
      }
    });
  }

  it('is nothing that this test does not look at', () => {
    const others = EXCHANGES.filter(({ path }) => !routes.some((route) => path.startsWith(`/backend/${route}/`)));
    assert.deepEqual(others, []);
  });

  /** Makes the call that leads to this exchange, and checks what comes of it. */
  async function repeat(exchange: Exchange): Promise<void> {
    const [, , route = ''] = exchange.path.split('/');
    const answer = parsed(exchange.response);
    const call = callFor(exchange, route);
    if (exchange.status >= 500 || answer === undefined) {
      const { code, retryable } = await refusalOf(call);
      assert.deepEqual([code, retryable], ['FrontendUnavailable', true], exchange.path);
      return;
    }
    const understood = await call;
    if (route === 'pending-jobs' || route === 'build-tasks') {
      if (exchange.method === 'GET') assert.deepEqual(understood, answer);
    } else if (route.startsWith('get-')) {
      assert.deepEqual(understood, exchange.status === 404 || answer === null ? null : exchange.path.split('/')[3]);
    } else if (route === 'starting_build') assert.equal(understood, (answer as { can_start: boolean }).can_start);
  }

  async function callFor(exchange: Exchange, route: string): Promise<unknown> {
    const taskId = exchange.path.split('/').at(-2) ?? '';
    switch (route) {
      case 'pending-jobs': {
        const items = parsed(exchange.response) as readonly { task_id: string }[] | undefined;
        const byId = new Map(items?.map((item) => [item.task_id, item]));
        return (await frontend.pendingBuilds()).map((task) => byId.get(task.taskId));
      }
      case 'build-tasks':
        if (exchange.method === 'GET') return frontend.cancelRequests();
        return frontend.confirmCancel(taskId, exchange.request === true);
      case 'starting_build':
        return frontend.startingBuild(reportFrom(exchange.request as WireReport));
      case 'update':
        return frontend.reportBuild(reportFrom((exchange.request as { builds: [WireReport] }).builds[0]));
      default:
        return (await frontend.buildTask(taskId))?.taskId ?? null;
    }
  }

  describe('is what the activities of a build send, but for the times', () => {
    let root: Awaited<ReturnType<typeof givenDirectory>>;
    let ports: FakePorts;

    beforeEach(async () => {
      root = await givenDirectory();
      ports = fakePorts({
        frontend,
        ...createResultTree({ destdir: root.path }),
        settings: { resultsBaseurl: 'http://results.test/results' },
      });
      server.answer = (request, response) => {
        const found = EXCHANGES.find(({ method, path }) => method === request.method && path === request.url);
        assert.ok(found !== undefined, `${request.method ?? ''} ${request.url ?? ''} is not recorded`);
        answering(found)(request, response);
      };
    });
    afterEach(() => root.remove());

    for (const [taskId, status, rpm] of [
      ['1', 1, 'hello-1.0-1.src.rpm'],
      ['1-fedora-44-x86_64', 1, 'hello-1.0-1.noarch.rpm'],
      ['1-fedora-rawhide-x86_64', 0, null],
    ] as const) {
      it(`${taskId}, which ${status === 1 ? 'succeeds' : 'fails'}`, async () => {
        const kind: BuildKind = isSourceTask(taskId) ? 'source' : 'rpm';
        const { beginBuild } = createBuildTaskActivities(ports.deps);
        const begun: BeginBuildResult = await activityContext().run(beginBuild, { taskId, kind });
        assert.ok(begun.start === true);
        const { facts, startedOn } = begun;
        const { startRemoteBuild } = createRemoteBuildActivities(ports.deps);
        await activityContext().run(startRemoteBuild, {
          facts,
          builder: BUILDER,
          attempt: 1,
          announce: true,
          startedOn,
        });
        const last = recordedReport(taskId, status);
        if (rpm !== null) {
          const directory = buildPath(root.path, facts);
          await mkdir(directory, { recursive: true });
          await writeFile(join(directory, 'results.json'), JSON.stringify(last['results']));
          await writeFile(join(directory, rpm), 'rpm');
        }
        const outcome: BuildOutcome =
          status === 1
            ? { result: 'succeeded', packages: 1 }
            : { result: 'failed', failure: { code: 'PackageFailed', message: 'no' } };
        const { finishBuild } = createFinishActivities(ports.deps);
        const endedOn = startedOn + 1;
        await activityContext().run(finishBuild, {
          ...{ facts, taskId, kind, outcome, startedOn, endedOn, staging: null, isCancelAsked: false },
        });

        const posted = server.seen.filter(({ method }) => method === 'POST').map(({ body }) => timeless(body));
        assert.deepEqual(posted, [recordedReport(taskId, 6), recordedReport(taskId, 3), last]);
      });
    }
  });
});

function answering({ status, headers, response: text }: Exchange): FrontendServer['answer'] {
  return (_request, response) => response.writeHead(status, headers).end(text);
}

/** Undefined for what is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The report of which `wireReport` made this one. */
function reportFrom(wire: WireReport): BuildReport {
  const { id, task_id: taskId, chroot, result_dir: resultDir } = wire;
  const status = STATUSES[wire.status] ?? assert.fail(`no backend sends the status ${wire.status}`);
  const built = builtFrom(wire);
  return {
    ...{ id, taskId, chroot, status, resultDir },
    ...(wire.started_on === undefined ? {} : { startedOn: wire.started_on }),
    ...(wire.ended_on === undefined ? {} : { endedOn: wire.ended_on }),
    ...(built === null ? {} : { built }),
  };
}

/** Null where the report says nothing of packages; what a frontend does not read of them may be anything. */
function builtFrom(wire: WireReport): BuiltPackages | null {
  const { results, built_packages: built, pkg_name: name, pkg_version: evr = '1-1', srpm_url: srpmUrl } = wire;
  if (results !== undefined && 'packages' in results) return { kind: 'rpm', packages: results.packages };
  if (results !== undefined) {
    const { architecture_specific_tags: architectureSpecificTags, ...source } = results;
    return { kind: 'source', source: { ...source, architectureSpecificTags }, srpmUrl: srpmUrl ?? '' };
  }
  if (name !== undefined || srpmUrl !== undefined) {
    const [, epoch, version = '', release = ''] = /^(?:(\d+):)?(.+)-([^-]+)$/.exec(evr) ?? assert.fail(evr);
    const source = { name: name ?? '', epoch: epoch === undefined ? null : Number(epoch), version, release };
    return { kind: 'source', source: { ...source, architectureSpecificTags: {} }, srpmUrl: srpmUrl ?? '' };
  }
  if (built === undefined) return null;
  const packages = built.split('\n').map((line) => {
    const [name = '', version = ''] = line.split(' ');
    return { name, version, epoch: null, release: '1', arch: 'noarch' };
  });
  return { kind: 'rpm', packages };
}

/** The first recorded report of a task with this status, as `timeless` leaves it. */
function recordedReport(taskId: string, status: number): Record<string, unknown> {
  const found = EXCHANGES.map(({ request }) => timeless(request)).find(
    (report) => report['task_id'] === taskId && report['status'] === status,
  );
  return found ?? assert.fail(`no report of ${taskId} with status ${status}`);
}

/** A report with a key of the recorder's own, to see whether a frontend minds: no backend sends such. */
function isProbe(request: unknown): boolean {
  const { builds } = (request ?? {}) as { builds?: [WireReport] };
  return builds?.[0].results !== undefined && 'more' in builds[0].results;
}

/** Of a report what a frontend reads of it: the keys that were recorded. */
function asFarAsRead(sent: unknown, recorded: unknown): unknown {
  const { builds } = (sent ?? {}) as { builds?: [object] };
  const { builds: [read] = [{}] } = (recorded ?? {}) as { builds?: [object] };
  if (builds === undefined) return sent;
  return { builds: builds.map((report) => Object.fromEntries(Object.entries(report).filter(([key]) => key in read))) };
}

/** The report alone, without times, and without what a frontend takes for absent. */
function timeless(body: unknown): Record<string, unknown> {
  const { builds } = (body ?? {}) as { builds?: [object] };
  const entries = Object.entries(builds?.[0] ?? (body as object | null) ?? {});
  return Object.fromEntries(entries.filter(([key, value]) => !key.endsWith('ed_on') && value !== ''));
}
