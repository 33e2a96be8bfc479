import assert from 'node:assert/strict';
import { startFrontendTap, type FrontendTap } from '../../../../bench/installation/frontend-tap.js';
import { sendText, serveHttp, type RunningService } from '../../../../playground/loopback/http-service.js';

const LISTS: Readonly<Record<string, string>> = {
  '/backend/pending-jobs': '[\n{"task_id": "7-custom-1-x86_64", "id": 70}\n]\n',
  '/backend/pending-actions': '[\n{"id": 8}\n]\n',
};

describe('the tap between backend and frontend', () => {
  let frontend: RunningService;
  let tap: FrontendTap;
  let asked: string[];

  beforeEach(async () => {
    asked = [];
    frontend = await serveHttp({
      port: 0,
      log: () => undefined,
      handle: (request, response) => {
        asked.push(request.url ?? '');
        sendText(response, 200, LISTS[(request.url ?? '').replace(/\/$/, '')] ?? '', 'application/json');
        return Promise.resolve();
      },
    });
    tap = await startFrontendTap(frontend.url);
  });

  afterEach(async () => {
    await tap.close();
    await frontend.close();
  });

  async function list(of: 'jobs' | 'actions', signal: AbortSignal | null = null): Promise<readonly unknown[]> {
    return (await (await fetch(`${tap.url}/backend/pending-${of}/`, { signal })).json()) as readonly unknown[];
  }

  it('hides builds without the actions, which make their keys and repositories', async () => {
    tap.hideBuilds(true);
    assert.deepEqual(await list('jobs'), []);
    assert.deepEqual(await list('actions'), [{ id: 8 }]);
    tap.hideBuilds(false);
    assert.equal((await list('jobs')).length, 1);
  });

  it('hides actions without the builds', async () => {
    tap.hideActions(true);
    assert.deepEqual(await list('actions'), []);
    assert.equal((await list('jobs')).length, 1);
  });

  it('knows when builds and actions were first listed, and does not mix their numbers', async () => {
    tap.hideBuilds(true);
    await list('jobs');
    assert.deepEqual([...tap.listedAt.keys()], []);
    tap.hideBuilds(false);
    await list('jobs');
    await list('actions');
    assert.deepEqual([...tap.listedAt.keys()], ['7-custom-1-x86_64', 'action/8']);
  });

  it('hands a delayed list on late, as the frontend gave it; one that nobody waits for any more was not listed', async () => {
    tap.delayBuildLists(3600);
    const giveUp = new AbortController();
    const late = list('jobs', giveUp.signal);
    late.catch(() => undefined);
    assert.deepEqual(await list('actions'), [{ id: 8 }], 'only builds are late');
    while (!asked.includes('/backend/pending-jobs/')) await new Promise(setImmediate);
    giveUp.abort();
    await assert.rejects(late);
    tap.delayBuildLists(0.01);
    const began = Date.now();
    assert.equal((await list('jobs')).length, 1);
    assert.ok((tap.listedAt.get('7-custom-1-x86_64') ?? 0) >= began, 'the one that was given up does not count');
  });
});
