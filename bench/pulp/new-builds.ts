import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { BuiltPackage } from './naive-publisher.js';

const run = promisify(execFile);

/** A build of one binary and one source package, made by rpmbuild, that Pulp has never seen. */
export type NewBuild = { readonly build: string; readonly packages: readonly BuiltPackage[] };

/** Makes a build in its directory below a chroot directory. */
export async function makeNewBuild(chrootDir: string, number: number): Promise<NewBuild> {
  const name = `new${number}`;
  const build = `${String(90_000_000 + number)}-${name}`;
  const directory = path.join(chrootDir, build);
  const work = path.join(directory, '.rpmbuild');
  await mkdir(work, { recursive: true });
  const head = [`Name: ${name}`, 'Version: 1.0', 'Release: 1', `Summary: ${name}`, 'License: MIT', 'BuildArch: noarch'];
  await writeFile(path.join(work, 'package.spec'), [...head, '%description', name, '%files', ''].join('\n'));
  const macros = [`_topdir ${work}`, `_rpmdir ${work}/made`, `_srcrpmdir ${work}/made`, '_build_name_fmt %%{NAME}.rpm'];
  const defines = macros.flatMap((macro) => ['--define', macro]);
  await run('rpmbuild', ['-ba', '--quiet', ...defines, path.join(work, 'package.spec')]);
  const packages = [];
  for (const made of await readdir(path.join(work, 'made'))) {
    const isSource = made.endsWith('.src.rpm');
    const file = path.join(directory, `${name}-1.0-1.${isSource ? 'src' : 'noarch'}.rpm`);
    await rename(path.join(work, 'made', made), file);
    packages.push({
      file,
      sha256: createHash('sha256')
        .update(await readFile(file))
        .digest('hex'),
    });
  }
  await rm(work, { recursive: true });
  return { build, packages };
}
