import { AsyncLocalStorage } from 'node:async_hooks';

const storage = new AsyncLocalStorage<Readonly<Record<string, unknown>>>();

/** Runs `work` so that every line logged by it, however deep, has `fields`. A line's own fields take precedence. */
export function withLogFields<T>(fields: Readonly<Record<string, unknown>>, work: () => T): T {
  return storage.run({ ...storage.getStore(), ...fields }, work);
}

/** The fields of the work that is logging now; a copy, because the logger writes into it. */
export function currentLogFields(): Record<string, unknown> {
  return { ...storage.getStore() };
}
