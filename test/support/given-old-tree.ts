import { mkdir, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

const DAY_S = 86_400;

/**
 * Results of the Python service's time: a project `jdoe/hello` with builds 7 (old) and 42, one of `@tools`, and what
 * tools of earlier years have left.
 */
export async function givenOldTree(destdir: string): Promise<void> {
  const project = path.join(destdir, 'jdoe', 'hello');
  const chroot = path.join(project, 'fedora-39-x86_64');
  const directories = [
    ...['jdoe/hello/srpm-builds/00000007', 'jdoe/hello/srpm-builds/00000042', 'jdoe/hello/modules/a'],
    ...['jdoe/hello/fedora-39-x86_64/repodata', 'jdoe/hello/fedora-39-x86_64/tmp', 'jdoe/hello/fedora-39-x86_64/cache'],
    ...['jdoe/hello/fedora-39-x86_64/.repodata.old', 'jdoe/hello/fedora-39-x86_64/nodash'],
    ...['jdoe/hello/fedora-39-x86_64/hello-1.0', 'jdoe/hello/fedora-39-x86_64/00000007-hello/configs'],
    'jdoe/hello/fedora-39-x86_64/00000007-hello/prev_build_backup',
    ...['jdoe/hello/fedora-39-x86_64/00000042-hello/chroot_scan', '@tools/kit:pr:5/epel-9-x86_64/00000009-kit'],
    '@tools/kit/epel-9-x86_64/00000008-kit',
  ];
  for (const directory of directories) await mkdir(path.join(destdir, directory), { recursive: true });
  for (const build of ['00000007-hello', '00000042-hello']) {
    await writeFile(path.join(chroot, build, 'builder-live.log'), 'a line\n'.repeat(100));
    await writeFile(path.join(chroot, build, 'hello-1.0-1.x86_64.rpm'), Buffer.alloc(200_000, 1));
    await setAge(path.join(chroot, build, 'builder-live.log'), 8);
  }
  const settled = path.join(destdir, '@tools/kit/epel-9-x86_64/00000008-kit/builder-live.log');
  await writeFile(settled, 'a line\n');
  await writeFile(`${settled}.gz`, gzipSync('a line\n'));
  await setAge(settled, 8);
  await writeFile(path.join(project, 'srpm-builds', 'build-7.log'), 'log\n');
  await setAge(path.join(project, 'srpm-builds/00000007'), 30);
}

/** Sets the time of the last change, in days before now. */
export async function setAge(file: string, days: number): Promise<void> {
  const then = Date.now() / 1000 - days * DAY_S;
  await utimes(file, then, then);
}
