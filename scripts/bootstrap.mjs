/**
 * Prepares a bare checkout: packages, then dist/. Plain JavaScript without any npm package, because nothing is
 * installed yet. Several runs at once wait for each other.
 */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildIsCurrent, buildProduct, isCheckout } from './build-product.mjs';
import { installPackages, linkOwnCommand, packagesInPlace } from './install-packages.mjs';
import { withLock } from './lock-directory.mjs';

/** The checkout. */
export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** One line for people, on standard error: standard output belongs to the command that follows. */
export function say(line) {
  process.stderr.write(`${line}\n`);
}

/** Installs the npm packages if they are missing or outdated. */
export async function ensurePackages(root = ROOT) {
  if (!packagesInPlace(root)) {
    await exclusively(root, () => {
      if (!packagesInPlace(root)) installPackages(root, say);
    });
  }
  linkOwnCommand(root);
}

/** Builds dist/ if it is missing or older than the sources. */
export async function ensureBuilt(root = ROOT) {
  if (buildIsCurrent(root)) return;
  await exclusively(root, async () => {
    if (!buildIsCurrent(root)) await buildProduct(root, say);
  });
}

/** Packages and dist/ of a checkout; an installed package has both. */
export async function bootstrap(root = ROOT) {
  if (!isCheckout(root)) return;
  await ensurePackages(root);
  await ensureBuilt(root);
}

/** Runs a script's main part: an expected error ends in one line and exit status 1, a defect keeps its stack. */
export async function runScript(main) {
  try {
    const status = await main();
    if (typeof status === 'number') process.exitCode = status;
  } catch (error) {
    const isDefect = error instanceof TypeError || error instanceof ReferenceError || process.env.DEBUG;
    process.stderr.write(`${isDefect ? error.stack : (error.message ?? error)}\n`);
    process.exitCode = 1;
  }
}

function exclusively(root, work) {
  return withLock(join(root, 'dist/.bootstrap-lock'), work, (pid) =>
    say(`waiting for another run that installs or compiles${pid === null ? '' : ` (pid ${pid})`}`),
  );
}
