import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { findOnPath } from './find-on-path.js';
import type { Hold } from './hold.js';

export type HoldingPrograms = {
  /** A PATH that starts with the wrappers. */
  readonly path: string;
  /**
   * Keeps a program from starting if its arguments contain `text`. `withPackages`: only a createrepo_c whose list of
   * packages is not empty.
   */
  readonly hold: (program: string, text: string, options?: { readonly withPackages?: boolean }) => Promise<Hold>;
  readonly remove: () => Promise<void>;
};

/** Wrappers of programs for a PATH: each waits while a file says so, then becomes the real program. */
export async function createHoldingPrograms(programs: readonly string[]): Promise<HoldingPrograms> {
  const directory = await mkdtemp(join(tmpdir(), 'copr-holds-'));
  await chmod(directory, 0o755);
  const [bin, holds, reached] = ['bin', 'holds', 'reached'].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ];
  for (const each of [bin, holds, reached]) await mkdir(each);
  for (const program of programs) {
    await writeFile(join(bin, program), wrapper({ program, real: await findOnPath(program), holds, reached }), {
      mode: 0o755,
    });
  }
  let count = 0;
  return {
    path: `${bin}${delimiter}${process.env['PATH'] ?? ''}`,
    hold: async (program, text, { withPackages = false } = {}) => {
      const name = `${program}=${(count += 1)}${withPackages ? '=packages' : ''}`;
      await writeFile(join(holds, name), text);
      return {
        isReached: () => existsSync(join(reached, name)),
        release: () => rm(join(holds, name), { force: true }),
      };
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

function wrapper(names: {
  readonly program: string;
  readonly real: string;
  readonly holds: string;
  readonly reached: string;
}): string {
  return `#!/bin/sh
# Made by a test: waits while a file says so, then becomes ${names.real}.
words="$*"
list=
previous=
for word in "$@"; do
  [ "$previous" = --pkglist ] && list=$word
  previous=$word
done
for hold in '${names.holds}/${names.program}='*; do
  [ -e "$hold" ] || continue
  text=$(cat "$hold" 2>/dev/null) || continue
  case "$words" in *"$text"*) ;; *) continue ;; esac
  case "$hold" in *=packages) [ -s "$list" ] || continue ;; esac
  : >'${names.reached}/'"\${hold##*/}"
  while [ -e "$hold" ]; do sleep 0.05; done
done
exec '${names.real}' "$@"
`;
}
