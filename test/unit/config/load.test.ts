import assert from 'node:assert/strict';
import { homedir } from 'node:os';
import path from 'node:path';
import { findConfigFile } from '../../../src/config/find-config-file.js';
import { ConfigError, loadConfig, readConfig, type LoadedConfig } from '../../../src/config/load.js';
import { OPTIONS, type Option } from '../../../src/config/schema.js';

const MINIMAL = `[backend]
results_baseurl=https://copr-be.example/results/
frontend_base_url=https://copr-fe.example
frontend_auth=Shared%%Secret
destdir=/var/lib/copr/public_html/results/
statsdir=/var/lib/copr/public_html/stats
sleeptime=10
do_sign=YES
keygen_host=localhost:8080
sign_domain=example.org
prune_days=14
builds_max_workers=60
builds_max_workers_sandbox=10
group0_archs=i386,x86_64

[builder]
timeout=18000

[ssh]
builder_config=~/.ssh/config
`;

const read = (text: string): LoadedConfig => readConfig(text, 'copr-be.conf');
const backend = (...lines: string[]): LoadedConfig => read(['[backend]', 'destdir = /srv', ...lines].join('\n'));
function problemsOf(load: () => unknown): readonly string[] {
  try {
    load();
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.problems;
  }
  return assert.fail('the configuration was accepted');
}

describe('readConfig', () => {
  it('reads a file of today without a warning', () => {
    const { config, warnings } = read(MINIMAL);
    assert.deepEqual(warnings, []);
    assert.deepEqual(config, {
      resultsBaseurl: 'https://copr-be.example/results',
      frontendBaseUrl: 'https://copr-fe.example',
      frontendAuth: 'Shared%Secret',
      doSign: true,
      signDomain: 'example.org',
      gentlyGpgSha256: true,
      buildUser: 'mockbuilder',
      destdir: '/var/lib/copr/public_html/results',
      sleeptime: 10,
      resallocConnection: 'http://localhost:49100',
      buildsMaxWorkers: 60,
      actionsMaxWorkers: 10,
      logDir: '/var/log/copr-backend',
      logLevel: 'info',
      builderTimeout: 18000,
      sshBuilderConfig: path.join(homedir(), '.ssh/config'),
      temporalProfile: { file: null, profile: 'default' },
      temporalNamespace: 'default',
      storageName: 'main',
      stateDir: '/var/lib/copr/backend',
      signer: 'obs-sign',
      signParallel: 4,
      resultsMaxBytes: 64 * 1024 ** 3,
      logMaxBytes: 1024 ** 3,
      generationGraceHours: 24,
    });
    assert.ok(Object.isFrozen(config));
  });

  it('reports all problems at once, each with its place and a remedy, and no secret', () => {
    const text =
      '[backend]\nsleeptime = soon\nfrontend_auth = hunter%2\ndo_sign = perhaps\nsigner = pgp\nlog_max_bytes = 1 pound\nx';
    const problems = problemsOf(() => read(text));
    assert.equal(problems.length, 7);
    assert.deepEqual(problems[0], 'line 7: neither a [section] nor key = value (continuation lines must be indented)');
    assert.ok(problems.includes('line 2: [backend] sleeptime = "soon" must be a whole number; the default is 5'));
    assert.ok(problems.some((problem) => problem.startsWith('[backend] destdir is missing')));
    assert.doesNotMatch(problems.join('\n'), /hunter/);
    assert.match(problemsOf(() => backend('frontend_auth =')).join(), /frontend_auth = \*\*\*\* must not be empty/);
  });

  it('warns of unknown keys and names the nearest known one', () => {
    const { warnings } = read('[backend]\ndestdir=/srv\nsleptime=1\nfoo=1\nbuild_max_workers=1\n[bilder]\ntimeout=1\n');
    assert.deepEqual(warnings, [
      'line 3: [backend] sleptime is unknown and ignored; did you mean sleeptime?',
      'line 4: [backend] foo is unknown and ignored',
      'line 5: [backend] build_max_workers is unknown and ignored; did you mean builds_max_workers?',
      'section [bilder] is unknown and ignored; did you mean builder?',
    ]);
  });

  it('reads sizes, levels and Temporal profiles', () => {
    const { config } = backend(
      'results_max_bytes = 10 MiB',
      'log_max_bytes = 5',
      'log_level = WARNING',
      'temporal_profile=prod',
    );
    assert.deepEqual([config.resultsMaxBytes, config.logMaxBytes, config.logLevel], [10 * 1024 ** 2, 5, 'warn']);
    assert.deepEqual(config.temporalProfile, { file: null, profile: 'prod' });
    const profile = (value: string): unknown => backend(`temporal_profile = ${value}`).config.temporalProfile;
    assert.deepEqual(profile('/etc/t.toml'), { file: '/etc/t.toml', profile: 'default' });
    assert.deepEqual(profile('/etc/t.toml#prod'), { file: '/etc/t.toml', profile: 'prod' });
    assert.deepEqual(profile('./t.toml#prod'), { file: path.resolve('t.toml'), profile: 'prod' });
  });

  it('accepts every default as a value', () => {
    for (const option of Object.values<Option>(OPTIONS)) {
      if (option.default !== null) assert.ok(option.value.safeParse(option.default).success, option.key);
      assert.match(option.meaning, /^[A-Z].*\.$/, option.key);
    }
  });
});

describe('loadConfig', () => {
  it('says which file cannot be read', () => {
    assert.throws(
      () => loadConfig('/nonexistent/copr-be.conf'),
      /\/nonexistent\/copr-be\.conf cannot be used:\n.*--config/,
    );
  });
});

describe('findConfigFile', () => {
  const find = (given: { flag?: string; env?: Record<string, string>; files?: readonly string[] }): string | null =>
    findConfigFile({
      flag: given.flag,
      env: given.env ?? {},
      cwd: '/here',
      exists: (file) => given.files?.includes(file) ?? false,
    }).path;

  it('takes the first of flag, environment, host and playground', () => {
    const files = ['/etc/copr/copr-be.conf', '/here/.copr/copr-be.conf'];
    assert.equal(find({ flag: 'a.conf', env: { BACKEND_CONFIG: '/b.conf' }, files }), '/here/a.conf');
    assert.equal(find({ env: { BACKEND_CONFIG: '/b.conf' }, files }), '/b.conf');
    assert.equal(find({ env: { BACKEND_CONFIG: '' }, files }), '/etc/copr/copr-be.conf');
    assert.equal(find({ files: files.slice(1) }), '/here/.copr/copr-be.conf');
    assert.equal(find({}), null);
  });
});
