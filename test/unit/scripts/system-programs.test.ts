import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram, provisionPlan } from '../../../scripts/provision.mjs';
import {
  installCommands,
  packageManagerOf,
  packagesOf,
  programsFor,
  SYSTEM_PROGRAMS,
} from '../../../scripts/system-programs.mjs';

describe('packageManagerOf', () => {
  const cases = [
    ['ID=debian\n', 'apt'],
    ['NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\n', 'apt'],
    ['ID=fedora\n', 'dnf'],
    ['ID="rocky"\nID_LIKE="rhel centos fedora"\n', 'dnf'],
    ['ID=alpine\n', null],
    ['', null],
  ] as const;
  for (const [text, manager] of cases) {
    it(`answers ${manager ?? 'null'} for ${JSON.stringify(text)}`, () => {
      assert.equal(packageManagerOf(text), manager);
    });
  }
});

describe('programsFor', () => {
  it('leaves out what only tests need', () => {
    const names = programsFor('playground').map(({ name }) => name);
    assert.ok(names.includes('createrepo_c'));
    assert.ok(!names.includes('dnf'));
    assert.deepEqual(programsFor('tests'), SYSTEM_PROGRAMS);
  });

  it('leaves out a browser, a message broker and a database for drills, which run where these are not', () => {
    const left = new Set(programsFor('drills'));
    const out = SYSTEM_PROGRAMS.filter((program) => !left.has(program)).map(({ name }) => name);
    assert.deepEqual(out, ['chromium', 'shellcheck', 'redis-server', 'rabbitmqctl', 'initdb']);
  });
});

describe('packagesOf', () => {
  it('names each package once', () => {
    const packages = packagesOf(SYSTEM_PROGRAMS, 'apt');
    assert.equal(new Set(packages).size, packages.length);
    for (const name of ['rpm', 'libc6-dev', 'openssh-client']) assert.ok(packages.includes(name));
    assert.ok(packagesOf(SYSTEM_PROGRAMS, 'dnf').includes('rpm-sign'));
  });
});

describe('installCommands', () => {
  it('updates the lists first and asks nothing on Debian', () => {
    const [update, install = []] = installCommands(['rsync'], 'apt');
    assert.deepEqual(update, ['apt-get', 'update']);
    assert.deepEqual(install.slice(0, 2), ['env', 'DEBIAN_FRONTEND=noninteractive']);
    assert.equal(install.at(-1), 'rsync');
  });
});

describe('provisionPlan', () => {
  it('gives one line to paste, with sudo for a person who is not root', () => {
    const { head, line } = provisionPlan(programsFor('playground'), { manager: 'apt', isRoot: false });
    assert.match(head, /createrepo_c/);
    assert.match(line ?? '', /^sudo apt-get update && sudo apt-get install .* rsync/);
    assert.doesNotMatch(line ?? '\n', /\n/);
  });

  it('has no line where it does not know the package manager', () => {
    assert.equal(provisionPlan(programsFor('playground'), { manager: null, isRoot: true }).line, null);
  });
});

describe('findProgram', () => {
  it('takes what may be run, and looks where administrators look', () => {
    const directory = mkdtempSync(join(tmpdir(), 'copr-find-'));
    try {
      writeFileSync(join(directory, 'a-program'), '', { mode: 0o755 });
      writeFileSync(join(directory, 'a-text'), '', { mode: 0o644 });
      assert.equal(findProgram('a-program', directory), join(directory, 'a-program'));
      assert.equal(findProgram('a-text', directory), null);
      assert.notEqual(findProgram('sh', directory), null);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
