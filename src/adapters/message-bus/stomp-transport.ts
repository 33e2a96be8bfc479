import { readFile } from 'node:fs/promises';
import net from 'node:net';
import tls from 'node:tls';
import { composeStompMessage } from '../../domain/announce/announcement-stomp.js';
import { oneLine } from '../../domain/plain-text.js';
import type { StompSettings } from './bus-settings.js';
import { lazyConnection, type Connected } from './lazy-connection.js';
import { decodeFrame, encodeFrame, type StompFrame } from './stomp-frames.js';
import type { Transport, TransportTimes } from './transport.js';

/** Largest frame from a server; it has nothing long to say to a client that only sends. */
const MAX_FRAME_BYTES = 1024 * 1024;

/** STOMP 1.1 and 1.2 over TCP or TLS; every message asks for a receipt. */
export function createStompTransport(settings: StompSettings, times: TransportTimes): Transport {
  const names = settings.hosts.map(({ host, port }) => `${host}:${port}`).join(',');
  const address = `${settings.tls === null ? 'stomp' : 'stomp+ssl'}://${names}${settings.destination}`;
  const connection = lazyConnection(() => openFirst(settings, times));
  let receipts = 0;
  return {
    address,
    async send(record) {
      const { topic, body } = composeStompMessage(record.announcement);
      const session = await connection.get(address);
      const receipt = `message-${(receipts += 1)}`;
      await connection.confirmed(session.broken, times.confirmMs, (done) => {
        session.send(receipt, done, {
          command: 'SEND',
          headers: {
            ...{ destination: settings.destination, topic, 'content-type': 'application/json', receipt },
            // RabbitMQ makes it the message's id; to other brokers it is a header like any other.
            'amqp-message-id': record.id,
          },
          body: JSON.stringify(body),
        });
      });
    },
    connect: async () => {
      await connection.get(address);
    },
    close: () => connection.close(),
  };
}

type Session = Connected & {
  readonly send: (receipt: string, done: (refusal?: unknown) => void, frame: StompFrame) => void;
};

/** The first host that answers. */
async function openFirst(settings: StompSettings, times: TransportTimes): Promise<Session> {
  const failures: Error[] = [];
  for (const target of settings.hosts) {
    try {
      return await open(settings, target, times.connectMs);
    } catch (error) {
      failures.push(error instanceof Error ? error : new Error(String(error)));
    }
  }
  throw new AggregateError(failures, failures.map(({ message }) => message).join('; '));
}

async function open(
  settings: StompSettings,
  target: StompSettings['hosts'][number],
  connectMs: number,
): Promise<Session> {
  const socket = await connectSocket(settings, target);
  const broken = new AbortController();
  const waiting = new Map<string, (refusal?: unknown) => void>();
  let heard = Buffer.alloc(0);
  return new Promise<Session>((resolve, reject) => {
    const end = (why: Error): void => {
      clearTimeout(timer);
      broken.abort(why);
      reject(why);
      socket.destroy();
    };
    const timer = setTimeout(() => end(new Error(`no STOMP answer within ${connectMs / 1000} s`)), connectMs);
    const session: Session = {
      broken: broken.signal,
      send: (receipt, done, frame) => {
        waiting.set(receipt, done);
        socket.write(encodeFrame(frame));
      },
      close: () => goodbye(socket),
    };
    socket.once('error', end).once('close', () => end(new Error('the broker ended the connection')));
    socket.once(settings.tls === null ? 'connect' : 'secureConnect', () => {
      const login = settings.login === null ? {} : { login: settings.login.user, passcode: settings.login.password };
      // No host header: RabbitMQ would treat it as a virtual host, and the old backend's library left it out.
      const headers = { 'accept-version': '1.1,1.2', 'heart-beat': '0,0', ...login };
      socket.write(encodeFrame({ command: 'CONNECT', headers, body: '' }));
    });
    socket.on('data', (chunk: Buffer) => {
      heard = Buffer.concat([heard, chunk]);
      for (let next = decodeFrame(heard); next !== null; next = decodeFrame(heard)) {
        heard = Buffer.from(next.rest);
        onFrame(next.frame);
      }
      if (heard.length > MAX_FRAME_BYTES) end(new Error('the broker does not speak STOMP'));
    });

    function onFrame({ command, headers, body }: StompFrame): void {
      if (command === 'CONNECTED') {
        clearTimeout(timer);
        resolve(session);
      } else if (command === 'RECEIPT') {
        const receipt = headers['receipt-id'] ?? '';
        waiting.get(receipt)?.();
        waiting.delete(receipt);
      } else if (command === 'ERROR') {
        // The protocol ends the connection after an error, whichever message it was about.
        const text = oneLine(`${headers['message'] ?? ''} ${body}`).slice(0, 300);
        end(new Error(`the broker refused it: ${text}`));
      }
    }
  });
}

async function connectSocket(
  settings: StompSettings,
  { host, port }: StompSettings['hosts'][number],
): Promise<net.Socket> {
  if (settings.tls === null) return net.connect({ host, port, keepAlive: true, noDelay: true });
  const { ca, certificate, key } = settings.tls;
  return tls.connect({
    ...{ host, port, minVersion: 'TLSv1.2' as const },
    ...(net.isIP(host) === 0 ? { servername: host } : {}),
    ...(ca === null ? {} : { ca: await readFile(ca) }),
    ...(certificate === null ? {} : { cert: await readFile(certificate) }),
    ...(key === null ? {} : { key: await readFile(key) }),
  });
}

/** Everything important was confirmed, so this does not wait for the broker's answer to DISCONNECT. */
async function goodbye(socket: net.Socket): Promise<void> {
  if (socket.destroyed) return;
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.end(encodeFrame({ command: 'DISCONNECT', headers: {}, body: '' }), () => socket.destroy());
  await closed;
}
