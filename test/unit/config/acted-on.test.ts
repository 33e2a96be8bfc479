import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { OPTIONS, type Option } from '../../../src/config/schema.js';

const SOURCES = fileURLToPath(new URL('../../../src/', import.meta.url));

/** Files of the configuration that say what several keys come to; the others only read them. */
const ANSWERS = ['config/admission.ts', 'config/maintenance.ts', 'config/pruning.ts'];

describe('OPTIONS', () => {
  it('has no key that nothing reads, unless it says so', () => {
    const text = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts') && (ANSWERS.includes(path) || !path.startsWith('config/')))
      .map((path) => readFileSync(`${SOURCES}${path}`, 'utf8'))
      .join('\n');
    for (const [name, option] of Object.entries<Option>(OPTIONS)) {
      const isRead = new RegExp(`\\b(?:config|keys)\\.${name}\\b|\\{[^}]*\\b${name}\\b[^}]*\\} = config\\b`).test(text);
      assert.equal(isRead, option.caution === undefined, `${option.key} is ${isRead ? 'read' : 'unused'}`);
    }
  });
});
