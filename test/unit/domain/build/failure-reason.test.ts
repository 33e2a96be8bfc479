import assert from 'node:assert/strict';
import fc from 'fast-check';
import { reasonFromBuildLog } from '../../../../src/domain/build/failure-reason.js';

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
    'a compiler in colours, and what it shows of the source',
    [
      "\u001b[01m\u001b[Khello.c:3:5:\u001b[m\u001b[K \u001b[01;31m\u001b[Kerror: \u001b[m\u001b[K'x' undeclared",
      '    3 |     \u001b[01;31m\u001b[Kx\u001b[m\u001b[K = failed(); // error',
      '      |     \u001b[01;31m\u001b[K^\u001b[m\u001b[K',
      'hello.c:3:5: note: each undeclared identifier is reported once, error or not',
      'gmake[1]: *** [Makefile:10: hello.o] Error 1',
      summary('%build'),
    ].join('\n'),
    "in %build: hello.c:3:5: error: 'x' undeclared",
  ],
  [
    'a progress bar that writes over itself',
    [
      '[ 10%] Building C object a.o\r[ 20%] Building C object b.o\r',
      'b.c:1:1: fatal error: b.h: No such file or directory\r[ 30%] Building C object c.o\r\u001b[2K',
      'ninja: build stopped: subcommand failed.\n',
      summary('%build'),
    ].join(''),
    'in %build: b.c:1:1: fatal error: b.h: No such file or directory',
  ],
  [
    'ninja and clang',
    [
      'FAILED: CMakeFiles/hello.dir/hello.c.o ',
      '/usr/bin/clang -o CMakeFiles/hello.dir/hello.c.o -c hello.c',
      "\u001b[1mhello.c:3:5: \u001b[0m\u001b[0;1;31merror: \u001b[0m\u001b[1mexpected ';'\u001b[0m",
      '1 error generated.',
      'ninja: build stopped: subcommand failed.',
      summary('%build'),
    ].join('\n'),
    "in %build: hello.c:3:5: error: expected ';'",
  ],
  [
    'rustc behind cargo',
    [
      '\u001b[1m\u001b[38;5;9merror[E0308]\u001b[0m\u001b[1m: mismatched types\u001b[0m',
      ' --> src/main.rs:2:18',
      '2 |     let error: u8 = "failed";',
      '  = note: cannot be shown',
      'error: aborting due to 1 previous error',
      'For more information about this error, try `rustc --explain E0308`.',
      '\u001b[1m\u001b[31merror\u001b[0m: could not compile `hello` (bin "hello") due to 1 previous error',
      summary('%build'),
    ].join('\n'),
    'in %build: error[E0308]: mismatched types',
  ],
  [
    'gcc behind setuptools',
    [
      "src/mod.c:1:1: error: unknown type name 'foo'",
      "error: command '/usr/bin/gcc' failed with exit code 1",
      summary('%build'),
    ].join('\n'),
    "in %build: src/mod.c:1:1: error: unknown type name 'foo'",
  ],
  [
    "a terminal's title, a link and control characters",
    [
      '\u001b]0;building\u0007\u001b]8;;http://x\u001b\\a.c:1:1: error: b\u0008\u009b31mc\u001b]8;;\u001b\\',
      summary('%build'),
    ].join('\n'),
    'in %build: a.c:1:1: error: b?c',
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
        assert.doesNotMatch(reason, /\p{Cc}|\p{Bidi_Control}/u);
      }),
    );
  });
});
