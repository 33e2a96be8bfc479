import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const DOMAIN = fileURLToPath(new URL('../../../src/domain/', import.meta.url));

describe('names of the domain', () => {
  it('are exported by one file each: two of one name were one rule written twice', () => {
    const files = readdirSync(DOMAIN, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    const homes = new Map<string, string[]>();
    for (const file of files) {
      const text = readFileSync(path.join(DOMAIN, file), 'utf8');
      const names = text.matchAll(/^export (?:abstract )?(?:async )?(?:function|class|type|const) (\w+)/gm);
      // A schema and its type have one name.
      for (const name of new Set([...names].map((match) => match[1] ?? '')))
        homes.set(name, [...(homes.get(name) ?? []), file]);
    }
    assert.ok(homes.has('compareEvr'));
    assert.deepEqual(
      [...homes].filter(([, where]) => where.length > 1),
      [],
    );
  });
});
