import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const DOMAIN = fileURLToPath(new URL('../../../src/domain/', import.meta.url));
const EXPORT =
  /^export (?:declare )?(?:abstract )?(?:async )?(?:function\*?|const|let|type|class|enum) ([A-Za-z_$][\w$]*)/gm;

/** Files that export each name. A schema and its type have one name, in one file. */
function filesByName(): ReadonlyMap<string, ReadonlySet<string>> {
  const files = new Map<string, Set<string>>();
  const sources = readdirSync(DOMAIN, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  for (const file of sources)
    for (const [, name = ''] of readFileSync(join(DOMAIN, file), 'utf8').matchAll(EXPORT))
      files.set(name, (files.get(name) ?? new Set()).add(file));
  return files;
}

describe('the names that the domain exports', () => {
  it('say one thing each: a name in two files is a rule that stands twice, or two rules that a reader confuses', () => {
    const files = filesByName();
    assert.ok(files.size > 100, `${files.size} names were found`);
    const twice = [...files]
      .filter(([, where]) => where.size > 1)
      .map(([name, where]) => `${name}: ${[...where].join(', ')}`);
    assert.deepEqual(twice, []);
  });
});
