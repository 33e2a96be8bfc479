import assert from 'node:assert/strict';
import fc from 'fast-check';
import { reasonFromBuildLog } from '../../../src/domain/failure-reason.js';

function summary(section: string): string {
  return [
    `error: Bad exit status from /var/tmp/rpm-tmp.Zb1Xcd (${section})`,
    '',
    'RPM build errors:',
    `    Bad exit status from /var/tmp/rpm-tmp.Zb1Xcd (${section})`,
    'Finish: rpmbuild hello-1.0-1.src.rpm',
    'Finish: build phase for hello-1.0-1.src.rpm',
    'ERROR: Exception(/var/lib/copr-rpmbuild/results/hello-1.0-1.src.rpm) Config(child) 0 minutes 12 seconds',
    'INFO: Results and/or logs in: /var/lib/copr-rpmbuild/results',
    'ERROR: Command failed: ',
    ' # bash --login -c /usr/bin/rpmbuild -bb  /builddir/build/SPECS/hello.spec',
    'Copr build error: Build failed',
    '',
  ].join('\n');
}

const CASES: readonly (readonly [what: string, log: string, reason: string])[] = [
  [
    'configure',
    ['checking for gcc... gcc', 'configure: error: no acceptable C compiler found', summary('%build')].join('\n'),
    'in %build: configure: error: no acceptable C compiler found',
  ],
  [
    'gcc behind make',
    [
      'gcc -O2 -c hello.c',
      "hello.c:3:5: error: 'x' undeclared (first use in this function)",
      '    3 |     x = 1;',
      'make[1]: *** [Makefile:10: hello.o] Error 1',
      'make: *** [Makefile:4: all] Error 2',
      summary('%build'),
    ].join('\n'),
    "in %build: hello.c:3:5: error: 'x' undeclared (first use in this function)",
  ],
  [
    'the linker',
    [
      "/usr/bin/ld: hello.o: undefined reference to `SSL_new'",
      'collect2: error: ld returned 1 exit status',
      'make: *** [Makefile:4: hello] Error 1',
      summary('%build'),
    ].join('\n'),
    "in %build: /usr/bin/ld: hello.o: undefined reference to `SSL_new'",
  ],
  [
    'a missing file of %files',
    [
      'Processing files: hello-1.0-1.x86_64',
      'error: File not found: /builddir/build/BUILDROOT/hello-1.0-1.x86_64/usr/bin/hello',
      '',
      'RPM build errors:',
      '    File not found: /builddir/build/BUILDROOT/hello-1.0-1.x86_64/usr/bin/hello',
      'Copr build error: Build failed',
    ].join('\n'),
    'error: File not found: /builddir/build/BUILDROOT/hello-1.0-1.x86_64/usr/bin/hello',
  ],
  [
    'tests of %check',
    [
      '+ make check',
      'PASS: one',
      'FAILED: tests/two.t - got 3, expected 4',
      'make: *** [Makefile:20: check] Error 1',
      summary('%check'),
    ].join('\n'),
    'in %check: FAILED: tests/two.t - got 3, expected 4',
  ],
  [
    'a missing BuildRequires',
    [
      'error: Failed build dependencies:',
      '\tzlib-devel >= 1.2 is needed by hello-1.0-1.x86_64',
      'Copr build error: Build failed',
    ].join('\n'),
    'zlib-devel >= 1.2 is needed by hello-1.0-1.x86_64',
  ],
  [
    'a BuildRequires that no repository has',
    [
      "No matching package to install: 'zlib-devel >= 1.2'",
      'Not all dependencies satisfied',
      'Error: Some packages could not be found.',
      'ERROR: Exception(hello-1.0-1.src.rpm) Config(fedora-42-x86_64) 0 minutes 4 seconds',
      'Copr build error: Build failed',
    ].join('\n'),
    "No matching package to install: 'zlib-devel >= 1.2'",
  ],
  [
    'a command that is not there',
    ['+ cmake .', '/var/tmp/rpm-tmp.a: line 34: cmake: command not found', summary('%build')].join('\n'),
    'in %build: /var/tmp/rpm-tmp.a: line 34: cmake: command not found',
  ],
  [
    "a terminal's line ends",
    ['hello.c:1:1: fatal error: nothing.h: No such file or directory', summary('%build')]
      .join('\n')
      .replaceAll('\n', '\r\n'),
    'in %build: hello.c:1:1: fatal error: nothing.h: No such file or directory',
  ],
];

describe('reasonFromBuildLog', () => {
  for (const [what, log, reason] of CASES) {
    it(`names the cause: ${what}`, () => {
      assert.equal(reasonFromBuildLog(log), reason);
    });
  }

  it('says that there is no log', () => {
    assert.equal(reasonFromBuildLog(''), 'the build log is empty');
    assert.equal(reasonFromBuildLog('\n\r\n  \n'), 'the build log is empty');
  });

  it('says what is left when a log has nothing but a summary', () => {
    const log = 'make: *** [all] Error 2\nCopr build error: Build failed';
    assert.equal(reasonFromBuildLog(log), 'Copr build error: Build failed');
  });

  it('falls back to the last line of a log that tells nothing', () => {
    assert.equal(reasonFromBuildLog('one\ntwo\n\n'), 'two');
  });

  it('cuts no character in two', () => {
    const reason = reasonFromBuildLog(`error: ${'\u{1f4e6}'.repeat(200)}`);
    assert.equal(Buffer.from(reason).toString(), reason);
  });

  it('says one line of bounded length about any log', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 2000 }), (log) => {
        const reason = reasonFromBuildLog(log);
        assert.ok(reason.length > 0 && reason.length <= 300);
        assert.doesNotMatch(reason, /\n/);
      }),
    );
  });
});
