/**
 * `npm run test:hosts [-- OPTIONS]`: runs the tests on other hosts, with their tools and with other releases of Node:
 * hosts/main.ts.
 */
import { join } from 'node:path';
import { requireNode } from './node-version.mjs';

requireNode();
const { ensurePackages, ROOT, runScript } = await import('./bootstrap.mjs');
const { prepareRun, runNode } = await import('./prepare-run.mjs');

await runScript(async () => {
  const args = process.argv.slice(2);
  const main = (words, temporal) => runNode(['--import', 'tsx', join(ROOT, 'hosts/main.ts'), ...words], { temporal });
  if (args.includes('--help') || args.includes('--renew-lock')) {
    await ensurePackages();
    return main(args);
  }
  const { words, temporal } = await prepareRun(args.includes('here') ? 'tests' : 'playground', args);
  return main(words, temporal);
});
