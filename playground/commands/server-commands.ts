import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { wholeNumber } from '../../src/cli/number-argument.js';
import { printLines } from '../../src/cli/printing.js';
import { startBuilder } from '../builder/server.js';
import { startFrontend } from '../frontend/server.js';
import { startKeygen } from '../keygen/server.js';
import { logTo } from '../loopback/log-line.js';
import { startPool } from '../pool/server.js';
import { startPulp } from '../pulp/server.js';
import { startResultsWeb } from '../results-web/server.js';
import { startSignd } from '../signd/server.js';

/** As long as a client may take between the metadata and the last package. */
const RETENTION_SECONDS = 3600;

/** 0 means any free one. */
const port = wholeNumber({ least: 0, most: 65_535 });

type Closing = { readonly close: () => Promise<void> };

/** Commands that start one server each and run until SIGTERM or SIGINT. */
export function serverCommands(): readonly Command[] {
  return [
    ...[frontendCommand(), poolCommand(), builderCommand(), resultsWebCommand()],
    ...[signdCommand(), keygenCommand(), pulpCommand()],
  ];
}

function portOption(description: string): Option {
  return new Option('--port <port>', description).argParser(port).makeOptionMandatory();
}

function frontendCommand(): Command {
  return new Command('frontend')
    .description('server: a small Copr frontend (projects, builds, actions, uploads, dist-git, .repo files)')
    .addOption(portOption('port on 127.0.0.1'))
    .requiredOption('--state <dir>', 'where it keeps everything; survives a kill at any moment')
    .requiredOption('--results-url <url>', 'root of the results web server, as users reach it')
    .requiredOption('--password-file <file>', "first line: what the backend's frontend_auth says")
    .action(async (options: { port: number; state: string; resultsUrl: string; passwordFile: string }) => {
      const password = readFileSync(options.passwordFile, 'utf8').split('\n')[0]?.trim() ?? '';
      if (password === '') throw new Error(`${options.passwordFile} is empty; write a password into its first line`);
      const { port, resultsUrl } = options;
      const running = await startFrontend({
        port,
        resultsUrl,
        password,
        stateDir: options.state,
        log: logTo('frontend'),
      });
      await serveUntilSignal(`frontend listens on ${running.url}`, running);
    });
}

function poolCommand(): Command {
  return new Command('pool')
    .description('server: a Resalloc-compatible pool that keeps local builders running')
    .addOption(portOption('port of the XML-RPC service on 127.0.0.1'))
    .requiredOption('--state <dir>', 'tickets, builders, resources.json')
    .requiredOption('--authorized-keys <file>', "public ssh keys that may log in to builders (the backend's)")
    .option('--builders <count>', 'how many builders', wholeNumber({ least: 0, most: 60 }), 2)
    .option('--builder-port-base <port>', "first of the builders' ports, 0: any free ones", port, 0)
    .option('--journal <file>', 'JSON line per start, end and cancel of copr-rpmbuild')
    .option('--builder-program <file>', 'JavaScript that is run as `node FILE builder …` instead of our own builder')
    .option('--keep-builders', 'leave builders and their builds running at the end, for the next pool on this state')
    .action(
      async (options: {
        port: number;
        state: string;
        authorizedKeys: string;
        builders: number;
        builderPortBase: number;
        journal?: string;
        builderProgram?: string;
        keepBuilders?: boolean;
      }) => {
        const running = await startPool({
          port: options.port,
          stateDir: options.state,
          authorizedKeys: options.authorizedKeys,
          builders: options.builders,
          builderPortBase: options.builderPortBase,
          ...(options.journal === undefined ? {} : { journal: options.journal }),
          ...(options.builderProgram === undefined ? {} : { builderProgram: options.builderProgram }),
          log: logTo('pool'),
        });
        const keepBuilders = options.keepBuilders ?? false;
        await serveUntilSignal(`pool listens on ${running.url}`, { close: () => running.close({ keepBuilders }) });
      },
    );
}

