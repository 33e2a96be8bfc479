import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readTemporalProfile } from '../../../src/adapters/temporal/profile.js';

describe('readTemporalProfile', () => {
  let directory: string;
  let file: string;
  before(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'copr-profile-'));
    file = path.join(directory, 'temporal.toml');
    const lines = [
      ...['[profile.copr]', 'address = "temporal.example:7233"', 'namespace = "builds"'],
      ...['[profile.bare]', 'address = "bare.example:7233"'],
    ];
    await writeFile(file, `${lines.join('\n')}\n`);
  });
  after(() => rm(directory, { recursive: true }));

  const namespaceOf = (
    place: { readonly profile: string; readonly namespace?: string },
    env: Readonly<Record<string, string>> = {},
  ): readonly string[] => {
    const { namespace, namespaceFrom } = readTemporalProfile({ file, namespace: null, ...place }, env);
    return [namespace, namespaceFrom];
  };

  it("takes the profile's namespace where the configuration names none", () => {
    assert.deepEqual(namespaceOf({ profile: 'copr' }), ['builds', 'profile']);
    assert.deepEqual(namespaceOf({ profile: 'bare' }), ['default', 'default']);
  });

  it("lets the environment win over the profile, and the configuration's own key over both", () => {
    const env = { TEMPORAL_NAMESPACE: 'shell' };
    assert.deepEqual(namespaceOf({ profile: 'copr' }, env), ['shell', 'TEMPORAL_NAMESPACE']);
    assert.deepEqual(namespaceOf({ profile: 'bare' }, env), ['shell', 'TEMPORAL_NAMESPACE']);
    assert.deepEqual(namespaceOf({ profile: 'copr', namespace: 'own' }, env), ['own', 'temporal_namespace']);
  });

  it('needs no file where none is named: the environment says where Temporal is', () => {
    const env = { HOME: directory, XDG_CONFIG_HOME: directory, TEMPORAL_ADDRESS: 'env.example:7233' };
    const profile = readTemporalProfile({ file: null, profile: 'default', namespace: null }, env);
    assert.deepEqual(
      [profile.connectionOptions.address, profile.namespace, profile.namespaceFrom],
      ['env.example:7233', 'default', 'default'],
    );
  });

  it('needs the profile that is named', () => {
    assert.throws(() => namespaceOf({ profile: 'nobody' }), /nobody/);
    assert.throws(() => readTemporalProfile({ file: null, profile: 'nobody', namespace: null }, { HOME: directory }));
  });
});
