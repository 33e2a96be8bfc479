/**
 * Writes the generated parts of the pages in docs/, between `<!-- written: … -->`: `npx tsx scripts/write-tables.ts`.
 */
import { writeFileSync } from 'node:fs';
import { writtenPages } from './tables/written-pages.js';

for (const [file, text] of await writtenPages()) writeFileSync(file, text);
