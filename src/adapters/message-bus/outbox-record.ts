import { z } from 'zod';
import { Announcement, ANNOUNCEMENT_TOPICS } from '../../domain/announce/announcement.js';
import type { Occasion } from '../../ports/announce/message-bus.js';
import { digestOf } from '../files/digest.js';

/** Content of a file in the outbox: enough to send exactly the same message again. */
export const OutboxRecord = z.object({
  /** Id of the message on the bus; the same for every copy, so that readers can recognise a repeated one. */
  id: z.uuid(),
  /** When it was announced: ISO 8601, UTC, whole seconds, as fedora-messaging writes it. */
  sentAt: z.string(),
  announcement: Announcement,
});
export type OutboxRecord = Readonly<z.infer<typeof OutboxRecord>>;

/** Digits of a time in Unix milliseconds, so that names sort by it. */
const ORDER_DIGITS = 15;
const NAME = /^(\d{15})-\d-[0-9a-f]{32}\.json$/;

export function newRecord(announcement: Announcement, occasion: Occasion, now: Date): OutboxRecord {
  const sentAt = now.toISOString().replace(/\.\d+Z$/, '+00:00');
  return { id: messageId(occasion.key), sentAt, announcement };
}

/**
 * The name sorts messages by their turn, and is the same whenever the same occasion is announced: the time, then the
 * topic's position in the course of a build, then the key.
 */
export function recordName(announcement: Announcement, { key, order }: Occasion): string {
  const time = String(Math.max(0, Math.trunc(order))).padStart(ORDER_DIGITS, '0');
  const rank = ANNOUNCEMENT_TOPICS.indexOf(announcement.topic);
  return `${time}-${rank}-${digestOf(key).slice(0, 32)}.json`;
}

export function isRecordName(name: string): boolean {
  return NAME.test(name);
}

/** Day of a record in UTC, `2026-11-22`. */
export function dayOf(name: string): string {
  return new Date(Number(name.slice(0, ORDER_DIGITS))).toISOString().slice(0, 10);
}

/** A UUID in the form of version 4, its bits taken from the key: run ids are random, so these are. */
function messageId(key: string): string {
  const bytes = Buffer.from(digestOf(`message ${key}`), 'hex').subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
