import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { writeFile, mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { createMessageBus, type OutboxBus } from '../../../src/adapters/message-bus/message-bus.js';
import { readBuses } from '../../../src/adapters/message-bus/read-buses.js';
import type { Announcement } from '../../../src/domain/announce/announcement.js';
import { givenAnnouncement, givenBareAnnouncement } from '../../support/given-announcement.js';
import { givenDirectory } from '../../support/given-directory.js';
import { type Heard, Rabbit, Reader, writeFedoraToml } from '../../support/message-bus-peers.js';

/** Short, so that a broker that was killed is tried often; nothing here waits for a length of time. */
const TIMES = { lookMs: 50, pauseMs: 10, longestPauseMs: 100 };
const TIME = Date.UTC(2026, 10, 22, 12);
const CLASSES = {
  'build.start': 'copr_messaging.schema.BuildChrootStartedV1',
  'chroot.start': 'copr_messaging.schema.BuildChrootStartedV1DontUse',
  'build.end': 'copr_messaging.schema.BuildChrootEndedV1',
} as const;
const TOPICS = ['build.start', 'chroot.start', 'build.end'] as const;

describe('message buses', function () {
  this.timeout(120_000);
  let rabbit: Rabbit;
  let home: Awaited<ReturnType<typeof givenDirectory>>;
  let fedora: Reader;
  let bus: OutboxBus | undefined;
  let warnings: string[];
  const warned = new EventEmitter();
  const log = {
    info: () => undefined,
    warn: (_: object, text: string) => {
      warnings.push(text);
      warned.emit(text);
    },
  };

  before(async () => {
    rabbit = await Rabbit.create();
    await rabbit.start();
    const toml = await writeFedoraToml(rabbit.file('reader.toml'), { url: amqpUrl(), queue: 'fedora' });
    fedora = await Reader.start('read_fedora_messages.py', [toml]);
  });
  after(async () => {
    await fedora.stop();
    await rabbit.remove();
  });
  beforeEach(async () => {
    home = await givenDirectory();
    warnings = [];
  });
  afterEach(async () => {
    await bus?.close();
    bus = undefined;
    await home.remove();
  });

  const amqpUrl = (): string => `amqp://guest:guest@127.0.0.1:${rabbit.ports.amqp}/%2F`;

  /** An installation with these bus files that has begun to send. */
  async function given(files: Readonly<Record<string, string>>, { sending = true } = {}): Promise<OutboxBus> {
    const directory = path.join(home.path, 'msgbuses');
    await mkdir(directory, { recursive: true });
    for (const [name, text] of Object.entries(files)) await writeFile(path.join(directory, name), text);
    const { buses } = readBuses(directory);
    bus = createMessageBus({ directory: path.join(home.path, 'outbox'), buses, log, times: TIMES });
    if (sending) bus.start();
    return bus;
  }

  /** The old backend's file and the library's own, in their places. */
  async function givenFedora(more?: string): Promise<Readonly<Record<string, string>>> {
    const toml = path.join(home.path, 'fedora.toml');
    await writeFedoraToml(toml, { url: amqpUrl(), ...(more === undefined ? {} : { more }) });
    return { 'fm.conf': `bus_type = 'fedora-messaging'\nbus_id = 'fm'\ntoml_config = '${toml}'\n` };
  }

  let runs = 0;
  async function announceAll(to: OutboxBus, about: Announcement, run = `run-${(runs += 1)}`): Promise<void> {
    for (const [index, topic] of TOPICS.entries()) {
      const status = topic === 'build.end' ? about.status : 'running';
      await to.announce({ ...about, topic, status }, { key: `${run}/${topic}`, order: TIME + index });
    }
  }

  const waitingFiles = async (): Promise<readonly string[]> => {
    const all = await readdir(path.join(home.path, 'outbox', 'waiting'), { recursive: true });
    return all.filter((name) => name.endsWith('.json'));
  };

  describe('fedora-messaging', () => {
    it('is understood by the real reader: class, topic, severity, properties, headers and body', async () => {
      await announceAll(await given(await givenFedora()), givenAnnouncement());
      const heard = await fedora.next(3);
      assert.deepEqual(
        heard.map((message) => [message.class, message.topic, message.severity, message.usernames]),
        [
          [CLASSES['build.start'], 'org.fedoraproject.dev.copr.build.start', 20, ['bob']],
          [CLASSES['chroot.start'], 'org.fedoraproject.dev.copr.chroot.start', 10, ['bob']],
          [CLASSES['build.end'], 'org.fedoraproject.dev.copr.build.end', 20, ['bob']],
        ],
      );
      const end = heard[2];
      assert.ok(end?.headers !== undefined);
      const { 'sent-at': sentAt, ...headers } = end.headers;
      assert.match(String(sentAt), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/);
      assert.deepEqual(headers, {
        fedora_messaging_schema: 'copr.build.end',
        fedora_messaging_schema_package: 'copr_messaging',
        fedora_messaging_severity: 20,
        fedora_messaging_user_bob: true,
        priority: 0,
      });
      const none = { priority: null, timestamp: null, app_id: null, reply_to: null, correlation_id: null };
      assert.deepEqual(end.properties, {
        ...{ content_type: 'application/json', content_encoding: 'utf-8', delivery_mode: 2, message_id: end.id },
        ...{ ...none, expiration: null, type: null, user_id: null, cluster_id: null },
      });
      assert.deepEqual(end.body, {
        ...{ status: 1, chroot: 'fedora-42-x86_64', owner: '@web', copr: 'stack', build: 6990, pkg: 'nginx' },
        ...{ version: '2:1.28.0-1', user: 'bob', ip: '10.0.3.7', pid: 4711 },
        who: 'backend.worker-rpm_build_worker:6990-fedora-42-x86_64',
        what: 'build end: user:bob copr:stack build:6990 pkg:nginx version:2:1.28.0-1 ip:10.0.3.7 pid:4711 status:1',
      });
      assert.match(end.summary ?? '', /chroot "fedora-42-x86_64" ended as "succeeded"/);
      assert.equal(fedora.complaints(), '');
    });

    it('is understood where nothing is known of the package, and in other languages', async () => {
      const to = await given(await givenFedora());
      await announceAll(to, givenBareAnnouncement({ buildId: 1 }));
      await announceAll(
        to,
        givenAnnouncement({ owner: 'žofie', submitter: 'fas:x', project: '漢字 "q"', packageName: 'c++' }),
      );
      // Two builds have no order between them.
      const heard = [...(await fedora.next(6))].sort(
        (one, other) => Number(one.body['build']) - Number(other.body['build']),
      );
      assert.deepEqual(
        heard.map((message) => message.class),
        [...TOPICS, ...TOPICS].map((topic) => CLASSES[topic]),
      );
      const last = heard[5];
      const { pkg, version, user, ip } = heard[2]?.body ?? {};
      assert.deepEqual([pkg, version, user, ip], [null, null, null, null]);
      assert.ok(last !== undefined);
      assert.deepEqual(last.usernames, ['žofie']);
      assert.equal(last.headers['fedora_messaging_user_žofie'], true);
      assert.equal(last.headers['fedora_messaging_user_fas:x'], undefined);
      assert.equal(last.body['copr'], '漢字 "q"');
      assert.equal(fedora.complaints(), '');
    });

    it('has no prefix and a priority where the file says so', async () => {
      const to = await given(await givenFedora('publish_priority = 3'));
      await to.announce(givenAnnouncement(), { key: 'priority', order: TIME });
      const [heard] = await fedora.next(1);
      assert.deepEqual(
        [heard?.topic, heard?.headers['priority'], heard?.properties?.['priority']],
        ['copr.build.end', 3, 3],
      );
    });

    it('logs in with a client certificate over TLS', async () => {
      const file = (name: string): string => JSON.stringify(rabbit.file(name));
      const to = await given({
        'own.toml': [
          'bus_type = "fedora-messaging"',
          // No such user: only the certificate can let us in.
          `amqp_url = "amqps://nobody:wrong@localhost:${rabbit.ports.amqps}/%2F"`,
          `[tls]\nca_cert = ${file('ca.crt')}\ncertfile = ${file('client.crt')}\nkeyfile = ${file('client.key')}`,
        ].join('\n'),
      });
      await to.announce(givenAnnouncement(), { key: 'tls', order: TIME });
      assert.equal((await fedora.next(1))[0]?.class, CLASSES['build.end']);
    });

    it('announces an occasion once, whoever repeats it, before and after it was sent', async () => {
      const to = await given(await givenFedora());
      for (let repeat = 0; repeat < 3; repeat++) await announceAll(to, givenAnnouncement({ buildId: 1 }), 'repeated');
      const first = await fedora.next(3);
      await announceAll(to, givenAnnouncement({ buildId: 1 }), 'repeated');
      await to.announce(givenAnnouncement({ buildId: 2 }), { key: 'other', order: TIME + 10 });
      const [next] = await fedora.next(1);
      assert.equal(next?.body['build'], 2);
      assert.equal(new Set(first.map(({ id }) => id)).size, 3);
    });

    it('keeps everything, in order, while the broker is down, killed and started again', async () => {
      const files = await givenFedora();
      const to = await given(files);
      await announceAll(to, givenAnnouncement({ buildId: 1, taskId: '1-a' }));
      await fedora.next(3);
      await rabbit.kill();
      for (let build = 2; build <= 20; build++)
        await announceAll(to, givenAnnouncement({ buildId: build, taskId: `${build}-a` }));
      // One that the broker had may not have been confirmed in time.
      assert.ok((await waitingFiles()).length >= 57);
      // The worker ends and another one takes over, all while nobody answers.
      await to.close();
      const next = await given(files);
      await announceAll(next, givenAnnouncement({ buildId: 21, taskId: '21-a' }));
      await rabbit.start();
      const byBuild = new Map<unknown, string[]>();
      // A message whose confirmation the kill took away may come a second time, with the same id.
      const seen = new Set<string | undefined>();
      while (seen.size < 60) {
        const [message] = await fedora.next(1);
        if (message === undefined || message.body['build'] === 1 || seen.has(message.id)) continue;
        seen.add(message.id);
        const { build } = message.body;
        byBuild.set(build, [...(byBuild.get(build) ?? []), message.class]);
      }
      assert.equal(byBuild.size, 20);
      for (const classes of byBuild.values())
        assert.deepEqual(
          classes,
          TOPICS.map((topic) => CLASSES[topic]),
        );
      await next.close();
      assert.deepEqual(await waitingFiles(), []);
      assert.ok(warnings.includes('message bus does not take messages; they wait'));
    });

    it('lets messages wait where the exchange is not there, and says so', async () => {
      const to = await given({
        'x.toml': `bus_type = "fedora-messaging"\namqp_url = "${amqpUrl()}"\npublish_exchange = "nowhere"\n`,
      });
      const trouble = once(warned, 'message bus does not take messages; they wait');
      await to.announce(givenAnnouncement(), { key: 'nowhere', order: TIME });
      await trouble;
      await to.close();
      assert.equal((await waitingFiles()).length, 1);
    });
  });

  describe('STOMP', () => {
    const DESTINATION = '/queue/copr';
    let reader: Reader;
    beforeEach(async () => {
      reader = await Reader.start('read_stomp_messages.py', ['127.0.0.1', String(rabbit.ports.stomp), DESTINATION]);
    });
    afterEach(() => reader.stop());

    const oldFile = (port: number, more = ''): Readonly<Record<string, string>> => ({
      'stomp.conf': [
        "bus_type = 'stomp'",
        // Nobody is at the first one.
        `hosts = [('127.0.0.1', 1), ('localhost', '${port}')]`,
        "auth = {'username': 'guest', 'password': 'guest'}",
        `destination = '${DESTINATION}'`,
        more,
      ].join('\n'),
    });

    function assertUnderstood(heard: readonly Heard[]): void {
      assert.deepEqual(
        heard.map((message) => [message.class, message.headers['topic'], message.headers['content-type']]),
        [
          ['copr_messaging.schema.BuildChrootStartedV1Stomp', 'build.start', 'application/json'],
          ['copr_messaging.schema.BuildChrootStartedV1StompDontUse', 'chroot.start', 'application/json'],
          ['copr_messaging.schema.BuildChrootEndedV1Stomp', 'build.end', 'application/json'],
        ],
      );
      assert.deepEqual(heard[1]?.body, { chroot: 'fedora-42-x86_64' });
      const ids = heard.map((message) => String(message.headers['amqp-message-id']));
      for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      assert.equal(new Set(ids).size, 3);
      assert.deepEqual(heard[2]?.body, {
        ...{ build: '6990', owner: '@web', copr: 'stack', submitter: 'bob', package: 'nginx-2:1.28.0-1' },
        ...{ chroot: 'fedora-42-x86_64', builder: '10.0.3.7', status: 'SUCCEEDED', status_int: '1' },
      });
    }

    it('is understood by the real reader, from the second host', async () => {
      await announceAll(await given(oldFile(rabbit.ports.stomp)), givenAnnouncement());
      assertUnderstood(await reader.next(3));
      assert.equal(reader.complaints(), '');
    });

    it('is understood over TLS with a client certificate', async () => {
      const file = (name: string): string => `'${rabbit.file(name)}'`;
      const text = oldFile(rabbit.ports.stomps, `cacert = ${file('ca.crt')}`)['stomp.conf'] ?? '';
      const auth = `auth = {'username': 'guest', 'password': 'guest', 'key_file': ${file('client.key')}, 'cert_file': ${file('client.crt')}}`;
      const conf = text.replace(/^auth = .*$/m, auth).replace(/\('127[^)]*\), /, '');
      await announceAll(await given({ 'stomp.conf': conf }), givenAnnouncement());
      assertUnderstood(await reader.next(3));
    });

    it('tells why it is not let in, and lets messages wait', async () => {
      const [name = '', text = ''] = Object.entries(oldFile(rabbit.ports.stomp))[0] ?? [];
      const to = await given({ [name]: text.replace("'password': 'guest'", "'password': 'wrong'") });
      const trouble = once(warned, 'message bus does not take messages; they wait');
      await to.announce(givenAnnouncement(), { key: 'wrong', order: TIME });
      await trouble;
      await to.close();
      assert.equal((await waitingFiles()).length, 1);
    });

    it('gets what another bus got, though that one is down', async () => {
      const files = {
        ...oldFile(rabbit.ports.stomp),
        'down.toml': `bus_type = "fedora-messaging"\namqp_url = "amqp://127.0.0.1:1/"\n`,
      };
      const to = await given(files);
      await announceAll(to, givenAnnouncement());
      assertUnderstood(await reader.next(3));
      await to.close();
      assert.equal((await waitingFiles()).filter((file) => file.startsWith('=down')).length, 3);
    });
  });

  it('sends from one process at a time, and from the next when that one ends', async () => {
    const files = await givenFedora();
    const first = await given(files);
    const second = await given(files);
    for (let build = 1; build <= 30; build++)
      await announceAll(build % 2 === 0 ? first : second, givenAnnouncement({ buildId: build, taskId: `${build}-a` }));
    await first.close();
    await announceAll(second, givenAnnouncement({ buildId: 31, taskId: '31-a' }));
    const heard = await fedora.next(93);
    assert.equal(new Set(heard.map(({ id }) => id)).size, 93);
  });

  it('tells of messages that wait for a bus which is configured no more', async () => {
    await announceAll(
      await given({ 'gone.toml': 'bus_type = "stomp"\nhosts = [["h", 1]]' }, { sending: false }),
      givenAnnouncement(),
    );
    const without = createMessageBus({ directory: path.join(home.path, 'outbox'), buses: [], log });
    without.start();
    await without.announce(givenAnnouncement(), { key: 'nobody listens', order: TIME });
    await without.close();
    assert.deepEqual(warnings, ['messages wait for a bus that is not configured']);
  });
});
