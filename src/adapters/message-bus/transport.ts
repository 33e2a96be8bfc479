import type { OutboxRecord } from './outbox-record.js';

/** The connection to one bus. It connects when something is to be sent, and again after it broke. */
export type Transport = {
  /** Where to, for people. */
  readonly address: string;
  /**
   * Resolves when the broker has said that it has the message. Messages sent one after the other arrive in that order.
   * Rejects with AnnouncementInvalid (never to be sent), BusUnavailable, or whatever the broker says to this one message.
   */
  readonly send: (record: OutboxRecord) => Promise<void>;
  /** Ends the connection; what was not confirmed rejects. It can be used again. */
  readonly close: () => Promise<void>;
};

/** No connection, or it broke: nothing else will get through now either. */
export class BusUnavailable extends Error {
  override readonly name = 'BusUnavailable';
}

/** How long a bus is waited for, in milliseconds. */
export type TransportTimes = {
  readonly connectMs: number;
  /** fedora-messaging waits as long for the broker's confirmation. */
  readonly confirmMs: number;
};

export const TRANSPORT_TIMES: TransportTimes = { connectMs: 30_000, confirmMs: 30_000 };
