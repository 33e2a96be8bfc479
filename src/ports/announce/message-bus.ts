import type { Announcement } from '../../domain/announce/announcement.js';

/**
 * The message buses of this installation. `announce` resolves when the message is on this host's disk for each of them;
 * from there each bus gets it when it answers, in order for each build. Rejects with PortFailure `StorageFailed`.
 */
export type MessageBus = {
  readonly announce: (announcement: Announcement, occasion: Occasion) => Promise<void>;
};

/** Identifies the announced event: the same occasion makes the same message, even when another process repeats it. */
export type Occasion = {
  /** Unique per workflow run and topic. */
  readonly key: string;
  /** Unix milliseconds, constant for a key and growing in the course of a build: the smallest is sent first. */
  readonly order: number;
};
