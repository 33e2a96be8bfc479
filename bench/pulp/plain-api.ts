import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningPulp } from '../../playground/pulp/server.js';

export type Json = Readonly<Record<string, unknown>>;

/** Pulp's API without any of the product's care. Each rejects with what Pulp says. */
export type PlainApi = {
  readonly call: (method: string, to: string, body?: object) => Promise<Json>;
  /** The first row of a list. */
  readonly first: (to: string) => Promise<Json | undefined>;
  /** Submits a task and asks for its end every half second; resolves with the hrefs of what it made. */
  readonly done: (method: string, to: string, body: object) => Promise<readonly string[]>;
};

const POLL_MS = 500;

export function plainApi(pulp: RunningPulp): PlainApi {
  const authorization = `Basic ${Buffer.from(`${pulp.username}:${pulp.password}`).toString('base64')}`;

  async function call(method: string, to: string, body?: object): Promise<Json> {
    const isForm = body instanceof FormData;
    const headers = { authorization, ...(body === undefined || isForm ? {} : { 'content-type': 'application/json' }) };
    const sent = body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) };
    const answer = await fetch(new URL(to, `${pulp.url}/pulp/api/v3/`), { method, headers, ...sent });
    if (!answer.ok) throw new Error(`${method} ${to}: ${answer.status}: ${(await answer.text()).slice(0, 300)}`);
    return (await answer.json()) as Json;
  }

  return {
    call,
    first: async (to) => ((await call('GET', to))['results'] as readonly Json[])[0],
    done: async (method, to, body) => {
      const { task } = await call(method, to, body);
      for (;;) {
        await sleep(POLL_MS);
        const { state, error, created_resources: created } = await call('GET', String(task));
        if (state === 'completed') return created as readonly string[];
        if (state === 'failed' || state === 'canceled') throw new Error(`${state}: ${JSON.stringify(error)}`);
      }
    },
  };
}
