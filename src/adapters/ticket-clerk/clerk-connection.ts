import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { PortFailure } from '../../ports/port-failure.js';
import { openSocketAddress, type ClerkDirectory } from './clerk-directory.js';
import { ClerkAnswer, onMessages, say, type ClerkRequest } from './exchange.js';
import { clerkTrouble } from './clerk-trouble.js';
import type { ClerkStarter } from './start-clerk.js';

/** Longer than Resalloc's own time limit; an ending clerk finishes its calls before the next one may begin. */
const ANSWER_MS = 60_000;
const AGAIN_MS = 20;
const FAREWELL_MS = 1000;

type Question = { readonly heard: (answer: ClerkAnswer | null) => void };

type Asked = ClerkRequest extends infer R ? (R extends ClerkRequest ? Omit<R, 'id'> : never) : never;

/**
 * A worker's connection to the clerk of its host, which is started if there is none. If a clerk ends, its questions are
 * repeated to the next one; every question may be repeated.
 */
export class ClerkConnection {
  readonly #directory: ClerkDirectory;
  readonly #starter: ClerkStarter;
  readonly #questions = new Map<number, Question>();
  readonly #answerMs: number;
  #socket: Socket | null = null;
  #opening: Promise<Socket> | null = null;
  #last = 0;

  constructor(directory: ClerkDirectory, starter: ClerkStarter, answerMs = ANSWER_MS) {
    this.#directory = directory;
    this.#starter = starter;
    this.#answerMs = answerMs;
  }

  /** Resolves with the answer. Rejects with the clerk's PortFailure, or with one of its own (`TicketClerkUnavailable`). */
  async ask(asked: Asked): Promise<unknown> {
    const deadline = performance.now() + this.#answerMs;
    while (performance.now() < deadline) {
      const answer = await this.#askOnce(await this.#open(deadline), asked, deadline);
      if (answer === null) continue;
      if (answer.failure === undefined) return answer.answer;
      const { code, message, retryable } = answer.failure;
      // The other process decides whether it is retryable, because its code may know better than the table.
      throw new PortFailure(code, message, { retryable });
    }
    throw clerkTrouble(
      `it has not answered for ${Math.round(this.#answerMs / 1000)} s; its log is ${this.#directory.logFile}`,
    );
  }

  /** Sends a message that needs no answer, if there is a connection. */
  tell(asked: Asked): void {
    if (this.#socket !== null) say(this.#socket, { ...asked, id: this.#nextId() });
  }

  /** Tells the clerk that no other worker will replace this one soon. */
  async leave(): Promise<void> {
    const socket = this.#socket;
    if (socket === null) return;
    const closed = once(socket, 'close');
    this.tell({ call: 'leave' });
    await Promise.race([closed, sleep(FAREWELL_MS, undefined, { ref: false })]);
    socket.destroy();
  }

  async #askOnce(socket: Socket, asked: Asked, deadline: number): Promise<ClerkAnswer | null> {
    const id = this.#nextId();
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<ClerkAnswer | null>((heard) => {
        this.#questions.set(id, { heard });
        timer = setTimeout(() => heard(null), Math.max(0, deadline - performance.now()));
        if (this.#socket === socket) say(socket, { ...asked, id });
        else heard(null);
      });
    } finally {
      clearTimeout(timer);
      this.#questions.delete(id);
    }
  }

  #nextId(): number {
    this.#last += 1;
    return this.#last;
  }

  #open(deadline: number): Promise<Socket> {
    if (this.#socket !== null) return Promise.resolve(this.#socket);
    this.#opening ??= this.#connect(deadline).finally(() => (this.#opening = null));
    return this.#opening;
  }

  /** Connects to the running clerk, or starts one and waits for it. */
  async #connect(deadline: number): Promise<Socket> {
    const start = this.#starter.prepare();
    const place = openSocketAddress(this.#directory);
    try {
      // Not `withBackoff`: this does not wait for a failure to pass, but for a process of this host that starts within
      // moments, or never.
      for (;;) {
        const socket = await dial(place.address);
        if (socket !== null) return this.#adopt(socket);
        const trouble = start.ensure();
        if (trouble !== null) throw clerkTrouble(trouble);
        if (performance.now() > deadline)
          throw clerkTrouble(`it does not begin; its log is ${this.#directory.logFile}`);
        await sleep(AGAIN_MS);
      }
    } finally {
      place.close();
    }
  }

  #adopt(socket: Socket): Socket {
    this.#socket = socket;
    socket.on('error', () => undefined); // `close` follows
    socket.once('close', () => {
      this.#socket = null;
      for (const { heard } of this.#questions.values()) heard(null);
    });
    onMessages(socket, ClerkAnswer, (answer) => this.#questions.get(answer.id)?.heard(answer));
    return socket;
  }
}

/** Null if nobody listens. */
async function dial(address: string): Promise<Socket | null> {
  const socket = connect(address);
  try {
    await once(socket, 'connect');
    return socket;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'ECONNRESET') return null;
    throw clerkTrouble(error instanceof Error ? error.message : String(error));
  }
}
