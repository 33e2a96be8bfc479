import { z } from 'zod';

/** One bus, ready to be connected to. */
export type BusSettings = FedoraMessagingSettings | StompSettings;

export type FedoraMessagingSettings = {
  readonly type: 'fedora-messaging';
  readonly id: string;
  readonly amqp: AmqpAddress;
  readonly topicPrefix: string;
  readonly exchange: string;
  /** Null: none is set. */
  readonly priority: number | null;
  readonly clientProperties: Readonly<Record<string, string>>;
};

export type AmqpAddress = {
  readonly host: string;
  readonly port: number;
  readonly virtualHost: string;
  readonly user: string;
  readonly password: string;
  /** Seconds; null: as the broker suggests. */
  readonly heartbeat: number | null;
  /** Null: plain TCP. */
  readonly tls: TlsFiles | null;
};

export type StompSettings = {
  readonly type: 'stomp';
  readonly id: string;
  /** Tried in this order. */
  readonly hosts: readonly { readonly host: string; readonly port: number }[];
  readonly login: { readonly user: string; readonly password: string } | null;
  readonly tls: TlsFiles | null;
  readonly destination: string;
};

/** Paths, read at every connection so that renewed certificates are used; null: the system's, or none. */
export type TlsFiles = { readonly ca: string | null; readonly certificate: string | null; readonly key: string | null };

const port = z.coerce.number().int().min(1).max(65_535);
const file = z.string().min(1).nullish();

/** fedora-messaging's own TOML, as much of it as a publisher needs. */
export const FedoraMessagingToml = z.object({
  amqp_url: z.string().default('amqp://'),
  topic_prefix: z.string().max(200).default(''),
  publish_exchange: z.string().min(1).max(255).default('amq.topic'),
  publish_priority: z.number().int().min(0).max(255).nullish(),
  tls: z.object({ ca_cert: file, certfile: file, keyfile: file }).default({}),
  client_properties: z.record(z.string(), z.unknown()).default({}),
});
export type FedoraMessagingToml = z.infer<typeof FedoraMessagingToml>;

/** A bus file of either form; fedora-messaging's settings may be in it instead of in a separate file. */
export const BusFile = z.discriminatedUnion('bus_type', [
  z.object({
    bus_type: z.literal('fedora-messaging'),
    bus_id: z.string().min(1).max(100).optional(),
    toml_config: z.string().min(1).optional(),
  }),
  z.object({
    bus_type: z.literal('stomp'),
    bus_id: z.string().min(1).max(100).optional(),
    hosts: z.array(z.tuple([z.string().min(1), port])).default([]),
    host: z.string().min(1).optional(),
    port: port.optional(),
    auth: z
      .object({
        username: z.string().nullish(),
        password: z.string().nullish(),
        key_file: file,
        cert_file: file,
      })
      .nullish(),
    cacert: file,
    destination: z.string().nullish(),
  }),
]);
export type BusFile = z.infer<typeof BusFile>;

/** pika's reading of an AMQP URL: every part may be left out. Throws an Error that does not show the password. */
export function parseAmqpUrl(url: string, tls: TlsFiles): AmqpAddress {
  const match =
    /^(amqps?):\/\/(?:([^:@/?#]*)(?::([^@/?#]*))?@)?(\[[^\]]*\]|[^:/?#]*)(?::(\d+))?(?:\/([^?#]*))?(?:\?([^#]*))?$/.exec(
      url,
    );
  if (match === null) throw new Error('amqp_url must look like amqps://user:password@host:5671/%2Fvhost');
  const [, scheme, user = '', password = '', host = '', portText, virtualHost = '', query = ''] = match;
  const isTls = scheme === 'amqps';
  const heartbeat = new URLSearchParams(query).get('heartbeat');
  return {
    host: decodeURIComponent(host).replace(/^\[|\]$/g, '') || 'localhost',
    port: portText === undefined ? (isTls ? 5671 : 5672) : Number(portText),
    virtualHost: decodeURIComponent(virtualHost) || '/',
    user: decodeURIComponent(user) || 'guest',
    password: decodeURIComponent(password) || 'guest',
    heartbeat: heartbeat !== null && /^\d+$/.test(heartbeat) ? Number(heartbeat) : null,
    tls: isTls ? tls : null,
  };
}
