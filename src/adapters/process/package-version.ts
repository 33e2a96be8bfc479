import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** The version in this package's package.json; `0` if there is none. */
export function packageVersion(): string {
  // From src/adapters/process, and from dist/src/adapters/process.
  const candidates = ['../../../package.json', '../../../../package.json'];
  for (const path of candidates) {
    try {
      const manifest: unknown = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
      return z.object({ version: z.string() }).parse(manifest).version;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return '0';
}
