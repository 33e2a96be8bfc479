import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { PROGRAMS } from '../../../scripts/tables/commands.js';

describe('each program', () => {
  it('prints the version of package.json, without the arguments that it requires otherwise', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { readonly version: string };
    for (const create of Object.values(PROGRAMS)) {
      let printed = '';
      const program = (await create()).exitOverride();
      program.configureOutput({ writeOut: (text) => (printed += text), writeErr: () => undefined });
      assert.throws(() => program.parse(['--version'], { from: 'user' }), { code: 'commander.version' });
      assert.equal(printed, `${version}\n`, program.name());
    }
  });
});
