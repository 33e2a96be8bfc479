import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { GenerationOperation } from '../../src/contracts/repository/repository.js';
import type { IndexerRun } from '../../src/ports/repository/repository-indexer.js';
import type { Place } from './place.js';
import type { PublisherAnswer, PublisherTask } from './publisher.js';

/** The publishing process; if it dies, its task is given to the next one, as Temporal does with an activity. */
export class Publisher {
  kills = 0;
  #child: ChildProcess | null = null;
  readonly #place: Place['publisher'];
  readonly #steps: readonly string[];

  constructor({ publisher, steps }: Pick<Place, 'publisher' | 'steps'>) {
    this.#place = publisher;
    this.#steps = steps;
  }

  async do(what: { readonly run: IndexerRun } | { readonly operation: GenerationOperation }): Promise<string> {
    const steps = this.#steps;
    const stopAt = Math.random() < 0.2 ? (steps[Math.floor(Math.random() * steps.length)] ?? null) : null;
    const killAfter = stopAt === null && Math.random() < 0.12 ? Math.random() * 250 : null;
    for (let attempt = 1; ; attempt += 1) {
      const isFirst = attempt === 1;
      const task: PublisherTask = {
        ...{ ...this.#place, ...what, stopAt: isFirst ? stopAt : null, byMembers: Math.random() < 0.5 },
      };
      const answer = await this.attempt(task, isFirst ? killAfter : null);
      if (answer !== null && 'failure' in answer) throw new Error(answer.failure);
      if (answer !== null) return answer.revision;
      this.kills += 1;
    }
  }

  /** Null: the process died. */
  async attempt(task: PublisherTask, killAfter: number | null): Promise<PublisherAnswer | null> {
    const child = this.#child ?? fork(fileURLToPath(new URL('publisher.ts', import.meta.url)));
    this.#child = child;
    const ended = new AbortController();
    const { signal } = ended;
    const answered = once(child, 'message', { signal }).then(([answer]) => answer as PublisherAnswer);
    const died = once(child, 'exit', { signal }).then(() => {
      this.#child = null;
      return null;
    });
    const killer = killAfter === null ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfter);
    child.send(task);
    try {
      return await Promise.race([answered, died]);
    } finally {
      clearTimeout(killer);
      ended.abort();
      await Promise.allSettled([answered, died]);
      if (child.exitCode !== null || child.signalCode !== null) this.#child = null;
    }
  }

  async end(): Promise<void> {
    const child = this.#child;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}
