import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { findConfigFile } from '../../../src/config/find-config-file.js';
import { inspectConfig } from '../../../src/config/inspect.js';
import { ConfigError, loadConfig, readConfig, type LoadedConfig } from '../../../src/config/load.js';
import { OPTIONS, type Option } from '../../../src/config/schema.js';
import { shownValue } from '../../../src/config/shown-value.js';

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
const fixture = (name: string): string =>
  readFileSync(new URL(`../../fixtures/config/${name}`, import.meta.url), 'utf8');
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
      buildsMaxWorkersArch: {},
      buildsMaxWorkersTag: {},
      buildsMaxWorkersArchPerOwner: {},
      buildsMaxWorkersSandbox: 10,
      buildsMaxWorkersOwner: 20,
      buildsMaxUserssh: 2,
      blockedOwners: [],
      actionsMaxWorkers: 10,
      traceFile: null,
      logDir: '/var/log/copr-backend',
      logTo: 'files',
      logLevel: 'info',
      builderTimeout: 18000,
      sshBuilderConfig: path.join(homedir(), '.ssh/config'),
      temporalProfile: { file: null, profile: 'default' },
      temporalNamespace: null,
      storageName: 'main',
      stateDir: '/var/lib/copr/backend',
      signer: 'obs-sign',
      signCommand: '/bin/sign',
      signParallel: 4,
      resultsMaxBytes: 64 * 1024 ** 3,
      logMaxBytes: 1024 ** 3,
      generationGraceHours: 24,
      trashHours: 24,
      workerVersioning: false,
      msgbusesDir: '/etc/copr/msgbuses',
      httpListen: { host: '127.0.0.1', port: 5099 },
      otlpEndpoint: null,
      keygenHost: 'localhost:8080',
      redisHost: '127.0.0.1',
      redisPort: 6379,
      repomdSign: false,
      redisPassword: null,
      redisDb: 0,
      pruneWorkers: null,
      pruneDays: 14,
      pruneAt: null,
      pruneMaxShare: 75,
      pruneMaxTotal: 200_000,
      reconcile: {},
      reconcileMaxFixes: 20,
      hitCounterLog: null,
      statsDir: '/var/lib/copr/public_html/stats',
      statsTemplatesDir: null,
      awsCloudfrontDistribution: null,
      pulpContentUrl: null,
      pulpBaseUrl: null,
      pulpApiRoot: null,
      pulpDomain: null,
      pulpCert: null,
      pulpKey: null,
      pulpUsername: null,
      pulpPassword: null,
      pulpCaFile: null,
      pulpCliConfig: path.join(homedir(), '.config/pulp/cli.toml'),
      pulpRedirectFile: '/var/lib/copr/public_html/pulp-redirect.txt',
      rpmetaEnabled: false,
      rpmetaUrl: null,
      rpmetaTimeout: 5,
      rpmetaHwPoolsConfig: '/etc/copr/rpmeta-hw-pools.yaml',
      sentryDsn: null,
      fedmsgEnabled: false,
    });
    assert.ok(Object.isFrozen(config));
  });

  it('reports all problems at once, each with its place and a remedy, and no secret', () => {
    const text =
      '[backend]\nsleeptime = soon\nfrontend_auth = hunter%2\ndo_sign = perhaps\nsigner = pgp\nlog_max_bytes = 1 pound\nx';
    const problems = problemsOf(() => read(text));
    assert.equal(problems.length, 7);
    assert.deepEqual(
      problems.at(-2),
      'line 7: [backend] neither a [section] nor key = value; write one of the two; a line that continues a value is indented',
    );
    assert.ok(problems.includes('line 2: [backend] sleeptime = "soon" must be a whole number; the default is 5'));
    assert.ok(problems.some((problem) => problem.startsWith('[backend] destdir is missing; add destdir = …')));
    assert.doesNotMatch(problems.join('\n'), /hunter/);
    assert.match(problemsOf(() => backend('frontend_auth =')).join(), /frontend_auth = \*\*\*\* must not be empty/);
  });

  it('warns of unknown keys and names the nearest known one', () => {
    const { warnings } = read(
      '[backend]\ndestdir=/srv\nsleptime=1\nfoo=1\nbuild_max_workers=1\nfrontend_auth=x\n[bilder]\ntimeout=1\n',
    );
    assert.deepEqual(warnings, [
      'line 3: [backend] sleptime is unknown and ignored; did you mean sleeptime?',
      'line 4: [backend] foo is unknown and ignored',
      'line 5: [backend] build_max_workers is unknown and ignored; did you mean builds_max_workers?',
      '[bilder] is an unknown section and ignored; did you mean builder?',
    ]);
  });

  it('warns of a password that nobody set', () => {
    const warning = 'is not set, and no frontend accepts its default; write the BACKEND_PASSWORD of the frontend';
    assert.deepEqual(backend().warnings, [`[backend] frontend_auth ${warning}`]);
    assert.deepEqual(backend('frontend_auth=PASSWORDHERE').warnings, [`line 3: [backend] frontend_auth ${warning}`]);
  });

  it('warns of fedmsg, where somebody counts on it', () => {
    const warnings = (value: string): readonly string[] =>
      backend('frontend_auth=x', `fedmsg_enabled=${value}`).warnings;
    assert.deepEqual(warnings('true'), [
      'line 4: [backend] fedmsg_enabled has no effect: fedmsg is gone; remove the line; docs/notifications.md has the buses of today',
    ]);
    assert.deepEqual(warnings('false'), []);
  });

  it('shows no secret, wherever it was copied to', () => {
    const text =
      '[backend]\nfrontend_auth = hunter2%%\nredis_password=trustno1\nresalloc_connection = %(redis_password)s\n';
    const problems = problemsOf(() =>
      read(`${text}build_user = \nfrontend_base_url = ftp://me:pw@host/%(frontend_auth)s`),
    );
    assert.doesNotMatch(problems.join('\n'), /hunter2|trustno1|me:pw/);
    assert.ok(problems.some((problem) => problem.includes('resalloc_connection = "****" must be')));
    assert.deepEqual(
      backend('frontend_auth=x', 'frontend_aut hunter2 = 1').warnings.map((warning) => warning.includes('hunter2')),
      [false],
    );
  });

  it('names each mistake in a list of limits', () => {
    const [problem] = problemsOf(() => backend('builds_max_workers_arch = x86_64=4, =3, s390x, ppc64le=0, x86_64=5'));
    for (const part of ['=3', 's390x', 'ppc64le=0', 'x86_64=5']) assert.ok(problem?.includes(`has "${part}"`), problem);
    const { config } = backend('builds_max_workers_arch = x86_64 = 4 ,', '  aarch64=2', 'builds_max_workers_tag =');
    assert.deepEqual(config.buildsMaxWorkersArch, { x86_64: 4, aarch64: 2 });
    assert.deepEqual(config.buildsMaxWorkersTag, {});
  });

  it('accepts a production file that has every key', () => {
    const { settings, findings } = inspectConfig(fixture('all-keys.conf'));
    assert.deepEqual(
      findings.filter(({ severity }) => severity !== 'note').map(({ severity, key }) => [severity, key]),
      [['warning', 'stats_templates_dir']],
      'what an operator may miss is said at the start, and nothing else',
    );
    const unset = settings.filter(({ source }) => source === 'default').map(({ option }) => option.key);
    assert.deepEqual(unset, [], 'a key of the schema that the fixture does not set');
  });

  it('finds something wrong with every key that can be wrong', () => {
    const { findings } = inspectConfig(fixture('all-wrong.conf'));
    const wrong = findings
      .filter(({ severity }) => severity === 'error')
      .map(({ section, key }) => `${section} ${key}`);
    const anything = ['blocked_owners', 'aws_cloudfront_distribution'];
    for (const { section, key } of Object.values<Option>(OPTIONS)) {
      if (!anything.includes(key)) assert.ok(wrong.includes(`${section} ${key}`), `${section} ${key}`);
    }
    for (const { message, remedy, key } of findings) assert.ok(message !== '' && remedy !== null, `${key}: no remedy`);
  });

  it('reads a time of day, and shows it', () => {
    const at = (value: string): number | 'off' | null => backend(`prune_at = ${value}`).config.pruneAt;
    assert.deepEqual([at('00:00'), at('4:05'), at('23:59'), at('OFF')], [0, 14_700, 86_340, 'off']);
    for (const wrong of ['24:00', '4', '4:5', '04:00:00', 'noon']) {
      assert.match(problemsOf(() => backend(`prune_at = ${wrong}`)).join(), /must be a time of day, as 04:00, or off/);
    }
    const shown = (value: number | 'off' | null): unknown => shownValue(OPTIONS.pruneAt, value);
    assert.deepEqual([shown(14_700), shown(0), shown('off'), shown(null)], ['04:05', '00:00', 'off', null]);
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
