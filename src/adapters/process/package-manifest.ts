import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { packageRoot } from './package-root.js';

const Manifest = z.object({
  version: z.string(),
  /** Commands, and the file of each, relative to the package. */
  bin: z.record(z.string(), z.string()),
});

/** This package's package.json. */
export function packageManifest(): Readonly<z.infer<typeof Manifest>> {
  return Manifest.parse(JSON.parse(readFileSync(path.join(packageRoot(), 'package.json'), 'utf8')));
}
