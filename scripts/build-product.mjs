/** dist/: compiled TypeScript and the workflow bundle, rebuilt only if a source is newer than the stamp. */
import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';

const SOURCE_DIRECTORIES = ['src', 'playground', 'temporal', 'bench'];
const SOURCE_FILES = ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];
const STAMP = 'dist/.build-stamp';
const BUILD_INFO = 'dist/.tsbuildinfo';

/** Changes whenever a source file is added, removed or written. */
export function sourceFingerprint(root) {
  const hash = createHash('sha256');
  for (const path of sourceFiles(root)) {
    const facts = statSync(join(root, path), { throwIfNoEntry: false });
    hash.update(facts === undefined ? `${path} gone\n` : `${path} ${facts.mtimeMs} ${facts.size}\n`);
  }
  return hash.digest('hex');
}

/** False for an installed package: it came compiled, and npm has put its packages where it finds them. */
export function isCheckout(root) {
  return existsSync(join(root, 'tsconfig.build.json'));
}

/** True if dist/ was built from the current sources; a tree without sources counts as built. */
export function buildIsCurrent(root) {
  if (!isCheckout(root)) return true;
  try {
    return readFileSync(join(root, STAMP), 'utf8') === sourceFingerprint(root);
  } catch (error) {
    if (error.code === 'ENOENT') return false;
    throw error;
  }
}

/** Compiles and bundles; the caller holds the lock. */
export async function buildProduct(root, say) {
  say('compiling (once, and after changes)');
  const fingerprint = sourceFingerprint(root);
  rmSync(join(root, STAMP), { force: true });
  removeOrphans(root);
  if (missingOutputs(root).length > 0) rmSync(join(root, BUILD_INFO), { force: true });
  compile(root);
  await bundleWorkflows(root);
  writeFileSync(join(root, STAMP), fingerprint);
}

function compile(root) {
  const run = spawnSync(
    process.execPath,
    [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json'],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
      encoding: 'utf8',
    },
  );
  if (run.status === 0) return;
  process.stderr.write(run.stdout ?? '');
  throw new Error('the TypeScript sources do not compile; the errors are above');
}

/**
 * The workflows as one file, so that a worker starts without webpack; and a second file with the interceptors of
 * tracing.
 */
export async function bundleWorkflows(root) {
  const workflowsPath = join(root, 'dist/src/workflows/index.js');
  if (!existsSync(workflowsPath)) return;
  const entry = pathToFileURL(join(root, 'node_modules/@temporalio/worker/lib/index.js')).href;
  // A loader of TypeScript, under which drills call this, has the exports themselves.
  const worker = await import(entry);
  const { bundleWorkflowCode, DefaultLogger } = worker.default ?? worker;
  const logger = new DefaultLogger('WARN');
  const always = ['ahead-of-task', 'canceled-end', 'later-form'].map((name) => `dist/src/workflows/${name}.js`);
  for (const [name, ...interceptors] of [
    ['workflow-bundle.js', ...always],
    ['workflow-bundle-traced.js', ...always, 'dist/src/tracing/workflow-interceptors.js'],
  ]) {
    const workflowInterceptorModules = interceptors.map((file) => join(root, file));
    const { code } = await bundleWorkflowCode({ workflowsPath, workflowInterceptorModules, logger });
    const target = join(root, 'dist', name);
    writeFileSync(`${target}.new`, code);
    renameSync(`${target}.new`, target);
  }
}

/** Removes outputs whose source is gone: it must not be possible to import a stale module. */
function removeOrphans(root) {
  mkdirSync(join(root, 'dist'), { recursive: true });
  for (const directory of SOURCE_DIRECTORIES) {
    for (const path of filesBelow(join(root, 'dist', directory))) {
      const source = relative(join(root, 'dist'), path).replace(/\.js(\.map)?$/, '.ts');
      if (/\.js(\.map)?$/.test(path) && !existsSync(join(root, source))) rmSync(path, { force: true });
    }
  }
}

function missingOutputs(root) {
  return sourceFiles(root)
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))
    .filter((path) => !existsSync(join(root, 'dist', path.replace(/\.ts$/, '.js'))));
}

function sourceFiles(root) {
  const below = SOURCE_DIRECTORIES.flatMap((directory) =>
    filesBelow(join(root, directory)).map((path) => relative(root, path)),
  );
  return [...SOURCE_FILES, ...below.sort()];
}

function filesBelow(directory) {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}
