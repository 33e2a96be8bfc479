import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { quoteWord } from '../../playground/builder/shell-words.js';

/**
 * Programs that the worker finds before the real ones: they count their runs, may wait, and then become the real one.
 */
export type CountedPrograms = {
  /** PATH for the worker. */
  readonly path: string;
  readonly runs: (program: string) => number;
  /** Makes further runs wait until the returned function is called. */
  readonly hold: (program: string) => () => void;
};

/** Writes a wrapper for each of `programs` into `directory`; throws if one is not on PATH. */
export function countPrograms(directory: string, programs: readonly string[]): CountedPrograms {
  mkdirSync(directory, { recursive: true });
  const path = process.env['PATH'] ?? '/usr/bin:/bin';
  const file = (program: string, kind: 'runs' | 'hold'): string => join(directory, `${program}.${kind}`);
  for (const program of programs) {
    const real = path
      .split(delimiter)
      .map((place) => join(place, program))
      .find(existsSync);
    if (real === undefined) throw new Error(`${program} is not on PATH`);
    const hold = quoteWord(file(program, 'hold'));
    const script = `#!/bin/sh
echo >>${quoteWord(file(program, 'runs'))}
while [ -e ${hold} ]; do sleep 0.05; done
exec ${quoteWord(real)} "$@"
`;
    writeFileSync(join(directory, program), script, { mode: 0o755 });
    writeFileSync(file(program, 'runs'), '');
  }
  return {
    path: `${directory}${delimiter}${path}`,
    runs: (program) => readFileSync(file(program, 'runs'), 'utf8').length,
    hold: (program) => {
      writeFileSync(file(program, 'hold'), '');
      return () => rmSync(file(program, 'hold'), { force: true });
    },
  };
}
