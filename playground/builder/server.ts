import { existsSync } from 'node:fs';
import ssh2, { type Connection } from 'ssh2';
import { writeJson } from '../loopback/json-file.js';
import { silent, type Log } from '../loopback/log-line.js';
import { markProcess } from '../loopback/processes.js';
import { builderDirectory, makeBuilderDirectory, reachableDirectory } from './builder-directory.js';
import { buildScript, type BuildScript } from './build-script.js';
import type { CommandContext } from './command-context.js';
import { ensureHostKey } from './host-key.js';
import { openJournal } from './journal.js';
import { judgeLogin } from './public-key-login.js';
import { runRemoteCommand } from './remote-command.js';

export type BuilderOptions = {
  readonly name: string;
  /** 0: any free port. */
  readonly port: number;
  /**
   * The builder's own directory; if the build user cannot enter it, one below the temporary directory is used instead.
   */
  readonly directory: string;
  readonly authorizedKeys: string;
  /** JSON line per start, end and cancel of copr-rpmbuild. */
  readonly journal?: string;
  /** The script that a build runs instead of plain rpmbuild; the bench uses one of known duration. */
  readonly script?: BuildScript;
  /** Where BuildRequires are looked up; default: the system's database. */
  readonly rpmDatabase?: string;
  readonly log?: Log;
};

/** A listening builder. Closing it does not end a running build. */
export type RunningBuilder = {
  readonly port: number;
  readonly directory: string;
  /** OpenSSH line of the public host key. */
  readonly hostKey: string;
  readonly close: () => Promise<void>;
};

/** Starts one builder: an ssh server that answers the commands of copr-builder on plain rpmbuild. */
export async function startBuilder(options: BuilderOptions): Promise<RunningBuilder> {
  const log = options.log ?? silent;
  if (!existsSync(options.authorizedKeys)) {
    throw new Error(`${options.authorizedKeys} is missing: put the backend's public ssh key there`);
  }
  const directory = builderDirectory(reachableDirectory(options.directory));
  makeBuilderDirectory(directory);
  const privateKey = await ensureHostKey(directory.hostKey);
  const context: CommandContext = {
    name: options.name,
    directory,
    journal: openJournal(options.journal, options.name),
    script:
      options.script ??
      ((...[own, builder, request, build]) => buildScript(own, builder, request, build, options.rpmDatabase)),
    lock: { held: false },
  };
  const clients = new Set<Connection>();
  const server = new ssh2.Server({ hostKeys: [privateKey], ident: 'copr-playground' }, (client) => {
    clients.add(client);
    // The types omit it; without it each small answer waits for the client's delayed acknowledgement.
    (client as Connection & { setNoDelay: (on: boolean) => void }).setNoDelay(true);
    client.on('close', () => clients.delete(client));
    client.on('error', (error: Error) => log(`connection ended: ${error.message}`));
    client.on('authentication', (attempt) => judgeLogin(attempt, options.authorizedKeys));
    client.on('session', (acceptSession) => serveSession(acceptSession(), context, log));
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
  });
  writeJson(directory.announcement, { name: options.name, port, ...markProcess(process.pid) });
  return {
    port,
    directory: directory.root,
    hostKey: publicLine(privateKey),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const client of clients) client.end();
      }),
  };
}

function publicLine(privateKey: string): string {
  const key = ssh2.utils.parseKey(privateKey);
  if (key instanceof Error) throw key;
  return `${key.type} ${key.getPublicSSH().toString('base64')}`;
}

/** If the client wants no reply, there is nothing to accept; the types do not say so. */
function grant(accept: (() => void) | undefined): void {
  accept?.();
}

function serveSession(session: ssh2.Session, context: CommandContext, log: Log): void {
  // A client may ask for a terminal (RequestTTY=force); the request is accepted, but output remains a plain pipe.
  session.on('pty', grant);
  session.on('env', grant);
  session.on('exec', (accept, _reject, info) => {
    const channel = accept();
    channel.on('error', (error: Error) => log(`channel ended: ${error.message}`));
    runRemoteCommand(context, channel, info.command).catch((error: unknown) => {
      log(`${info.command} failed: ${String(error)}`);
      if (channel.destroyed) return;
      channel.stderr.write(`${String(error)}\n`);
      channel.exit(255);
      channel.end();
    });
  });
}
