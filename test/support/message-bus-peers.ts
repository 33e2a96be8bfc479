import assert from 'node:assert/strict';
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { pythonPackages } from '../../bench/repo/python-packages.js';
import { freePorts } from './free-ports.js';

const run = promisify(execFile);
const FIXTURES = fileURLToPath(new URL('../fixtures/message-bus/', import.meta.url));
const PACKAGES = ['fedora-messaging==3.9.1', 'copr-messaging==1.3', 'stomp.py==9.0.0'];
/** The real scripts: the wrappers of the same name on PATH change the user and use the system's directories. */
const RABBITMQ_BIN = '/usr/lib/rabbitmq/bin';

/** The libraries of the buses' readers, installed once into the user's cache; returns the value for PYTHONPATH. */
export function pythonReaders(): Promise<string> {
  return pythonPackages(`message-bus-readers-${PACKAGES.join('-').replaceAll('==', '-')}`, PACKAGES);
}

/** A RabbitMQ with its own home, ports and epmd; everything is on loopback and in one directory. */
export class Rabbit {
  readonly directory: string;
  readonly ports: Readonly<Record<'amqp' | 'amqps' | 'stomp' | 'stomps' | 'distribution' | 'epmd', number>>;
  #epmd: ChildProcess | undefined;
  #server: ChildProcess | undefined;

  private constructor(directory: string, ports: Rabbit['ports']) {
    this.directory = directory;
    this.ports = ports;
  }

