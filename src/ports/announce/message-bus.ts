import type { Announcement } from '../../domain/announce/announcement.js';

/**
 * The message buses of this installation. `announce` resolves when the message is on this host's disk for each of them;
 * they get it from there, in order for each build, whenever they answer. Rejects with PortFailure `StorageFailed`.
 */
export type MessageBus = {
  readonly announce: (announcement: Announcement, occasion: Occasion) => Promise<void>;
};

/** Which occurrence is announced: the same one again is the same message, whoever repeats it. */
export type Occasion = {
  /** Unique per workflow run and topic. */
  readonly key: string;
  /** Unix milliseconds that never change for a key and grow in the course of a build: what is sent first. */
  readonly order: number;
};
