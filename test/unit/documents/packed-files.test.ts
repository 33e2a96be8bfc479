import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
/** Pages with commands for a host that has the package, and no checkout. */
const PAGES = ['docs/operations.md', 'docs/builders.md'];

/** Files and directories of this package that the commands of a page name. */
function namedBy(page: string): readonly string[] {
  const commands = readFileSync(path.join(ROOT, page), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('    '));
  const words = commands.flatMap((line) => line.trim().split(/\s+/)).map((word) => word.replace(/[,;]$/, ''));
  return words.filter((word) => /^\w[\w.-]*\/\w/.test(word) && existsSync(path.join(ROOT, word)));
}

describe('the files of the package', () => {
  const { files } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
    readonly files: readonly string[];
  };

  for (const page of PAGES)
    it(`have all that the commands of ${page} name`, () => {
      const named = namedBy(page);
      assert.ok(named.length > 0);
      const absent = named.filter((name) => !files.some((one) => name === one || name.startsWith(`${one}/`)));
      assert.deepEqual(absent, []);
    });
});
