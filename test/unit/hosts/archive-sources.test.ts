import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { configuredSources, deb822Sources, debianArchive, oneLineSources } from '../../../hosts/archive-sources.js';
import { givenDirectory } from '../../support/given-directory.js';

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

describe('oneLineSources', () => {
  it('reads lines with and without options, and passes over comments and sources of packages', () => {
    const text = [
      '# deb http://archive.example/commented bookworm main',
      'deb http://archive.example/debian/ bookworm main contrib # a comment',
      `deb [ arch=amd64 signed-by=${KEYRING} ] https://other.example/debian trixie main`,
      'deb-src http://archive.example/debian bookworm main',
      'deb [signed-by=ABCDEF0123] http://flat.example/repository ./',
      '',
    ].join('\n');
    assert.deepEqual(oneLineSources(text), [
      {
        ...{ uri: 'http://archive.example/debian', suites: ['bookworm'], components: ['main', 'contrib'] },
        keyring: null,
      },
      { uri: 'https://other.example/debian', suites: ['trixie'], components: ['main'], keyring: KEYRING },
      { uri: 'http://flat.example/repository', suites: ['./'], components: [], keyring: null },
    ]);
  });
});

describe('deb822Sources', () => {
  it('reads stanzas, each of their URIs, and fields that go on', () => {
    const text = [
      '# of the image',
      'Types: deb deb-src',
      '# http://snapshot.example/archive',
      'URIs: http://archive.example/debian',
      '  http://second.example/debian/',
      'Suites: bookworm bookworm-updates',
      'Components: main',
      `Signed-By: ${KEYRING}`,
      '',
      '',
      'types: deb',
      'uris: http://own.example/key',
      'suites: sid',
      'components: main',
      'signed-by:',
      ' -----BEGIN PGP PUBLIC KEY BLOCK-----',
      ' .',
      ' abc',
    ].join('\n');
    const bookworm = { suites: ['bookworm', 'bookworm-updates'], components: ['main'], keyring: KEYRING };
    assert.deepEqual(deb822Sources(text), [
      { uri: 'http://archive.example/debian', ...bookworm },
      { uri: 'http://second.example/debian', ...bookworm },
      { uri: 'http://own.example/key', suites: ['sid'], components: ['main'], keyring: null },
    ]);
  });

  it('passes over what is turned off and what has no packages', () => {
    const rest = 'URIs: http://archive.example/debian\nSuites: sid\nComponents: main\n';
    assert.deepEqual(deb822Sources(`Enabled: no\nTypes: deb\n${rest}\nTypes: deb-src\n${rest}`), []);
  });
});

describe('debianArchive', () => {
  const source = (uri: string, suites: readonly string[], components = ['main']) => ({
    ...{ uri, suites, components, keyring: null },
  });

  it('is the one with releases of Debian, not that of security updates or of somebody else', () => {
    const own = source('http://archive.example/debian', ['bookworm', 'bookworm-updates']);
    const others = [
      source('http://archive.example/debian-security', ['bookworm-security']),
      source('http://vendor.example/apt', ['cloud-sdk-bookworm']),
      source('http://ubuntu.example/ubuntu', ['noble']),
      source('http://archive.example/debian', ['sid'], ['contrib']),
    ];
    assert.equal(debianArchive([...others, own]), own);
    assert.equal(debianArchive(others), null);
  });
});

describe('configuredSources', () => {
  it('reads both kinds of files of a directory of settings, and none where there is no apt', async () => {
    const etc = await givenDirectory();
    try {
      assert.deepEqual(configuredSources(join(etc.path, 'absent')), []);
      await mkdir(join(etc.path, 'sources.list.d'));
      await writeFile(join(etc.path, 'sources.list'), 'deb http://one.example/debian sid main\n');
      const stanza = 'Types: deb\nURIs: http://two.example/debian\nSuites: sid\nComponents: main\n';
      await writeFile(join(etc.path, 'sources.list.d/b.sources'), stanza);
      await writeFile(join(etc.path, 'sources.list.d/a.list'), 'deb http://three.example/debian sid main\n');
      await writeFile(join(etc.path, 'sources.list.d/a.list.save'), 'deb http://old.example/debian sid main\n');
      assert.deepEqual(
        configuredSources(etc.path).map(({ uri }) => uri),
        ['http://one.example/debian', 'http://three.example/debian', 'http://two.example/debian'],
      );
    } finally {
      await etc.remove();
    }
  });
});
