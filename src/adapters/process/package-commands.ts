import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { packageRoot } from './package-root.js';

/** The commands of this package's package.json, and the file of each, relative to the package. */
export function packageCommands(): Readonly<Record<string, string>> {
  const manifest: unknown = JSON.parse(readFileSync(path.join(packageRoot(), 'package.json'), 'utf8'));
  return z.object({ bin: z.record(z.string(), z.string()) }).parse(manifest).bin;
}
