import type { OutboxRecord } from './outbox-record.js';

/** The connection to one bus. It connects on demand, and again after it broke. */
export type Transport = {
  /** Where to, for people. */
  readonly address: string;
  /**
   * Resolves when the broker has confirmed the message. Messages sent one after the other arrive in that order. Rejects
   * with AnnouncementInvalid (never to be sent), BusUnavailable, or with the broker's error about this message.
   */
  readonly send: (record: OutboxRecord) => Promise<void>;
  /** Connects and logs in, if it is not connected. Rejects with BusUnavailable. */
  readonly connect: () => Promise<void>;
  /** Ends the connection; unconfirmed sends reject. It can be used again. */
  readonly close: () => Promise<void>;
};

/** No connection, or it broke: nothing else will get through now either. */
export class BusUnavailable extends Error {
  override readonly name = 'BusUnavailable';
}

/** How long to wait for a bus, in milliseconds. */
export type TransportTimes = {
  readonly connectMs: number;
  /** The same as fedora-messaging's wait for the broker's confirmation. */
  readonly confirmMs: number;
};

export const TRANSPORT_TIMES: TransportTimes = { connectMs: 30_000, confirmMs: 30_000 };
