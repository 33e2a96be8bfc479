import assert from 'node:assert/strict';
import { once } from 'node:events';
import { truncate, writeFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { Unit, type Repository } from '../../../src/adapters/pulp/answers.js';
import { createPulpExchange } from '../../../src/adapters/pulp/exchange.js';
import { createPulpPackages } from '../../../src/adapters/pulp/packages.js';
import { readAll } from '../../../src/adapters/pulp/read-answer.js';
import type { Modified } from '../../../src/adapters/pulp/repositories.js';
import { NO_MEMORY } from '../../../src/adapters/pulp/tasks.js';
import {
  givenMemory,
  givenPulp,
  localPackage,
  PULP_START_MS,
  settingsOf,
  type GivenPulp,
} from '../../support/given-pulp.js';
import { refusalOf } from '../../support/rejection.js';
import { until } from '../../support/until.js';

const WATCH = { memory: NO_MEMORY };
const NOTHING = { add: [], remove: [] };

describe('the client of Pulp', () => {
  let given: GivenPulp;
  before(async function () {
    this.timeout(PULP_START_MS);
    given = await givenPulp();
    await given.close();
  });
  beforeEach(async () => {
    given = await givenPulp();
  });
  afterEach(() => given.close());

  async function uploaded(recipe: Parameters<GivenPulp['rpms']>[0] = {}): Promise<readonly Unit[]> {
    return [...(await given.packages.ensure(await given.rpms(recipe), WATCH)).values()];
  }
  async function contentOf(repository: Repository): Promise<readonly string[]> {
    const units = await given.packages.ofVersion(repository.latest_version_href);
    return units.map(({ pulp_href: href }) => href).sort();
  }
  const hrefs = (units: readonly Unit[]): readonly string[] => units.map(({ pulp_href: href }) => href).sort();

  describe('packages', () => {
    it('uploads what Pulp lacks, and nothing twice', async () => {
      const rpms = await given.rpms({});
      const [first, again] = [await given.packages.ensure(rpms, WATCH), await given.packages.ensure(rpms, WATCH)];
      assert.deepEqual([...first.keys()].sort(), rpms.map(({ sha256 }) => sha256).sort());
      assert.deepEqual(again, first);
      assert.equal(given.proxy.count('/pulp/api/v3/content/rpm/packages/upload'), rpms.length);
    });

    it('mends the labels of bytes that were there with others', async () => {
      const rpms = await given.rpms({});
      await given.packages.ensure(rpms, WATCH);
      const labels = { build_id: '8', chroot: 'fedora-42-x86_64' };
      await given.packages.ensure(
        rpms.map((rpm) => ({ ...rpm, labels })),
        WATCH,
      );
      const found = [...(await given.packages.find(rpms.map(({ sha256 }) => sha256))).values()];
      assert.deepEqual(
        found.map((unit) => unit.pulp_labels),
        rpms.map(() => labels),
      );
    });

    it('finds by labels, more builds than one question may name', async () => {
      const chroot = given.name();
      const builds = Array.from({ length: 9 }, (_, i) => String(9000 + i));
      for (const build of [builds[0], builds[8]]) {
        const rpms = await given.rpms({});
        const labels = { build_id: build ?? '', chroot };
        await given.packages.ensure(
          rpms.map((rpm) => ({ ...rpm, labels })),
          WATCH,
        );
      }
      const found = await given.packages.labelled(builds.map((build) => ({ build_id: build, chroot })));
      assert.deepEqual(found.map((unit) => unit.pulp_labels['build_id']).sort(), [
        builds[0],
        builds[0],
        builds[8],
        builds[8],
      ]);
    });

    it('refuses a label that could be stored and never be found', async () => {
      const [rpm] = await given.rpms({});
      const wrong = rpm === undefined ? [] : [{ ...rpm, labels: { chroot: 'a,b' } }];
      assert.equal((await refusalOf(given.packages.ensure(wrong, WATCH))).code, 'PulpRefused');
      assert.equal(given.proxy.count('/pulp/api/v3/content/rpm/packages/upload'), 0);
    });

    it('asks for hundreds of packages within the length of a request line', async () => {
      const [unit] = await uploaded();
      const unknown = Array.from({ length: 300 }, (_, i) => i.toString(16).padStart(64, '0'));
      assert.deepEqual([...(await given.packages.find([...unknown, unit?.sha256 ?? ''])).keys()], [unit?.sha256]);
    });

    it('brings the same new bytes to Pulp from several sides at once', async () => {
      const rpms = await given.rpms({});
      const all = await Promise.all([1, 2, 3, 4].map(() => given.packages.ensure(rpms, WATCH)));
      const seen = new Set(all.map((units) => hrefs([...units.values()]).join()));
      assert.equal(seen.size, 1);
      // Whether they meet is chance; this is what Pulp says then.
      const taken = { status: 400, json: { non_field_errors: ['Artifact with sha256 checksum already exists.'] } };
      given.proxy.fail('/pulp/api/v3/content/rpm/packages/upload', taken);
      assert.equal((await given.packages.ensure((await given.rpms({})).slice(0, 1), WATCH)).size, 1);
    });

    it('says once and for all that a file is not a package, or only the beginning of one', async () => {
      const [rpm, cut] = await given.rpms({});
      await writeFile(rpm?.file ?? '', 'no package');
      await truncate(cut?.file ?? '', 1500);
      for (const file of [rpm, cut]) {
        const wrong = await localPackage(file?.file ?? '', { build_id: '7' });
        const { code, retryable } = await refusalOf(given.packages.ensure([wrong], WATCH));
        assert.deepEqual([code, retryable], ['PulpRefused', false]);
      }
    });

    it('sends large ones in pieces, also where Pulp has the bytes but not the package', async () => {
      const pieces = createPulpPackages(given.exchange, { chunkedBytes: 0, chunkBytes: 2000 });
      const rpms = await given.rpms({});
      const units = await pieces.ensure(rpms, WATCH);
      assert.deepEqual([...units.keys()].sort(), rpms.map(({ sha256 }) => sha256).sort());
      const artifacts = (await given.rpms({})).slice(0, 1);
      const memory = givenMemory();
      // The attempt that made the artifact was lost before it made the package.
      given.proxy.fail('/pulp/api/v3/content/rpm/packages/upload', 'resetBefore');
      assert.equal((await refusalOf(pieces.ensure(artifacts, { memory }))).code, 'PulpUnavailable');
      const sent = given.proxy.count('/pulp/api/v3/uploads');
      assert.equal((await pieces.ensure(artifacts, { memory })).size, 1);
      assert.equal(given.proxy.count('/pulp/api/v3/uploads'), sent, 'its bytes are there');
    });

    it('reads lists of several pages', async () => {
      const units = await uploaded({ subpackages: ['b', 'c', 'd'] });
      const repository = await given.repositories.ensure(given.name());
      const { repository: now } = await given.repositories.modify(repository, { add: hrefs(units), remove: [] }, WATCH);
      const query = { repository_version: now.latest_version_href, limit: '2' };
      const call = { method: 'GET', to: 'content/rpm/packages/', query } as const;
      assert.deepEqual(hrefs(await readAll(given.exchange, call, Unit)), hrefs(units));
    });
  });

  describe('repositories', () => {
    let repository: Repository;
    beforeEach(async () => {
      repository = await given.repositories.ensure(given.name());
    });
    const taskRoute = (href: string): string => href.replace(/\/$/, '');

    it('makes a repository once, whoever asks', async () => {
      const name = given.name();
      const made = await Promise.all([1, 2, 3].map(() => given.repositories.ensure(name)));
      assert.equal(new Set(made.map(({ pulp_href: href }) => href)).size, 1);
    });

    it('publishes the version that it is told, though a newer one is there', async () => {
      const [units, later] = [await uploaded(), await uploaded({ name: 'b' })];
      const change = (of: readonly Unit[]): Promise<Modified> =>
        given.repositories.modify(repository, { add: hrefs(of), remove: [] }, WATCH);
      const { repository: first } = await change(units);
      const { repository: second } = await change(later);
      assert.notEqual(second.latest_version_href, first.latest_version_href);
      const publication = await given.repositories.publish(first.latest_version_href, WATCH);
      assert.equal(publication.repository_version, first.latest_version_href);
      const again = await given.repositories.publish(first.latest_version_href, WATCH);
      assert.equal(again.pulp_href, publication.pulp_href, 'one publication of a version is enough');
    });

    it('serves what it is told, though a newer version was published, and follows nothing by itself', async () => {
      const { repository: full } = await given.repositories.modify(
        repository,
        { add: hrefs(await uploaded()), remove: [] },
        WATCH,
      );
      const newest = await given.repositories.publish(full.latest_version_href, WATCH);
      const empty = await given.repositories.publish(`${repository.pulp_href}versions/0/`, WATCH);
      for (const { pulp_href: publication } of [newest, empty, newest]) {
        await given.repositories.serve({ name: repository.name, publication, labels: { a: 'b' } }, WATCH);
        const served = (await given.repositories.distribution(repository.name)) ?? assert.fail();
        assert.deepEqual([served.publication, served.repository, served.pulp_labels], [publication, null, { a: 'b' }]);
      }
    });

    it('waits for the task of an earlier attempt instead of submitting another', async () => {
      const units = await uploaded();
      const memory = givenMemory();
      const change = { add: hrefs(units), remove: [] };
      given.server.pause('worker');
      try {
        const attempt = new AbortController();
        const lost = given.repositories.modify(repository, change, { memory, signal: attempt.signal });
        await until('the task to be remembered', () => memory.tasks.size === 1);
        attempt.abort(new Error('the worker is gone'));
        await assert.rejects(lost, /the worker is gone/);
      } finally {
        given.server.resume('worker');
      }
      const { repository: now, end } = await given.repositories.modify(repository, change, { memory });
      assert.deepEqual([end.state, memory.tasks.size], ['completed', 0]);
      assert.equal(given.proxy.count(`${repository.pulp_href}modify`), 1);
      assert.deepEqual(await contentOf(now), hrefs(units));
    });

    it('looks at what a canceled task has done: nothing, or all of it', async () => {
      const units = await uploaded();
      const memory = givenMemory();
      const change = { add: hrefs(units), remove: [] };
      given.server.pause('worker');
      const canceled = given.repositories.modify(repository, change, { memory });
      try {
        await until('the task to be remembered', () => memory.tasks.size === 1);
        const to = memory.tasks.get('modify') ?? '';
        await given.exchange.get({ method: 'PATCH', to, json: { state: 'canceled' } });
      } finally {
        given.server.resume('worker');
      }
      const nothing = await canceled;
      assert.deepEqual([nothing.end.state, await contentOf(nothing.repository)], ['canceled', []]);
      await given.repositories.modify(repository, change, { memory });
      memory.remember('modify', await lastTask());
      // Its outcome is called canceled, as in 12 of 20 that were canceled midway.
      given.proxy.fail(taskRoute(memory.tasks.get('modify') ?? ''), {
        json: { state: 'canceled', created_resources: [] },
      });
      const { end, repository: now } = await given.repositories.modify(repository, change, { memory });
      assert.deepEqual([end.state, await contentOf(now)], ['canceled', hrefs(units)]);
    });

    async function lastTask(): Promise<string> {
      const query = { limit: '1', name__contains: 'add_and_remove' };
      const { value } = await given.exchange.get({ method: 'GET', to: 'tasks/', query });
      return (value as { results: [{ pulp_href: string }] }).results[0].pulp_href;
    }

    it('says why a task failed: its repository was deleted meanwhile', async () => {
      const units = await uploaded();
      await given.repositories.remove(repository.pulp_href, WATCH);
      await given.repositories.remove(repository.pulp_href, WATCH);
      const { code, message } = await refusalOf(
        given.repositories.modify(repository, { add: hrefs(units), remove: [] }, WATCH),
      );
      assert.equal(code, 'PulpRefused');
      assert.match(message, /404/);
      const never = `${repository.pulp_href}versions/7/`;
      assert.equal((await refusalOf(given.repositories.publish(never, WATCH))).retryable, false);
    });

    it('refuses more changes than one request may name', async () => {
      const add = Array.from({ length: 10_001 }, () => '/pulp/api/v3/content/rpm/packages/1/');
      assert.equal(
        (await refusalOf(given.repositories.modify(repository, { ...NOTHING, add }, WATCH))).code,
        'PulpRefused',
      );
    });
  });

  describe('in trouble', () => {
    it('waits for a Pulp without its database, and for one that does not answer', async () => {
      const name = given.name();
      await given.server.stopDatabase();
      try {
        const { code, retryable } = await refusalOf(given.repositories.ensure(name));
        assert.deepEqual([code, retryable], ['PulpUnavailable', true]);
      } finally {
        await given.server.startDatabase();
      }
      for (const fault of ['resetBefore', 'truncated', 'html'] as const) {
        given.proxy.fail(`/pulp/api/v3/repositories/rpm/rpm/?name=${encodeURIComponent(name)}&limit=1`, fault);
        assert.equal((await refusalOf(given.repositories.ensure(name))).code, 'PulpUnavailable', fault);
      }
      assert.equal((await given.repositories.ensure(name)).name, name);
    }).timeout(120_000);

    it('takes one internal error of a healthy Pulp for what a restarted database leaves, and two for a refusal', async () => {
      const name = given.name();
      const list = `/pulp/api/v3/repositories/rpm/rpm/?name=${encodeURIComponent(name)}&limit=1`;
      given.proxy.fail(list, '500');
      assert.equal((await given.repositories.ensure(name)).name, name);
      given.proxy.fail(list, '500', '500');
      const { code, retryable } = await refusalOf(given.repositories.ensure(name));
      assert.deepEqual([code, retryable], ['PulpRefused', false]);
    });

    it('follows a redirect within Pulp, and sends its password nowhere else', async () => {
      const query = { limit: '1' };
      const { status } = await given.exchange.get({ method: 'GET', to: 'distributions/rpm/rpm', query });
      assert.equal(status, 200);
      const asked: unknown[] = [];
      const elsewhere = http.createServer((request, response) => {
        asked.push(request.headers.authorization);
        response.end('{}');
      });
      const redirecting = http.createServer((_, response) => {
        response.writeHead(302, { location: `http://localhost:${portOf(elsewhere)}/login` }).end();
      });
      for (const server of [elsewhere, redirecting]) await once(server.listen(0, '127.0.0.1'), 'listening');
      const exchange = await createPulpExchange(settingsOf(given.server, `http://127.0.0.1:${portOf(redirecting)}`));
      try {
        const refused = await refusalOf(exchange.get({ method: 'GET', to: 'tasks/' }));
        assert.deepEqual([refused.code, refused.retryable, asked], ['PulpRefused', false, []]);
        assert.match(refused.message, /correct base_url/);
      } finally {
        exchange.close();
        for (const server of [elsewhere, redirecting]) server.close();
      }
    });

    it('waits for its password to be mended, and never repeats it', async () => {
      const settings = settingsOf({ ...given.server, password: 'not-the-one' });
      const exchange = await createPulpExchange(settings);
      try {
        const { code, retryable, message } = await refusalOf(exchange.get({ method: 'GET', to: 'tasks/' }));
        assert.deepEqual([code, retryable], ['PulpRefused', true]);
        assert.match(message, /401/);
        assert.doesNotMatch(message, /not-the-one/);
      } finally {
        exchange.close();
      }
    });
  });
});

function portOf(server: http.Server): number {
  return (server.address() as AddressInfo).port;
}
