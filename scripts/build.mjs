/** `npm run build`: dist/ from the sources. */
import { requireNode } from './node-version.mjs';

requireNode();
const { bootstrap, runScript } = await import('./bootstrap.mjs');
await runScript(() => bootstrap());
