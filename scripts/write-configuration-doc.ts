/** Writes docs/configuration.md from src/config/schema.ts: `npx tsx scripts/write-configuration-doc.ts`. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { configurationPage } from '../src/config/configuration-page.js';

writeFileSync(fileURLToPath(new URL('../docs/configuration.md', import.meta.url)), configurationPage());
