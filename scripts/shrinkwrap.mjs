/**
 * Puts the lock file into the package: npm packs npm-shrinkwrap.json, but never package-lock.json. `npm pack` runs this
 * before it packs, and with `--remove` after that.
 */
import { copyFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const SHRINKWRAP = fileURLToPath(new URL('../npm-shrinkwrap.json', import.meta.url));
const LOCK = fileURLToPath(new URL('../package-lock.json', import.meta.url));

if (process.argv.includes('--remove')) rmSync(SHRINKWRAP, { force: true });
else copyFileSync(LOCK, SHRINKWRAP);
