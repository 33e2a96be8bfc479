import assert from 'node:assert/strict';
import { HOSTS_HELP, parseHostsOptions, type HostsOptions } from '../../../hosts/options.js';
import { targetsOf } from '../../../hosts/targets.js';

function parse(args: readonly string[], environment: NodeJS.ProcessEnv = {}): HostsOptions {
  return parseHostsOptions(args, { nodes: ['22', '24'], environment });
}

function names(...args: readonly string[]): readonly string[] {
  return targetsOf(parse(args)).map(({ name }) => name);
}

describe('the options of npm run test:hosts', () => {
  it('mean every host with both createrepo_c when nothing is said', () => {
    assert.deepEqual(names(), [
      ...['debian-12', 'debian-12, createrepo_c 1.2.5', 'debian-13', 'debian-13, createrepo_c 1.2.5'],
      ...['debian-sid', 'debian-sid, createrepo_c 1.2.5'],
    ]);
  });

  it('choose hosts, releases of Node and createrepo_c, and combine them', () => {
    assert.deepEqual(names('--host', 'here', '--node', '22', '--node', '24'), ['here, node 22', 'here, node 24']);
    assert.deepEqual(names('--host', 'debian-12', '--host', 'here', '--createrepo', 'system'), ['debian-12', 'here']);
    assert.deepEqual(names('--host', 'debian-13', '--node', '24', '--createrepo', '1.2.5'), [
      'debian-13, node 24, createrepo_c 1.2.5',
    ]);
  });

  it('take files in place of a set, and the archive from the environment unless it is named', () => {
    const { files, set } = parse(['test/adapters/rpm', '--set', 'short']);
    assert.deepEqual([files, set], [['test/adapters/rpm'], 'short']);
    const environment = { COPR_HOSTS_ARCHIVE: 'http://archive.example/debian' };
    assert.equal(parse([], environment).archive, 'http://archive.example/debian');
    assert.equal(parse(['--archive', 'http://other.example'], environment).archive, 'http://other.example');
    assert.equal(parse([], { COPR_HOSTS_ARCHIVE: '' }).archive, null);
  });

  it('may renew a Node that the lock does not have yet', () => {
    assert.deepEqual(parse(['--renew-lock', '--node', '26']).nodes, ['26']);
  });

  for (const [args, why] of [
    [['--host', 'fedora'], /--host is one of debian-12, debian-13, debian-sid, here, not 'fedora'/],
    [['--node', '26'], /--node is one of 22, 24, not '26'/],
    [['--renew-lock', '--node', 'v22'], /--node is a major version/],
    [['--createrepo', '1.0'], /--createrepo is one of/],
    [['--set', 'some'], /--set is one of/],
    [['--jobs', '0'], /--jobs is a whole number/],
    [['--jobs', '2x'], /--jobs is a whole number/],
    [['--bogus'], /Unknown option '--bogus'/],
  ] as const) {
    it(`refuse ${args.join(' ')}`, () => {
      assert.throws(() => parse(args), why);
    });
  }

  it('are all in the help', () => {
    for (const option of ['host', 'node', 'createrepo', 'set', 'jobs', 'archive', 'table', 'renew-lock', 'help']) {
      assert.match(HOSTS_HELP, new RegExp(`--${option}\\b`));
    }
  });
});
