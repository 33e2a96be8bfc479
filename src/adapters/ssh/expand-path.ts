import { hostname, userInfo } from 'node:os';
import { digestOf } from '../files/digest.js';
import { commandEnvironment, runCommand } from '../process/run-command.js';

/** Values for the tokens of a path. */
export type PathFacts = {
  /** The builder as requested, and its value after `HostName`. */
  readonly originalHost: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
};

/** A path cannot be expanded; the message follows the path. */
export class NotExpanded extends Error {
  override readonly name = 'NotExpanded';
}

/**
 * Expands a path of ssh_config(5) as OpenSSH does: `~`, then tokens and environment variables in one pass. `ssh -G`
 * prints it unexpanded. Variables are those that programs of the backend get, so that rsync's own ssh reads the same
 * file. Rejects with NotExpanded.
 */
export async function expandPath(path: string, facts: PathFacts): Promise<string> {
  const inHome = await expandHome(path);
  const tokens = tokensOf(facts);
  const environment = commandEnvironment();
  return inHome.replaceAll(/%(.?)|\$\{([^}]*)\}/g, (_, token: string | undefined, variable: string | undefined) => {
    if (variable !== undefined) {
      const value = environment[variable];
      if (value !== undefined) return value;
      const known = Object.keys(environment).join(', ');
      throw new NotExpanded(`the backend gives no environment variable ${variable} to programs, but ${known}`);
    }
    if (token === 'k') throw new NotExpanded('%k is not supported: HostKeyAlias is set by the backend');
    const value = tokens[token ?? ''];
    if (value === undefined) throw new NotExpanded(`ssh_config(5) has no token %${token ?? ''} here`);
    return value;
  });
}

function tokensOf({ originalHost, host, port, user }: PathFacts): Readonly<Record<string, string>> {
  // As in OpenSSH: from the user database, not from $HOME.
  const { homedir, uid, username } = userInfo();
  const local = hostname();
  const jumpHost = ''; // ProxyJump is refused
  const connection = [local, host, String(port), user, jumpHost].join('');
  return {
    '%': '%',
    C: digestOf(connection, 'sha1'),
    d: homedir,
    h: host,
    i: String(uid),
    j: jumpHost,
    L: local.split('.', 1)[0] ?? local,
    l: local,
    n: originalHost,
    p: String(port),
    r: user,
    u: username,
  };
}

async function expandHome(path: string): Promise<string> {
  const [start, name] = /^~([^/]*)/.exec(path) ?? [];
  if (start === undefined) return path;
  const home = name === '' || name === undefined ? userInfo().homedir : await homeOf(name);
  return home + path.slice(start.length);
}

async function homeOf(user: string): Promise<string> {
  const { code, stdout } = await runCommand('getent', ['passwd', '--', user], { timeoutMs: 30_000 });
  const home = stdout.split(':')[5];
  if (code !== 0 || home === undefined) throw new NotExpanded(`there is no user ${user} here`);
  return home;
}
