import assert from 'node:assert/strict';
import { configurationExample, USUAL_DESTDIR } from '../../../src/config/configuration-example.js';
import { readConfig } from '../../../src/config/load.js';
import { OPTIONS, type Option } from '../../../src/config/schema.js';

describe('copr-be.conf.example', () => {
  it('is a configuration that lacks the password alone, with the defaults', () => {
    const { config, warnings } = readConfig(configurationExample(), 'copr-be.conf.example');
    assert.match(warnings.join('\n'), /^\[backend\] frontend_auth is not set.*$/);
    assert.equal(config.destdir, USUAL_DESTDIR);
    const plain = readConfig(`[backend]\ndestdir = ${USUAL_DESTDIR}\n`, 'plain').config;
    assert.deepEqual(config, plain);
  });

  it('is one, too, where every key is taken out of its comment', () => {
    const all = configurationExample().replaceAll(/^#([a-z0-9_]+ =)/gm, '$1');
    const { warnings, lineOf } = readConfig(all, 'all');
    assert.match(warnings.join('\n'), /^line \d+: \[backend\] frontend_auth is not set.*$/);
    for (const [name, { key }] of Object.entries<Option>(OPTIONS))
      assert.notEqual(lineOf(name as keyof typeof OPTIONS), null, key);
  });

  it('has lines that a person can read', () => {
    assert.deepEqual(
      configurationExample()
        .split('\n')
        .filter((line) => line.startsWith('# ') && line.length > 120),
      [],
    );
  });
});
