import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runCommand } from '../../src/adapters/process/run-command.js';

/** The placeholder in the template for another package's version, of the same length. */
const VERSION = '1.70001';
/** Build time of the template: the seconds are four bytes of its header. */
const BUILT = 1_000_000_007;

export type Versions = {
  /**
   * Puts RPMs of this version, a binary and a source package, into a directory below the chroot's (or an absolute one).
   * `<n>` goes up to 99999, `builtAt` is in Unix seconds.
   */
  readonly put: (build: string, n: number, builtAt: number) => Promise<readonly string[]>;
};

/**
 * Thousands of packages that differ in version and age, each a copy of one that rpmbuild made with some bytes of its
 * header replaced. rpm, createrepo_c and dnf read them; their digests are wrong, but nothing checks these here.
 */
export async function givenVersions(chrootDir: string, name: string): Promise<Versions> {
  const work = path.join(chrootDir, '..', `.template-${name}`);
  await mkdir(work, { recursive: true });
  const spec = [
    `Name: ${name}\nVersion: ${VERSION}\nRelease: 1\nSummary: x\nLicense: MIT\nBuildArch: noarch`,
    '%description\nx\n%files\n',
  ].join('\n');
  await writeFile(path.join(work, 'x.spec'), spec);
  const defines = [
    ...['_topdir', '_rpmdir', '_srcrpmdir'].map((macro) => `${macro} ${work}/${macro}`),
    ...['use_source_date_epoch_as_buildtime 1', '_build_name_fmt %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm'],
  ];
  const args = ['-ba', '--quiet', ...defines.flatMap((define) => ['--define', define]), path.join(work, 'x.spec')];
  const built = await runCommand('rpmbuild', args, {
    timeoutMs: 120_000,
    env: { HOME: work, SOURCE_DATE_EPOCH: String(BUILT) },
  });
  if (built.code !== 0) throw new Error(built.summary);
  const templates = await Promise.all(
    (
      [
        ['_rpmdir', 'noarch'],
        ['_srcrpmdir', 'src'],
      ] as const
    ).map(async ([from, arch]) => ({
      arch,
      bytes: await readFile(path.join(work, from, `${name}-${VERSION}-1.${arch}.rpm`)),
    })),
  );
  await rm(work, { recursive: true });
  const made = new Map<string, string>();
  return {
    put: async (build, n, builtAt) => {
      const directory = path.resolve(chrootDir, build);
      const version = `1.${String(n).padStart(5, '0')}`;
      await mkdir(directory, { recursive: true });
      const names: string[] = [];
      for (const { arch, bytes } of templates) {
        const file = path.join(directory, `${name}-${version}-1.${arch}.rpm`);
        const known = made.get(`${arch} ${n} ${builtAt}`);
        if (known === undefined) await writeFile(file, patched(bytes, version, builtAt));
        else await link(known, file);
        made.set(`${arch} ${n} ${builtAt}`, file);
        names.push(`${build}/${path.basename(file)}`);
      }
      return names;
    },
  };
}

function patched(template: Buffer, version: string, builtAt: number): Buffer {
  const bytes = Buffer.from(template);
  for (let at = bytes.indexOf(VERSION); at !== -1; at = bytes.indexOf(VERSION, at + 1)) bytes.write(version, at);
  const stamp = Buffer.alloc(4);
  stamp.writeUInt32BE(BUILT);
  const at = bytes.indexOf(stamp);
  if (at === -1) throw new Error('the template does not state its build time');
  bytes.writeUInt32BE(builtAt, at);
  return bytes;
}