function builderCommand(): Command {
  return new Command('builder')
    .description('server: one builder, an ssh server whose copr-rpmbuild runs plain rpmbuild')
    .addOption(portOption('ssh port on 127.0.0.1'))
    .requiredOption('--directory <dir>', 'its own: host key, and its stand-in for /var/lib/copr-rpmbuild')
    .requiredOption('--authorized-keys <file>', "public ssh keys that may log in (the backend's)")
    .option('--name <name>', 'how it calls itself in logs and the journal', 'builder')
    .option('--journal <file>', 'JSON line per start, end and cancel of copr-rpmbuild')
    .action(
      async (options: { port: number; directory: string; authorizedKeys: string; name: string; journal?: string }) => {
        const running = await startBuilder({ ...options, log: logTo(options.name) });
        await serveUntilSignal(`builder ${options.name} listens on 127.0.0.1:${running.port}`, running);
      },
    );
}

function resultsWebCommand(): Command {
  return new Command('results-web')
    .description('server: the results tree as a static web site')
    .addOption(portOption('port on 127.0.0.1'))
    .requiredOption('--directory <dir>', "the results tree (the backend's destdir)")
    .option('--pulp-content <url>', 'where packages are that the tree lacks')
    .option(
      '--pulp-redirects <file>',
      'projects in Pulp, a line each; without it, all may be there',
      'pulp-redirect.txt',
    )
    .action(async (options: { port: number; directory: string; pulpContent?: string; pulpRedirects: string }) => {
      const { port, directory, pulpContent: contentUrl, pulpRedirects: redirectFile } = options;
      const pulp = contentUrl === undefined ? {} : { pulp: { contentUrl, redirectFile } };
      const running = await startResultsWeb({ port, directory, ...pulp, log: logTo('results-web') });
      await serveUntilSignal(`results-web listens on ${running.url}`, running);
    });
}

function signdCommand(): Command {
  return keyRingOptions(new Command('signd'))
    .description('server: a signing daemon that speaks the protocol of obs-signd, over a gpg key ring')
    .addOption(portOption('port on 127.0.0.1'))
    .option('--parallel <count>', 'requests worked on at the same time', wholeNumber({ least: 1 }), 10)
    .action(async (options: KeyRingOptions & { port: number; parallel: number }) => {
      const { port, parallel, gnupghome: gnupgHome, phrases } = options;
      const running = await startSignd({ port, parallel, gnupgHome, phrases, log: logTo('signd') });
      await serveUntilSignal(`signd listens on 127.0.0.1:${running.port}`, running);
    });
}

function keygenCommand(): Command {
  return keyRingOptions(new Command('keygen'))
    .description('server: a copr-keygen that makes keys for the signd')
    .addOption(portOption('port on 127.0.0.1'))
    .action(async ({ port, gnupghome: gnupgHome, phrases }: KeyRingOptions & { port: number }) => {
      const running = await startKeygen({ port, gnupgHome, phrases, log: logTo('keygen') });
      await serveUntilSignal(`keygen listens on ${running.url}`, running);
    });
}

function pulpCommand(): Command {
  return new Command('pulp')
    .description(
      'server: a real Pulp with a PostgreSQL of its own; installed into the cache directory if it is not there',
    )
    .addOption(portOption('port of its API on 127.0.0.1'))
    .requiredOption('--content-port <port>', 'port of its content server', port)
    .requiredOption('--database-port <port>', 'port of its PostgreSQL', port)
    .requiredOption('--directory <dir>', 'its files and its database; survives a stop')
    .action(async (options: { port: number; contentPort: number; databasePort: number; directory: string }) => {
      const { port: api, contentPort: content, databasePort: database, directory } = options;
      await mkdir(directory, { recursive: true });
      const say = (line: string): void => printLines([line]);
      const ports = { api, content, database };
      const running = await startPulp({ directory, ports, retentionSeconds: RETENTION_SECONDS, say });
      await serveUntilSignal(`pulp listens on ${running.url}`, { close: running.stop });
    });
}

type KeyRingOptions = { readonly gnupghome: string; readonly phrases: string };

function keyRingOptions(command: Command): Command {
  return command
    .requiredOption('--gnupghome <dir>', 'the GnuPG home with the keys, the same for signd and keygen')
    .requiredOption('--phrases <dir>', 'where a file for each user says that signd knows it, the same for both');
}

/** Prints one line when it listens; ends with status 0 on SIGTERM or SIGINT. */
async function serveUntilSignal(line: string, server: Closing): Promise<void> {
  printLines([line]);
  await new Promise<void>((resolve) => {
    process.once('SIGTERM', () => resolve());
    process.once('SIGINT', () => resolve());
  });
  await server.close();
  process.exit(0);
}