  static async create(): Promise<Rabbit> {
    const directory = await mkdtemp(path.join(tmpdir(), 'copr-test-rabbit-'));
    const names = ['amqp', 'amqps', 'stomp', 'stomps', 'distribution', 'epmd'] as const;
    const { amqp, amqps, stomp, stomps, distribution, epmd } = await freePorts(names);
    const rabbit = new Rabbit(directory, { amqp, amqps, stomp, stomps, distribution, epmd });
    for (const name of ['home', 'mnesia', 'log']) await mkdir(path.join(directory, name));
    await run('python3', [path.join(FIXTURES, 'make_certificates.py'), directory], {
      env: { ...process.env, PYTHONPATH: await pythonReaders() },
    });
    await writeFile(path.join(directory, 'enabled_plugins'), '[rabbitmq_stomp,rabbitmq_auth_mechanism_ssl].\n');
    const listener = (name: string, port: number): string => `${name} = 127.0.0.1:${port}`;
    await writeFile(
      path.join(directory, 'rabbitmq.conf'),
      [
        listener('listeners.tcp.1', amqp),
        listener('listeners.ssl.1', amqps),
        listener('stomp.listeners.tcp.1', stomp),
        listener('stomp.listeners.ssl.1', stomps),
        ...['cacertfile = ca.crt', 'certfile = server.crt', 'keyfile = server.key'].map(
          (line) => `ssl_options.${line.replace('= ', `= ${directory}/`)}`,
        ),
        'ssl_options.verify = verify_peer',
        'ssl_options.fail_if_no_peer_cert = false',
        'ssl_cert_login_from = common_name',
        ...['PLAIN', 'AMQPLAIN', 'EXTERNAL'].map((name, index) => `auth_mechanisms.${index + 1} = ${name}`),
        '',
      ].join('\n'),
    );
    rabbit.#epmd = spawn('epmd', ['-port', String(epmd), '-address', '127.0.0.1'], {
      env: rabbit.#environment(),
      stdio: 'ignore',
    });
    await once(rabbit.#epmd, 'spawn');
    return rabbit;
  }

  async start(): Promise<void> {
    const log = path.join(this.directory, 'pid');
    await rm(log, { force: true });
    // A separate process group, so that a kill hits the runtime together with the script that started it.
    this.#server = spawn(path.join(RABBITMQ_BIN, 'rabbitmq-server'), [], {
      cwd: this.directory,
      env: this.#environment(),
      stdio: 'ignore',
      detached: true,
    });
    await this.control('wait', '--timeout', '100', log);
    await this.control('await_startup');
  }

  /** Power off. */
  async kill(): Promise<void> {
    const server = this.#server;
    if (server?.pid === undefined || server.exitCode !== null || server.signalCode !== null) return;
    const gone = once(server, 'exit');
    process.kill(-server.pid, 'SIGKILL');
    await gone;
  }

  /** Ends the broker and its epmd, and leaves nothing behind. */
  async remove(): Promise<void> {
    await this.kill();
    const epmd = this.#epmd;
    if (epmd?.exitCode === null) {
      const gone = once(epmd, 'exit');
      epmd.kill();
      await gone;
    }
    await rm(this.directory, { recursive: true, force: true });
  }

  async control(...args: readonly string[]): Promise<string> {
    return (await run(path.join(RABBITMQ_BIN, 'rabbitmqctl'), ['-q', ...args], { env: this.#environment() })).stdout;
  }

  file(name: string): string {
    return path.join(this.directory, name);
  }

  #environment(): Record<string, string> {
    const { directory, ports } = this;
    return {
      PATH: `${RABBITMQ_BIN}:${process.env['PATH'] ?? ''}`,
      LANG: 'C.UTF-8',
      // The Erlang cookie is stored there.
      HOME: path.join(directory, 'home'),
      RABBITMQ_NODENAME: `copr-test-${ports.distribution}@localhost`,
      RABBITMQ_DIST_PORT: String(ports.distribution),
      RABBITMQ_MNESIA_BASE: path.join(directory, 'mnesia'),
      RABBITMQ_LOG_BASE: path.join(directory, 'log'),
      RABBITMQ_PID_FILE: path.join(directory, 'pid'),
      RABBITMQ_ENABLED_PLUGINS_FILE: path.join(directory, 'enabled_plugins'),
      RABBITMQ_CONFIG_FILE: path.join(directory, 'rabbitmq'),
      RABBITMQ_CONF_ENV_FILE: '/dev/null',
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
      ERL_EPMD_PORT: String(ports.epmd),
      ERL_EPMD_ADDRESS: '127.0.0.1',
    };
  }
}

/** A reader's decoded form of one message. */
export type Heard = {
  readonly class: string;
  readonly topic: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly id?: string;
  readonly severity?: number;
  readonly summary?: string;
  readonly usernames?: readonly string[];
  readonly properties?: Readonly<Record<string, unknown>>;
};

/** A real Python reader of a bus; it listens when the promise resolves. */
export class Reader {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string, undefined>;
  #complaints = '';

  private constructor(child: ChildProcess) {
    assert.ok(child.stdout !== null && child.stderr !== null);
    this.#child = child;
    this.#lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    child.stderr.on('data', (chunk: Buffer) => (this.#complaints += chunk.toString()));
  }

  /**
   * `script` is a file of test/fixtures/message-bus that prints `listening` and then one line of JSON for each message.
   */
  static async start(script: string, args: readonly string[]): Promise<Reader> {
    const env = { ...process.env, PYTHONPATH: await pythonReaders(), PYTHONUNBUFFERED: '1' };
    const reader = new Reader(
      spawn('python3', [path.join(FIXTURES, script), ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] }),
    );
    assert.equal(await reader.#line(), 'listening');
    return reader;
  }

  /** The next `count` messages. */
  async next(count: number): Promise<readonly Heard[]> {
    const heard: Heard[] = [];
    while (heard.length < count) heard.push(JSON.parse(await this.#line()) as Heard);
    return heard;
  }

  /** Warnings and errors of the reader's libraries. */
  complaints(): string {
    return this.#complaints;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }

  async #line(): Promise<string> {
    const line: IteratorResult<string, undefined> = await this.#lines.next();
    return line.done === true ? assert.fail(`the reader ended: ${this.#complaints}`) : line.value;
  }
}

/** fedora-messaging's configuration file of a publisher or a consumer at this broker. */
export async function writeFedoraToml(
  file: string,
  settings: { readonly url: string; readonly queue?: string; readonly more?: string },
): Promise<string> {
  const { queue } = settings;
  const consumer =
    queue === undefined
      ? []
      : [
          `[queues.${queue}]\ndurable = true\nauto_delete = false\nexclusive = false\narguments = {}`,
          `[[bindings]]\nqueue = "${queue}"\nexchange = "amq.topic"\nrouting_keys = ["#"]`,
        ];
  const lines = [
    `amqp_url = "${settings.url}"`,
    'passive_declares = false',
    'publish_exchange = "amq.topic"',
    settings.more ?? 'topic_prefix = "org.fedoraproject.dev"',
    '[client_properties]\napp = "copr-backend tests"',
    ...consumer,
  ];
  await writeFile(file, `${lines.join('\n')}\n`);
  return file;
}

/** Text of a fixture. */
export function fixture(name: string): Promise<string> {
  return readFile(path.join(FIXTURES, name), 'utf8');
}
