import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FIXTURES = fileURLToPath(new URL('../../../fixtures/config/', import.meta.url));
const PAGE = fileURLToPath(new URL('../../../../docs/configuration-check.md', import.meta.url));
const PROGRAM = new URL('../../../../src/cli/program.ts', import.meta.url).href;
const SCRIPT = `
  const { createProgram } = await import(${JSON.stringify(PROGRAM)});
  await createProgram().parseAsync(process.argv.slice(1), { from: 'user' });`;

type Run = { readonly status: number | null; readonly stdout: string; readonly stderr: string };

/** The command line, in the directory of the fixtures. */
function run(...args: readonly string[]): Run {
  return runWith({}, ...args);
}

function runWith(variables: Readonly<Record<string, string>>, ...args: readonly string[]): Run {
  const node = ['--import', 'tsx', '--input-type=module', '-e', SCRIPT, '--', ...args];
  const env = { PATH: '/nonexistent', BACKEND_CONFIG: '/nonexistent/copr-be.conf', ...variables };
  return spawnSync(process.execPath, node, { cwd: FIXTURES, env, encoding: 'utf8' });
}

describe('config', function () {
  // Each case starts the command again, some of them ten times.
  this.timeout(180_000);
  this.slow(5000);
  let directory: string;
  const put = (name: string, ...lines: readonly string[]): string => {
    const file = join(directory, name);
    writeFileSync(file, ['[backend]', 'destdir = /srv', 'frontend_auth = hunter2', ...lines, ''].join('\n'));
    return file;
  };
  before(() => void (directory = mkdtempSync(join(tmpdir(), 'copr-config-'))));
  after(() => rmSync(directory, { recursive: true }));

  it('check says what docs/configuration-check.md shows', () => {
    const blocks = [...readFileSync(PAGE, 'utf8').matchAll(/^```text\n\$ copr-backend (.+)\n([^]*?)^```$/gm)];
    assert.ok(blocks.length >= 2);
    for (const [, command = '', output = ''] of blocks) {
      const { stdout, stderr } = run(...command.split(' '));
      assert.deepEqual([stdout, stderr], [output, ''], command);
    }
  });

  it('check ends with 0, 1 for warnings if they count, and 5', () => {
    assert.equal(run('config', 'check', 'all-keys.conf').status, 0);
    assert.equal(run('config', 'check', put('plain.conf', 'sleeptime = 10'), '--strict').status, 0);
    assert.equal(run('config', 'check', 'all-wrong.conf').status, 5);
    const odd = put('odd.conf', 'sleptime = 1');
    assert.equal(run('config', 'check', odd).status, 0);
    assert.equal(run('config', 'check', '--config', odd, '--strict').status, 1);
    assert.equal(run('config', 'check', '/nonexistent').status, 5);
    assert.match(run('config', 'check').stderr, /named by \$BACKEND_CONFIG, does not exist/);
    assert.equal(run('config', 'check', '--nonsense').status, 2);
  });

  it('check says which createrepo_c of this host is used without --update, and why, but does not warn', () => {
    const program = join(directory, 'createrepo_c');
    const check = (version: string): Run => {
      writeFileSync(program, `#!/bin/sh\necho 'Version: ${version} (Features: )'\n`, { mode: 0o755 });
      return runWith({ PATH: directory }, 'config', 'check', put('usual.conf'), '--strict');
    };
    const old = check('0.17.3');
    assert.equal(old.status, 0);
    assert.match(old.stdout, /note: createrepo_c 0\.17\.3 escapes every "&".*update it to 0\.20\.1 or newer/);
    assert.doesNotMatch(check('1.2.5').stdout, /createrepo_c/);
  });

  it('check says what becomes of sha1 beside an rpm that refuses it, and which line to change', () => {
    const tools = mkdtempSync(join(directory, 'tools-'));
    const rpmkeys = [
      '#!/bin/sh',
      'case "$*" in',
      '  *--verbose*) echo "    RSA/SHA1 Signature: NOTTRUSTED"; echo "  because: SHA1 is not secure" >&2;;',
      '  *probe-sha1*) echo "digests SIGNATURES NOT OK"; exit 1;;',
      '  *--checksig*) for file; do :; done; echo "$file: digests signatures OK";;',
      'esac',
    ];
    writeFileSync(join(tools, 'rpmkeys'), rpmkeys.join('\n'), { mode: 0o755 });
    writeFileSync(join(tools, 'gpgconf'), '#!/bin/sh\n', { mode: 0o755 });
    const check = (...lines: readonly string[]): Run =>
      runWith({ PATH: tools }, 'config', 'check', put('gently.conf', ...lines), '--strict');
    const words =
      'sha1 signatures are refused by the rpm of this host: RSA/SHA1 Signature: NOTTRUSTED because: SHA1 is not secure';
    const unset = check('do_sign = true');
    assert.equal(unset.status, 0, unset.stdout);
    assert.ok(unset.stdout.includes(`note: [backend] gently_gpg_sha256 is not set, and ${words}; sha256 is used`));
    const set = check('do_sign = true', 'gently_gpg_sha256 = yes');
    assert.equal(set.status, 5, set.stdout);
    assert.ok(
      set.stdout.includes(
        `line 5: [backend] gently_gpg_sha256 = true cannot be kept: ${words}; change this line to gently_gpg_sha256 = false`,
      ),
      set.stdout,
    );
    for (const lines of [['do_sign = true', 'gently_gpg_sha256 = false'], ['gently_gpg_sha256 = true']])
      assert.doesNotMatch(check(...lines).stdout, /sha1/);
  });

  it('is a command with a version', () => {
    const manifest = readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8');
    const { version } = JSON.parse(manifest) as { readonly version: string };
    const { status, stdout } = run('--version');
    assert.deepEqual([status, stdout], [0, `${version}\n`]);
  });

  it('check --json has each finding with its place, value and remedy', () => {
    const { stdout } = run('config', 'check', '--json', put('wrong.conf', 'sleeptime = soon'));
    assert.deepEqual(JSON.parse(stdout), {
      file: join(directory, 'wrong.conf'),
      usable: false,
      findings: [
        {
          ...{ severity: 'error', line: 4, section: 'backend', key: 'sleeptime', value: '"soon"' },
          ...{ message: 'must be a whole number', remedy: 'the default is 5' },
        },
      ],
    });
  });

  it('show has every value as it counts and where it comes from, and no secret', () => {
    const { stdout, status } = run('config', 'show', '--config', 'all-keys.conf');
    assert.equal(status, 0);
    assert.match(stdout, /^destdir +\/var\/lib\/copr\/public_html\/results +line 9$/m);
    assert.match(stdout, /^builds_max_workers_arch +x86_64=100, aarch64=50, s390x=10 +line 18$/m);
    assert.match(stdout, /^gently_gpg_sha256 +false +line 39$/m);
    assert.match(stdout, /^frontend_auth +\*\*\*\* +line 8$/m);
    assert.doesNotMatch(stdout, /secret|0123456789abcdef/);
    const changed = run('config', 'show', '--changed', '--config', put('few.conf', 'log_max_bytes = 2048KiB'));
    const lines = changed.stdout.split('\n').map((line) => line.replaceAll(/ +/g, ' '));
    assert.deepEqual(lines.slice(1), [
      ...['', '[backend]', 'destdir /srv line 2', 'log_max_bytes 2 MiB line 4', 'frontend_auth **** line 3', ''],
    ]);
  });

  it('show --json has values with their types', () => {
    const { stdout } = run('config', 'show', '--json', '--config', put('json.conf', 'blocked_owners = a, b'));
    const { settings } = JSON.parse(stdout) as { settings: Readonly<Record<string, unknown>>[] };
    const of = (key: string): unknown => settings.find((setting) => setting['key'] === key);
    const source = (line: number): object => ({ from: 'file', line, inherited: false });
    assert.deepEqual(of('blocked_owners'), {
      section: 'backend',
      key: 'blocked_owners',
      value: ['a', 'b'],
      source: source(4),
    });
    assert.deepEqual(of('frontend_auth'), {
      section: 'backend',
      key: 'frontend_auth',
      value: '****',
      source: source(3),
    });
    assert.deepEqual(of('timeout'), { section: 'builder', key: 'timeout', value: 21600, source: { from: 'default' } });
  });

  describe('where the profile names a namespace', () => {
    const profile = (name: string, namespace: string): string => {
      const file = join(directory, `${name}.toml`);
      writeFileSync(file, `[profile.copr]\naddress = "127.0.0.1:1"\nnamespace = "${namespace}"\n`);
      return `temporal_profile = ${file}#copr`;
    };
    const shown = (variables: Readonly<Record<string, string>>, file: string): string =>
      /^temporal_namespace +(.+)$/m.exec(runWith(variables, 'config', 'show', '--config', file).stdout)?.[1] ?? '';
    const namespaceOf = (file: string): unknown => {
      const { stdout } = run('config', 'show', '--json', '--config', file);
      const { settings } = JSON.parse(stdout) as { settings: { key: string; value: unknown; source: unknown }[] };
      const { value, source } = settings.find(({ key }) => key === 'temporal_namespace') ?? {};
      return { value, source };
    };

    it('show says that it counts, unless the file or the environment names one', () => {
      const place = join(directory, 'of-profile.toml#copr');
      const file = put('of-profile.conf', profile('of-profile', 'builds'));
      assert.equal(shown({}, file).replaceAll(/ +/g, ' '), `builds profile ${place}`);
      assert.deepEqual(namespaceOf(file), { value: 'builds', source: { from: 'profile', profile: place } });
      assert.match(shown({ TEMPORAL_NAMESPACE: 'shell' }, file), /^shell +\$TEMPORAL_NAMESPACE$/);
      const own = put('own.conf', profile('own', 'builds'), 'temporal_namespace = mine');
      assert.match(shown({ TEMPORAL_NAMESPACE: 'shell' }, own), /^mine +line 5$/);
      assert.match(shown({}, put('nothing.conf')), /^default +default$/);
      assert.doesNotMatch(run('config', 'show', '--changed', '--config', file).stdout, /temporal_namespace/);
    });

    it('check names it, and says where two do not agree', () => {
      const place = join(directory, 'noted.toml#copr');
      const noted = run('config', 'check', '--strict', put('noted.conf', profile('noted', 'builds')));
      assert.equal(noted.status, 0);
      assert.match(noted.stdout, /note: \[backend\] temporal_namespace is not set: "builds" of profile \S+ counts/);
      assert.ok(noted.stdout.includes(place));
      const both = put('both.conf', profile('both', 'builds'), 'temporal_namespace = mine');
      assert.match(
        run('config', 'check', both).stdout,
        /line 5: \[backend\] temporal_namespace = "mine" counts, and not "builds" of profile/,
      );
      const agreed = put('agreed.conf', profile('agreed', 'builds'), 'temporal_namespace = builds');
      assert.doesNotMatch(run('config', 'check', agreed).stdout, /temporal_namespace/);
      const away = put('away.conf', 'temporal_profile = /nonexistent/temporal.toml');
      const { status, stdout } = run('config', 'check', '--strict', away);
      assert.equal(status, 0);
      assert.match(stdout, /note: \[backend\] temporal_namespace is not set, and profile \S+ cannot be read here/);
      assert.match(shown({}, away), /^\(none\) +not known: profile .+ cannot be read here$/);
    });

    it('diff sees that two files lead to two namespaces', () => {
      const here = put('one.conf', profile('one', 'builds'));
      const { stdout } = run('config', 'diff', '--config', here, put('two.conf', profile('two', 'others')));
      assert.match(stdout, /\[backend\] temporal_namespace\n- +builds .*\n\+ +others /);
    });
  });

  it('diff compares what counts, with the exit statuses of diff', () => {
    const here = put('here.conf', 'do_sign = yes', 'sleeptime = 5');
    const same = run('config', 'diff', '--config', here, put('same.conf', 'do_sign = TRUE'));
    assert.deepEqual([same.status, same.stdout.split(':')[0]], [0, 'no difference']);
    const other = put('other.conf', 'sleeptime = 30');
    const differing = run('config', 'diff', '--config', here, other);
    assert.equal(differing.status, 1);
    assert.deepEqual(differing.stdout.split('\n').slice(2), [
      ...['[backend] sleeptime', '-  5  (line 5)', '+  30  (line 4)'],
      ...['[backend] do_sign', '-  true  (line 4)', '+  false  (default)', ''],
    ]);
    const json = JSON.parse(run('config', 'diff', '--json', '--config', here, other).stdout) as {
      differences: unknown[];
    };
    assert.equal(json.differences.length, 2);
    const wrong = run('config', 'diff', '--config', here, 'all-wrong.conf');
    assert.deepEqual([wrong.status, wrong.stdout], [5, '']);
    assert.match(wrong.stderr, /^all-wrong\.conf cannot be used:\n/);
  });

  it('diff says that secrets differ and nothing else of them', () => {
    const other = join(directory, 'secret.conf');
    writeFileSync(other, '[backend]\ndestdir = /srv\nfrontend_auth = trustno1\n');
    const { stdout, status } = run('config', 'diff', '--config', put('mine.conf'), other);
    assert.equal(status, 1);
    assert.match(stdout, /\[backend\] frontend_auth\n- {2}\*\*\*\* {2}\(line 3\)\n\+ {2}\*\*\*\* {2}\(line 3\)\n$/);
    assert.doesNotMatch(stdout, /hunter2|trustno1/);
  });

  it('teaches how it is used', () => {
    for (const name of ['check', 'show', 'diff']) {
      const { stdout, status } = run('config', name, '--help');
      assert.equal(status, 0);
      assert.match(stdout, /\n {2}copr-backend config /);
      assert.match(stdout, /Exit status[^]*\n {2}5 /);
    }
  });
});
