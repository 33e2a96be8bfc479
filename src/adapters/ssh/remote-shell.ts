import net from 'node:net';
import ssh2 from 'ssh2';
import type { AgentAuthMethod, AuthMethod, Client, ConnectConfig, PublicKeyAuthMethod } from 'ssh2';
import { BuilderUnreachable } from '../../ports/build/builder-unreachable.js';
import { PortFailure } from '../../ports/port-failure.js';
import type { BuilderAddress, RemoteShell } from '../../ports/build/remote-shell.js';
import { describeAddress } from './address.js';
import { fingerprint, hostKeyAlgorithms, isPublicKey, publicKeyLine } from './host-key.js';
import { openAgent } from './identity-agent.js';
import { createRemoteSession } from './session.js';
import { createSshSettings } from './settings.js';
import type { SshSettings } from './settings.js';

/**
 * ssh to builders with the settings of `configFile` (`builder_config`, docs/neighbours/builder.md#commands) as `user`
 * (`build_user`). One connection per session, in this process: 59 KiB each, compared with 14 MiB for an ssh process.
 */
export function createSshShell(options: { readonly configFile: string; readonly user: string }): RemoteShell {
  const readSettings = createSshSettings(options);
  return {
    connect: async (builder, { signal }) => {
      signal?.throwIfAborted();
      const settings = await readSettings(builder);
      const socket = await openSocket({ builder, settings, signal });
      try {
        const { client, hostKey } = await handshake({ builder, settings, socket, signal });
        return createRemoteSession({ client, socket, hostKey, address: describeAddress(builder) });
      } catch (error) {
        socket.destroy();
        throw error;
      }
    },
  };
}

/** Errors of connect(2) if the host refuses, or a router says that it cannot be reached. */
const REFUSALS = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH']);

type Step = {
  readonly builder: BuilderAddress;
  readonly settings: SshSettings;
  readonly signal: AbortSignal | undefined;
};

function openSocket({ builder, settings, signal }: Step): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host: settings.host, port: settings.port });
    const settle = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      // Removes only our listeners: the socket needs its own to close itself.
      socket.removeAllListeners('error').removeAllListeners('connect');
    };
    const fail = (error: Error): void => {
      settle();
      // A late error of an abandoned socket must not end the process.
      socket.on('error', () => undefined);
      socket.destroy();
      reject(error);
    };
    const onAbort = (): void => fail(signal?.reason as Error);
    const timer = setTimeout(
      () => fail(unreachable(builder, `no TCP connection within ${settings.connectTimeoutMs / 1000} s`)),
      settings.connectTimeoutMs,
    );
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted === true) {
      onAbort();
      return;
    }
    socket.once('error', (error: NodeJS.ErrnoException) =>
      fail(unreachable(builder, error.code ?? error.message, error)),
    );
    socket.once('connect', () => {
      settle();
      // ssh2 leaves Nagle's algorithm on: with delayed ACKs that costs 50-80 ms per handshake.
      socket.setNoDelay(true);
      resolve(socket);
    });
  });
}

function handshake(step: Step & { readonly socket: net.Socket }): Promise<{ client: Client; hostKey: string }> {
  const { builder, settings, socket, signal } = step;
  return new Promise((resolve, reject) => {
    const client = new ssh2.Client();
    let hostKey: string | undefined;
    let denied = false;
    let agentError: Error | undefined;
    const settle = (): void => {
      signal?.removeEventListener('abort', onAbort);
      client.removeAllListeners('ready').removeAllListeners('close');
    };
    const fail = (error: Error): void => {
      settle();
      reject(error);
    };
    const onAbort = (): void => fail(signal?.reason as Error);
    signal?.addEventListener('abort', onAbort, { once: true });
    // Stays for the connection's lifetime: without a listener, a broken connection would be an uncaught exception.
    client.on('error', (error: Error & { level?: string }) => {
      // The failure of one authentication method; a separate error says if all of them failed.
      if (error.level === 'agent') agentError = error;
      else if (denied && hostKey !== undefined) fail(changed(builder, hostKey));
      else fail(unreachable(builder, explain(error, settings, agentError), error));
    });
    client.once('close', () => fail(unreachable(builder, 'the connection was closed during the handshake')));
    client.once('ready', () => {
      settle();
      if (hostKey === undefined) reject(unreachable(builder, 'the host showed no key'));
      else resolve({ client, hostKey });
    });
    client.connect({
      sock: socket,
      username: settings.user,
      authHandler: authMethods(settings),
      readyTimeout: settings.connectTimeoutMs,
      keepaliveInterval: settings.keepaliveIntervalMs,
      keepaliveCountMax: settings.keepaliveCountMax,
      algorithms: { serverHostKey: hostKeyAlgorithms(builder.hostKey) },
      hostVerifier: (key: Buffer) => {
        hostKey = publicKeyLine(key);
        denied = builder.hostKey !== null && !isPublicKey(builder.hostKey, key);
        return !denied;
      },
    } satisfies ConnectConfig);
  });
}

/** Tried in this order. The key files are already read, so nobody has to type anything. */
function authMethods({ user, keys, agent }: SshSettings): AuthMethod[] {
  const methods: (PublicKeyAuthMethod | AgentAuthMethod)[] = keys.map(({ content }) => ({
    ...{ type: 'publickey', username: user, key: content },
  }));
  if (agent !== null) methods.push({ type: 'agent', username: user, agent: openAgent(agent) });
  return methods;
}

function explain(error: Error & { level?: string }, settings: SshSettings, agentError: Error | undefined): string {
  if (error.level !== 'client-authentication') return error.message;
  const { agent, keys } = settings;
  const fault = agentError === undefined ? '' : ` (${agentError.message})`;
  const offered = [...keys.map(({ path }) => path), ...(agent === null ? [] : [`the agent ${agent.socket}${fault}`])];
  const left = settings.unusable.length === 0 ? '' : `; not usable: ${settings.unusable.join(', ')}`;
  return `user ${settings.user} was not let in with ${offered.join(', ')}${left}`;
}

function unreachable(builder: BuilderAddress, why: string, cause?: unknown): BuilderUnreachable {
  const refused = REFUSALS.has((cause as NodeJS.ErrnoException | undefined)?.code ?? '');
  return new BuilderUnreachable(`ssh to ${describeAddress(builder)}: ${why}`, { refused, cause });
}

function changed(builder: BuilderAddress, seen: string): PortFailure {
  const expected = builder.hostKey === null ? 'none' : fingerprint(builder.hostKey);
  const message = `ssh to ${describeAddress(builder)}: the host key is ${fingerprint(seen)} and was ${expected}: another machine`;
  return new PortFailure('BuilderChanged', message);
}
