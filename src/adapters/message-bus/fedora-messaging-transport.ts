import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import {
  connect,
  credentials,
  type ChannelModel,
  type ConfirmChannel,
  type Options,
  type SocketOptions,
} from 'amqplib';
import { composeFedoraMessage, type FedoraMessage } from '../../domain/announce/announcement-fedora.js';
import type { FedoraMessagingSettings, TlsFiles } from './bus-settings.js';
import { lazyConnection } from './lazy-connection.js';
import type { OutboxRecord } from './outbox-record.js';
import { BusUnavailable, type Transport, type TransportTimes } from './transport.js';

const GOODBYE_MS = 2000;

/** fedora-messaging over AMQP 0-9-1, with publisher confirms. */
export function createFedoraMessagingTransport(settings: FedoraMessagingSettings, times: TransportTimes): Transport {
  const { amqp, exchange, topicPrefix } = settings;
  const address = `${amqp.tls === null ? 'amqp' : 'amqps'}://${amqp.host}:${amqp.port}${virtualHostPath(amqp.virtualHost)}`;
  const connection = lazyConnection(() => open(settings, times));
  return {
    address,
    async send(record) {
      const message = composeFedoraMessage(record.announcement);
      const { channel, broken } = await connection.get(address);
      const routingKey = topicPrefix === '' ? message.topic : `${topicPrefix}.${message.topic}`;
      const content = Buffer.from(JSON.stringify(message.body), 'utf8');
      const options = properties(message, record, settings.priority);
      await connection.confirmed(broken, times.confirmMs, (done) => {
        channel.publish(exchange, routingKey, content, options, (refusal: unknown) => done(refusal));
      });
    },
    connect: async () => {
      await connection.get(address);
    },
    close: () => connection.close(),
  };
}

/** The properties that fedora_messaging's own publisher sets, and no others. */
function properties(message: FedoraMessage, record: OutboxRecord, priority: number | null): Options.Publish {
  return {
    contentType: 'application/json',
    contentEncoding: 'utf-8',
    deliveryMode: 2,
    messageId: record.id,
    ...(priority === null ? {} : { priority }),
    headers: {
      fedora_messaging_schema: message.topic,
      fedora_messaging_schema_package: 'copr_messaging',
      fedora_messaging_severity: message.severity,
      'sent-at': record.sentAt,
      priority: priority ?? 0,
      ...Object.fromEntries(message.users.map((user) => [`fedora_messaging_user_${user}`, true])),
    },
  };
}

type Open = {
  readonly channel: ConfirmChannel;
  /** Aborted, with the reason, when the connection or its channel is over. */
  readonly broken: AbortSignal;
  readonly close: () => Promise<void>;
};

async function open(settings: FedoraMessagingSettings, times: TransportTimes): Promise<Open> {
  const { amqp } = settings;
  const over = new AbortController();
  const end = (why: unknown): void => over.abort(why instanceof Error ? why : new Error('the broker ended it'));
  const model: ChannelModel = await connect(
    {
      protocol: amqp.tls === null ? 'amqp' : 'amqps',
      hostname: amqp.host,
      port: amqp.port,
      username: amqp.user,
      password: amqp.password,
      // amqplib decodes it once more.
      vhost: encodeURIComponent(amqp.virtualHost),
      ...(amqp.heartbeat === null ? {} : { heartbeat: amqp.heartbeat }),
    },
    {
      timeout: times.connectMs,
      noDelay: true,
      keepAlive: true,
      clientProperties: { app: 'copr-backend', ...settings.clientProperties },
      ...(amqp.tls === null ? {} : await tlsOptions(amqp.tls)),
    },
  );
  model.on('error', end).on('close', end);
  try {
    const channel = await model.createConfirmChannel();
    channel.on('error', end).on('close', () => end(null));
    return { channel, broken: over.signal, close: () => closeModel(model) };
  } catch (error) {
    await closeModel(model);
    throw new BusUnavailable('the broker gives no channel', { cause: error });
  }
}

/** A client certificate is the login itself: SASL EXTERNAL, as in fedora_messaging. */
async function tlsOptions(files: TlsFiles): Promise<SocketOptions> {
  const { ca, certificate, key } = files;
  const read = (file: string): Promise<Buffer> => readFile(file);
  return {
    minVersion: 'TLSv1.2',
    ...(ca === null ? {} : { ca: await read(ca) }),
    ...(certificate === null || key === null
      ? {}
      : { cert: await read(certificate), key: await read(key), credentials: credentials.external() }),
  };
}

/** Closes the connection, but does not wait for a silent broker. */
async function closeModel(model: ChannelModel): Promise<void> {
  const { stream } = model.connection as unknown as { readonly stream: Socket };
  const silent = setTimeout(() => stream.destroy(), GOODBYE_MS);
  await new Promise<void>((resolve) => {
    if (stream.destroyed) resolve();
    stream.once('close', () => resolve());
    // It may already be closed, which is fine.
    model.close().then(
      () => undefined,
      () => stream.destroy(),
    );
  });
  clearTimeout(silent);
}

function virtualHostPath(virtualHost: string): string {
  return virtualHost === '/' ? '' : `/${encodeURIComponent(virtualHost)}`;
}
