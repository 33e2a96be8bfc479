import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** An installed and built checkout that counts how often its command `copr-backend` was run. */
export type OtherCheckout = { readonly path: string; readonly runs: () => Promise<number> };

/** Makes one in the empty directory `path`, from links to the contents of the checkout at `root`. */
export async function makeOtherCheckout(root: string, path: string): Promise<OtherCheckout> {
  for (const name of await readdir(root)) if (name !== 'bin') await symlink(join(root, name), join(path, name));
  const log = join(path, 'runs');
  const command = join(root, 'bin', 'copr-backend.mjs');
  await mkdir(join(path, 'bin'));
  await writeFile(log, '');
  await writeFile(
    join(path, 'bin', 'copr-backend.mjs'),
    `import { appendFileSync } from 'node:fs';
appendFileSync(${JSON.stringify(log)}, process.argv[2] + '\\n');
await import(${JSON.stringify(pathToFileURL(command).href)});
`,
  );
  return { path, runs: async () => (await readFile(log, 'utf8')).split('\n').length - 1 };
}
