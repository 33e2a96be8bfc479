import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A repository as somebody reads it. */
export type Published = {
  /** For people: a directory or a URL, without a slash at its end. */
  readonly place: string;
  /** A file by its path in the repository. Rejects if it is not there. */
  readonly read: (file: string) => Promise<Buffer>;
};

export function publishedIn(directory: string): Published {
  return { place: directory, read: (file) => readFile(join(directory, file)) };
}

/** As dnf sees it, redirects included. `url` ends with a slash. */
export function publishedAt(url: string): Published {
  return {
    place: url.replace(/\/$/, ''),
    read: async (file) => {
      const answer = await fetch(new URL(file, url), { signal: AbortSignal.timeout(60_000) });
      if (!answer.ok) throw new Error(`${answer.url}: ${answer.status}`);
      return Buffer.from(await answer.arrayBuffer());
    },
  };
}
