import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { createCreaterepoIndexer } from '../../src/adapters/repository-store/repository-indexer.js';
import { runCommand, type CommandResult } from '../../src/adapters/process/run-command.js';
import { answerJson, startFrontendServer, type FrontendServer } from '../adapters/frontend-http/frontend-server.js';
import { givenDirectory } from './given-directory.js';
import { NOTHING } from './given-repository.js';
import { givenVersions } from './given-versions.js';
import { fixture, givenWorkerProcess, ROOT } from './worker-process.js';

const DAY = 86_400;

/** A project of many builds in a results tree, a frontend that knows it, and a separate worker that can be killed. */
export type PruneWorld = {
  readonly storage: string;
  readonly destdir: string;
  readonly frontend: FrontendServer;
  readonly chroots: readonly string[];
  /** Every RPM of the tree, as a path below the results root, sorted. */
  readonly rpms: () => Promise<readonly string[]>;
  /** `copr-prune-results` with its configuration. */
  readonly command: (...args: readonly string[]) => Promise<CommandResult>;
  readonly startWorker: () => Promise<void>;
  readonly killWorker: () => Promise<void>;
  readonly remove: () => Promise<void>;
};

/**
 * `builds` builds, one package each, spread over the chroots; three in five of them are a month old. The last chroot is
 * no longer active.
 */
export async function givenPruneWorld(size: {
  readonly chroots: number;
  readonly builds: number;
}): Promise<PruneWorld> {
  const root = await givenDirectory();
  const destdir = path.join(root.path, 'results');
  const storage = `prune-${path
    .basename(root.path)
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '')}`;
  const chroots = Array.from({ length: size.chroots }, (_, index) => `fedora-${40 + index}-x86_64`);
  await fill(destdir, chroots, size.builds / size.chroots);
  const frontend = await givenFrontend(chroots);
  const worker = await givenWorkerProcess(root.path, {
    ...{ destdir, storage_name: storage, frontend_base_url: frontend.url },
    ...{ frontend_auth: 'secret', generation_grace_hours: 0, prune_days: 14, prune_workers: 1, do_sign: 'false' },
    results_baseurl: 'http://results.example/results',
  });

  return {
    ...{ storage, destdir, frontend, chroots },
    startWorker: () => worker.start(),
    killWorker: worker.kill,
    rpms: async () => {
      const all = await readdir(destdir, { recursive: true, encoding: 'utf8' });
      return all.filter((file) => file.endsWith('.rpm')).sort();
    },
    command: (...args) =>
      runCommand(
        process.execPath,
        [...fixture('prune-command.ts'), '--config', worker.configFile, '--allow-root', ...args],
        { cwd: ROOT, timeoutMs: 120_000, maxBytes: 16 * 1024 * 1024 },
      ),
    remove: async () => {
      await worker.kill();
      await frontend.stop();
      await root.remove();
    },
  };
}

async function fill(destdir: string, chroots: readonly string[], builds: number): Promise<void> {
  const now = Math.floor(Date.now() / 1000);
  const project = path.join(destdir, 'jdoe', 'hello');
  const versions = await givenVersions(path.join(project, chroots[0] ?? ''), 'hello');
  const indexer = createCreaterepoIndexer({ destdir, resultsBaseurl: 'http://results.example', graceHours: 0 });
  for (const chroot of chroots) {
    for (let n = 1; n <= builds; n += 1) {
      const build = path.join(project, chroot, `${String(n).padStart(8, '0')}-hello`);
      await versions.put(build, n, n <= (builds * 3) / 5 ? now - 30 * DAY : now);
    }
    await indexer.publish({ owner: 'jdoe', dirname: 'hello', chroot }, { ...NOTHING, full: true }, {});
  }
}

async function givenFrontend(chroots: readonly string[]): Promise<FrontendServer> {
  const frontend = await startFrontendServer();
  const done = new Set<string>();
  frontend.answer = (request, response) => {
    const url = request.url ?? '';
    if (url.startsWith('/api_3/project?')) {
      const flags = { devel_mode: false, persistent: false, auto_prune: true, appstream: false, storage: 'backend' };
      answerJson(flags)(request, response);
      return;
    }
    if (url.endsWith('/final-prunerepo-done/')) {
      for (const name of frontend.seen.at(-1)?.body as readonly string[]) done.add(name);
      answerJson(true)(request, response);
      return;
    }
    const states = chroots.map((name, index) => {
      const active = index + 1 < chroots.length;
      return [name, { active, final_prunerepo_done: done.has(name) }] as const;
    });
    answerJson(Object.fromEntries(states))(request, response);
  };
  return frontend;
}
