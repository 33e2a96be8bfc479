import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { freePorts } from '../../../bench/installation/free-ports.js';
import { markProcess } from '../../../playground/loopback/processes.js';
import { dnfLine, shellWord } from '../../../playground/start/closing-text.js';
import { holdDirectory, openDataDirectory, type DataDirectory } from '../../../playground/start/data-directory.js';
import { findPids } from '../../../playground/start/leftovers.js';
import { DEFAULT_PORT_BASE, parseStartOptions } from '../../../playground/start/options.js';
import { portsFrom, requireFreePorts } from '../../../playground/start/ports.js';
import { changeLines, type TaskRow } from '../../../playground/start/progress.js';
import { writeSettings } from '../../../playground/start/settings-files.js';
import { createTerminal } from '../../../playground/start/terminal.js';
import { publishedIn } from '../../../playground/start/published.js';
import { repositoryFault } from '../../../playground/start/verdict.js';
import { loadConfig } from '../../../src/config/load.js';

describe('parseStartOptions', () => {
  it('has a default for everything', () => {
    const options = parseStartOptions([], '/somewhere');
    assert.equal(options.dataDir, '/somewhere/.copr');
    assert.equal(options.portBase, DEFAULT_PORT_BASE);
    assert.deepEqual([options.builders, options.once, options.mayInstall, options.examples], [2, false, true, true]);
  });

  it('refuses unknown options and numbers that make no sense', () => {
    assert.throws(() => parseStartOptions(['--bogus'], '/'), {
      name: 'Error',
      message: /^Unknown option '--bogus'.*--help/,
    });
    assert.throws(() => parseStartOptions(['--port-base', '80'], '/'), /--port-base/);
    assert.throws(() => parseStartOptions(['--builders', 'many'], '/'), /--builders .* not 'many'/);
  });
});

describe('requireFreePorts', () => {
  it('names the port in use, what it is for and the option', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    try {
      const ports = { ...(await freePorts()), results: port };
      await assert.rejects(requireFreePorts(ports, { builders: 0, signer: 'gpg' }), (error: Error) => {
        return (
          error.message.includes(`port ${port}, meant for the results web server`) &&
          error.message.includes('--port-base')
        );
      });
    } finally {
      server.close();
    }
  });

  it('asks for no port of a service that is not started', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const free = await freePorts();
    try {
      for (const taken of [{ signd: port }, { keygen: port }]) {
        const ports = { ...free, ...taken };
        await requireFreePorts(ports, { builders: 0, signer: 'gpg' });
        await assert.rejects(
          requireFreePorts(ports, { builders: 0, signer: 'obs-sign' }),
          /meant for the (signing|keygen)/,
        );
      }
    } finally {
      server.close();
    }
  });
});

describe('dnfLine', () => {
  it('is one command that a shell reads as it stands', () => {
    const line = dnfLine({ id: 'copr-examples', baseUrl: 'http://127.0.0.1:1/a/', keyUrl: 'http://127.0.0.1:1/k' });
    assert.match(line, /^sudo dnf install --repofrompath=copr-examples,http:\/\/127\.0\.0\.1:1\/a\/ /);
    assert.match(line, /--setopt=copr-examples\.gpgcheck=1 .* hello-copr$/);
    assert.doesNotMatch(line, /'/);
  });
});

describe('shellWord', () => {
  it('quotes what a shell would not leave alone', () => {
    assert.equal(shellWord('/a/b'), '/a/b');
    assert.equal(shellWord("it's here"), `'it'\\''s here'`);
  });
});

describe('findPids', () => {
  it('finds them however they are nested, and never 0 or 1', () => {
    assert.deepEqual(findPids([{ pid: 12 }, { builder: { pid: 13 } }, { pid: 1 }, { pid: null }, 'pid']), [12, 13]);
    assert.deepEqual(findPids(null), []);
  });
});

describe('changeLines', () => {
  const row: TaskRow = { example: 'hello', task: '1', stage: 'building', host: 'b1', note: '', isOver: false };

  it('speaks of changes only', () => {
    assert.deepEqual(changeLines([], [row]), ['hello  1  building on b1']);
    assert.deepEqual(changeLines([row], [row]), []);
    assert.deepEqual(changeLines([row], [{ ...row, note: 'a builder' }]), [
      'hello  1  building on b1: waiting for a builder',
    ]);
  });
});

describe('createTerminal', () => {
  it('draws no table and no control characters without a terminal', () => {
    let text = '';
    const terminal = createTerminal({ write: (chunk: string) => ((text += chunk), true) });
    terminal.showTable(['table']);
    terminal.say('line');
    assert.equal(text, 'line\n');
  });

  it('keeps the table below what is said', () => {
    let text = '';
    const terminal = createTerminal({ isTTY: true, write: (chunk: string) => ((text += chunk), true) });
    terminal.showTable(['table']);
    terminal.say('line');
    assert.ok(text.endsWith('line\ntable\n'));
  });
});

describe('the data directory', () => {
  let root: string;
  let directory: DataDirectory;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'copr-data-'));
    directory = openDataDirectory(root);
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  it('has one launcher at a time; a dead one does not count', () => {
    const self = markProcess(process.pid);
    assert.ok(self !== null);
    const release = holdDirectory(directory, self);
    assert.throws(() => holdDirectory(directory, self), /another `npm start`/);
    release();
    holdDirectory(directory, { pid: process.pid, startTicks: 'another life' });
    holdDirectory(directory, self)();
  });

  it('gets a configuration that our own reader takes without a warning, and keeps the password', () => {
    const first = writeSettings(directory, portsFrom(30_000));
    const second = writeSettings(directory, portsFrom(31_000));
    assert.equal(second.password, first.password);
    const { config, warnings } = loadConfig(directory.configFile);
    assert.deepEqual(warnings, []);
    assert.equal(config.destdir, directory.results);
    assert.equal(config.resultsBaseurl, 'http://127.0.0.1:31001');
    for (const file of [directory.configFile, directory.addressesFile, directory.passwordFile]) {
      assert.equal(statSync(file).mode & 0o777, 0o600, file);
    }
  });

  it('keeps a configuration that a person took over', () => {
    writeSettings(directory, portsFrom(30_000));
    const mine = readFileSync(directory.configFile, 'utf8').split('\n').slice(1).join('\n');
    writeFileSync(directory.configFile, mine);
    writeSettings(directory, portsFrom(31_000));
    assert.equal(readFileSync(directory.configFile, 'utf8'), mine);
  });

  it('is asked for the packages that its metadata lists', async () => {
    const repository = join(directory.results, 'repository');
    mkdirSync(join(repository, 'repodata'), { recursive: true });
    assert.match((await repositoryFault(publishedIn(repository), 'hello')) ?? '', /cannot be read/);
    writeFileSync(
      join(repository, 'repodata', 'repomd.xml'),
      '<repomd><data type="primary"><location href="repodata/p.xml.gz"/></data></repomd>',
    );
    const listed = '<package type="rpm"><name>hello</name><arch>noarch</arch><location href="1/hello.rpm"/></package>';
    writeFileSync(join(repository, 'repodata', 'p.xml.gz'), gzipSync(`<metadata>${listed}</metadata>`));
    assert.match((await repositoryFault(publishedIn(repository), 'hello')) ?? '', /which is not there/);
    mkdirSync(join(repository, '1'));
    writeFileSync(join(repository, '1', 'hello.rpm'), '');
    assert.equal(await repositoryFault(publishedIn(repository), 'hello'), null);
    assert.match((await repositoryFault(publishedIn(repository), 'other')) ?? '', /does not list other/);
  });
});
