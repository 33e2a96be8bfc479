import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Places where the build of a staged package can be kept waiting. */
export const STEPS = ['start', 'middle', 'end'] as const;
export type Step = (typeof STEPS)[number];

/** The line in its log when it waits there. */
export const STEP_LINES: Readonly<Record<Step, string>> = {
  start: 'the first line of the build\n',
  middle: 'line 5 of the build\n',
  end: 'the last line of the build\n',
};

/** A package whose build waits at each step until it is released; the middle prints lines meanwhile. */
export type StagedPackage = {
  /** The directory to submit. */
  readonly directory: string;
  /** The directory of the flags, which is written into the spec. */
  readonly flags: string;
  readonly letGo: (...steps: readonly Step[]) => Promise<void>;
  readonly remove: () => Promise<void>;
};

export async function stagedPackage(): Promise<StagedPackage> {
  const root = await mkdtemp(join(tmpdir(), 'copr-staged-'));
  await chmod(root, 0o755);
  const [directory, flags] = [join(root, 'package'), join(root, 'flags')];
  for (const each of [directory, flags]) await mkdir(each);
  const template = await readFile(new URL('../fixtures/staged-package.spec', import.meta.url), 'utf8');
  await writeFile(join(directory, 'staged-package.spec'), template.replaceAll('@FLAGS@', flags));
  return {
    directory,
    flags,
    letGo: async (...steps) => {
      for (const step of steps) await writeFile(join(flags, step), '');
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
}
