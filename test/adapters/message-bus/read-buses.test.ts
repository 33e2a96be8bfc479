import assert from 'node:assert/strict';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { BusFileError, readBuses, type Buses } from '../../../src/adapters/message-bus/read-buses.js';
import { givenDirectory } from '../../support/given-directory.js';
import { fixture } from '../../support/message-bus-peers.js';

describe('readBuses', () => {
  let home: Awaited<ReturnType<typeof givenDirectory>>;
  let buses: string;
  beforeEach(async () => {
    home = await givenDirectory();
    buses = path.join(home.path, 'msgbuses');
    await mkdir(buses);
  });
  afterEach(() => home.remove());

  async function read(files: Readonly<Record<string, string>>): Promise<Buses> {
    for (const [name, text] of Object.entries(files)) await writeFile(path.join(buses, name), text);
    return readBuses(buses);
  }

  /** An old bus file with a TOML file beside it. */
  async function readFedora(toml: string, more = ''): Promise<Buses> {
    const file = path.join(home.path, 'fedora.toml');
    await writeFile(file, toml);
    return read({ 'fm.conf': `bus_type = 'fedora-messaging'\ntoml_config = '${file}'\n${more}` });
  }

  async function refusal(files: Readonly<Record<string, string>>): Promise<string> {
    const error: unknown = await read(files).then(
      () => assert.fail('nothing was refused'),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof BusFileError, String(error));
    return error.message;
  }

  it('finds no buses where there is no directory, and none in an empty one', () => {
    assert.deepEqual(readBuses(path.join(home.path, 'none')), { buses: [], warnings: [] });
    assert.deepEqual(readBuses(buses), { buses: [], warnings: [] });
  });

  it('reads the file that the old backend ships for STOMP, and says what it never used', async () => {
    const found = await read({ 'stomp.conf': await fixture('msgbus-stomp.conf') });
    assert.deepEqual(found.buses, [
      {
        type: 'stomp',
        id: 'ci_message_bus',
        hosts: [
          { host: 'bus1.example.com', port: 61613 },
          { host: 'bus2.example.com', port: 61613 },
        ],
        login: { user: 'jenkins', password: 'secret word' },
        tls: { ca: '/etc/pki/ca-trust/source/anchors/company-ca.crt', certificate: null, key: null },
        destination: '/topic/copr',
      },
    ]);
    assert.deepEqual(
      found.warnings.map((warning) => warning.slice(buses.length)),
      ['ssl_key', 'ssl_crt'].map(
        (key) => `/stomp.conf: ${key} is unknown and ignored; known are username, password, key_file, cert_file`,
      ),
    );
  });

  it('reads an old file of fedora-messaging with its TOML file', async () => {
    const toml = [
      'amqp_url = "amqps://copr:p%40ss@rabbitmq.example.com/%2Fpubsub?connection_attempts=3&heartbeat=30"',
      'topic_prefix = "org.fedoraproject.prod."',
      'publish_exchange = "zmq.topic"',
      'publish_priority = 2',
      'callback = "x:y"',
      '[tls]\nca_cert = "/ca.crt"\nkeyfile = "/client.key"\ncertfile = "/client.crt"',
      '[client_properties]\napp = "Copr"\nlevel = 3',
      '[queues.x]\ndurable = true',
    ];
    const { buses: found, warnings } = await readFedora(toml.join('\n'), "bus_id = 'prod'\nbus_publish_retries = 5\n");
    assert.deepEqual(found, [
      {
        type: 'fedora-messaging',
        id: 'prod',
        amqp: {
          ...{ host: 'rabbitmq.example.com', port: 5671, virtualHost: '/pubsub', user: 'copr', password: 'p@ss' },
          ...{ heartbeat: 30, tls: { ca: '/ca.crt', certificate: '/client.crt', key: '/client.key' } },
        },
        topicPrefix: 'org.fedoraproject.prod',
        exchange: 'zmq.topic',
        priority: 2,
        clientProperties: { app: 'Copr' },
      },
    ]);
    assert.deepEqual(warnings, []);
  });

  it("has fedora-messaging's own defaults", async () => {
    const { buses: found } = await readFedora('');
    assert.deepEqual(found, [
      {
        type: 'fedora-messaging',
        id: 'fm',
        amqp: {
          ...{ host: 'localhost', port: 5672, virtualHost: '/', user: 'guest', password: 'guest' },
          ...{ heartbeat: null, tls: null },
        },
        topicPrefix: '',
        exchange: 'amq.topic',
        priority: null,
        clientProperties: {},
      },
    ]);
  });

  const urls: readonly (readonly [string, string])[] = [
    ['amqp://', 'guest:guest@localhost:5672 /'],
    ['amqp://?connection_attempts=3&retry_delay=5', 'guest:guest@localhost:5672 /'],
    ['amqp://bus/', 'guest:guest@bus:5672 /'],
    ['amqps://bus/%2F', 'guest:guest@bus:5671 /'],
    ['amqp://me@bus:1/x', 'me:guest@bus:1 x'],
    ['amqp://me:you@[::1]:2/%2Fa%20b', 'me:you@::1:2 /a b'],
  ];
  for (const [url, expected] of urls) {
    it(`reads ${url}`, async () => {
      const [bus] = (await readFedora(`amqp_url = "${url}"`)).buses;
      assert.ok(bus?.type === 'fedora-messaging');
      const { user, password, host, port, virtualHost } = bus.amqp;
      assert.equal(`${user}:${password}@${host}:${port} ${virtualHost}`, expected);
    });
  }

  it('reads its own form, with the settings of fedora-messaging in place', async () => {
    const { buses: found, warnings } = await read({
      'a.toml': 'bus_type = "fedora-messaging"\nbus_id = "here"\namqp_url = "amqp://bus"\ntopic_prefix = "x"\n',
      'b.toml': 'bus_type = "stomp"\nhosts = [["bus", 61613]]\n[auth]\nusername = "me"\npassword = "you"\n',
    });
    assert.deepEqual(
      found.map((bus) => [bus.type, bus.id]),
      [
        ['fedora-messaging', 'here'],
        ['stomp', 'b'],
      ],
    );
    assert.deepEqual(warnings, []);
  });

  it('takes the obsolete host and port, after the list, and the default destination', async () => {
    const text = "bus_type = 'stomp'\nhosts = [('one', 1)]\nhost = 'two'\nport = '2'\ndestination = ''\n";
    const [bus] = (await read({ 'x.conf': text })).buses;
    assert.ok(bus?.type === 'stomp');
    assert.deepEqual(
      bus.hosts.map(({ host, port }) => `${host}:${port}`),
      ['one:1', 'two:2'],
    );
    assert.deepEqual([bus.destination, bus.login, bus.tls], ['/default', null, null]);
  });

  it('leaves other files alone', async () => {
    const found = await read({ README: 'x', '.hidden.conf': 'x', 'x.conf.rpmsave': 'x' });
    assert.deepEqual(found.buses, []);
  });

  const refused: readonly (readonly [string, Readonly<Record<string, string>>, RegExp])[] = [
    ['a call, with its line', { 'a.conf': "bus_type = 'stomp'\nimport os" }, /a\.conf, line 2: only "name = value"/],
    ['broken TOML, with its line', { 'a.toml': 'x = 1\ny = = 2' }, /a\.toml, line 2: Invalid TOML document/],
    ['another bus', { 'a.conf': "bus_type = 'kafka'" }, /a\.conf: bus_type: /],
    ['no bus', { 'a.conf': 'x = 1' }, /a\.conf: bus_type: /],
    ['no hosts', { 'a.conf': "bus_type = 'stomp'" }, /a\.conf: hosts is missing/],
    ['a port that is none', { 'a.conf': "bus_type = 'stomp'\nhosts = [('h', 0)]" }, /a\.conf: hosts\.0\.1: /],
    ['no TOML file', { 'a.conf': "bus_type = 'fedora-messaging'" }, /a\.conf: toml_config is missing/],
    [
      'a TOML file that is not there',
      { 'a.conf': "bus_type = 'fedora-messaging'\ntoml_config = '/nonexistent/x.toml'" },
      /\/nonexistent\/x\.toml cannot be read: ENOENT/,
    ],
    [
      'a URL of something else',
      { 'a.toml': 'bus_type = "fedora-messaging"\namqp_url = "http://u:secret@h"' },
      /amqp_url must look like/,
    ],
    [
      'one id twice',
      {
        'a.toml': 'bus_type="stomp"\nbus_id="x"\nhosts=[["h",1]]',
        'b.toml': 'bus_type="stomp"\nbus_id="x"\nhosts=[["h",1]]',
      },
      /two buses have the bus_id "x"/,
    ],
  ];
  for (const [what, files, message] of refused) {
    it(`refuses ${what}`, async () => {
      const text = await refusal(files);
      assert.match(text, message);
      assert.doesNotMatch(text, /secret/);
    });
  }

  it('shows no password where a file with one is broken', async () => {
    assert.doesNotMatch(await refusal({ 'a.toml': 'password = "hunter2" x' }), /hunter2/);
  });

  it('refuses bytes that are not text', async () => {
    await writeFile(path.join(buses, 'a.conf'), Buffer.of(0x61, 0xff));
    assert.match(await refusal({}), /a\.conf cannot be read/);
  });

  it('refuses a directory that it may not list', async function () {
    if (process.getuid?.() === 0) this.skip();
    await chmod(buses, 0o000);
    assert.match(await refusal({}).finally(() => chmod(buses, 0o700)), /cannot be listed/);
  });
});
