import assert from 'node:assert/strict';
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand, type CommandResult } from '../../src/adapters/process/run-command.js';
import { archiveForRoots, besideRoot, makeDebianRoot } from '../support/debian-root.js';
import { givenDirectory } from '../support/given-directory.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

type Verdict = { readonly about: string; readonly state: string };
type Step = { readonly word: string; readonly rest: string };

/** The steps of deploy/Containerfile, by chroot in a minimal Debian root of the release that it names. */
describe('deploy/Containerfile', function () {
  this.timeout(1_500_000);
  let directory: Awaited<ReturnType<typeof givenDirectory>> | undefined;
  let root: string;
  let steps: readonly Step[];

  before(async function () {
    steps = stepsOf(await readFile(join(ROOT, 'deploy/Containerfile'), 'utf8'));
    const archive = await archiveForRoots();
    if (archive === null) return this.skip();
    directory = await givenDirectory();
    root = join(directory.path, 'root');
    const [, release = ''] = /debian:(\w+)-slim$/.exec(steps.find(({ word }) => word === 'FROM')?.rest ?? '') ?? [];
    await makeDebianRoot(root, { suite: release, archive });
    await copyFile('/etc/ssl/certs/ca-certificates.crt', join(root, 'etc/authorities-of-this-machine.crt'));
    const packed = await runCommand('npm', ['pack', '--pack-destination', directory.path], {
      ...{ cwd: ROOT, timeoutMs: 200_000 },
    });
    assert.equal(packed.code, 0, packed.summary);
    for (const { word, rest } of steps) {
      if (word === 'COPY') await copyPackage(directory.path, rest);
      if (word !== 'RUN') continue;
      const { code, summary, stdout } = await inside(['/bin/sh', '-c', rest], 900_000);
      assert.equal(code, 0, `${rest.slice(0, 80)} …: ${summary}\n${stdout.slice(-2000)}`);
    }
  });

  after(() => directory?.remove());

  it('ends with a program that its user can run', async () => {
    const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { readonly version: string };
    const { code, stdout, summary } = await asItsUser(['--version']);
    assert.deepEqual([code, stdout], [0, `${version}\n`], summary);
  });

  it('says so when no configuration is mounted', async () => {
    const { code, stderr } = await asItsUser(wordsOf('CMD'));
    assert.equal(code, 5, stderr); // src/cli/exit-status.ts: configuration
  });

  it('has every program and command, and directories that its user can write to', async () => {
    const lines = ['[backend]', 'destdir = /var/lib/copr/public_html/results', 'do_sign = true', 'signer = gpg'];
    const given = ['state_dir = /var/lib/copr/backend', 'log_dir = /var/log/copr-backend'];
    await writeFile(join(root, 'etc/copr/copr-be.conf'), `${[...lines, ...given].join('\n')}\n`);
    const { stdout, summary } = await asItsUser(['doctor', '--json', '--config', '/etc/copr/copr-be.conf']);
    const { verdicts } = JSON.parse(stdout || assert.fail(summary)) as { readonly verdicts: readonly Verdict[] };
    const stateOf = (about: string): string | undefined => verdicts.find((verdict) => verdict.about === about)?.state;
    const here = ['destdir', 'state_dir', 'log_dir', 'program createrepo_c', 'program rpmsign', 'program gpg', 'PATH'];
    assert.deepEqual(Object.fromEntries(here.map((about) => [about, stateOf(about)])), allOk(here), stdout);
    const missing = verdicts.filter(({ about, state }) => about.startsWith('program ') && state === 'failed');
    assert.deepEqual(missing, []);
  });

  /** Starts the entry point with these words. */
  async function asItsUser(words: readonly string[]): Promise<CommandResult> {
    const user = steps.find(({ word }) => word === 'USER')?.rest ?? '';
    return inside([
      'setpriv',
      `--reuid=${user}`,
      `--regid=${user}`,
      '--init-groups',
      ...wordsOf('ENTRYPOINT'),
      ...words,
    ]);
  }

  function wordsOf(wanted: string): readonly string[] {
    return JSON.parse(steps.find(({ word }) => word === wanted)?.rest ?? '[]') as readonly string[];
  }

  /** With the authorities that this machine trusts: a proxy before the registry may have its own. */
  function inside(words: readonly string[], timeoutMs = 60_000): Promise<CommandResult> {
    return runCommand('unshare', besideRoot(root, ['chroot', root, ...words]), {
      timeoutMs,
      env: {
        PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        HOME: '/root',
        DEBIAN_FRONTEND: 'noninteractive',
        NODE_EXTRA_CA_CERTS: '/etc/authorities-of-this-machine.crt',
      },
    });
  }

  async function copyPackage(from: string, rest: string): Promise<void> {
    const [pattern = '', to = ''] = rest.split(/\s+/);
    const [start = '', end = ''] = basename(pattern).split('*');
    const file = (await readdir(from)).find((name) => name.startsWith(start) && name.endsWith(end)) ?? '';
    await mkdir(dirname(join(root, to, file)), { recursive: true });
    await copyFile(join(from, file), join(root, to, file));
  }
});

/** Instructions, one a line; a backslash continues a line. */
function stepsOf(text: string): readonly Step[] {
  return text
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll('\\\n', ' ')
    .split('\n')
    .flatMap((line) => {
      const [, word = '', rest = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
      return word === '' ? [] : [{ word, rest }];
    });
}

function allOk(names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name) => [name, 'ok']));
}
