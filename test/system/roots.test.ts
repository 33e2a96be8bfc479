import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execute, whyNoRoots, type Place } from '../../hosts/place.js';
import type { Said } from '../../hosts/protocol.js';
import { projectCache } from '../../hosts/root-source.js';
import { findProgram } from '../../scripts/provision.mjs';
import { givenDirectory } from '../support/given-directory.js';

const CHECKOUT = fileURLToPath(new URL('../../', import.meta.url));
/** In the command line of a process that a test leaves running, and nowhere else. */
const MARK = `copr-hosts-${process.pid}`;

/** The machine's own root, entered as one of a host: what is left behind would lie here. */
describe('a root that tests run in', function () {
  this.timeout(180_000);
  let directory: Awaited<ReturnType<typeof givenDirectory>>;
  let place: Place;

  before(async function () {
    if ((await whyNoRoots()) !== null) this.skip();
    directory = await givenDirectory();
    const tool = findProgram('true') ?? ''; // no Temporal is started
    place = { root: '/', node: process.execPath, npm: dirname(tool), temporal: tool, cache: projectCache() };
  });
  after(() => directory.remove());

  function orders(files: readonly string[]): Parameters<typeof execute>[0] {
    const batches = files.map((file) => ({ name: file, files: [file] }));
    return { batches, batchMs: 120_000, createrepo: 'system', environment: { MARK } };
  }

  async function givenTest(name: string, body: string): Promise<string> {
    const file = join(directory.path, `${name}.test.ts`);
    await writeFile(
      file,
      `import assert from 'node:assert/strict';
       import { spawn } from 'node:child_process';
       import { writeFileSync } from 'node:fs';
       import { networkInterfaces } from 'node:os';
       it('${name}', async () => { ${body} });\n`,
    );
    return file;
  }

  const leaving = `spawn('sh', ['-c', 'sleep 600; :', process.env.MARK], { detached: true, stdio: 'ignore' }).unref();`;

  it('leaves no file, process or mount behind, and has loopback for a network', async () => {
    const before = mounts();
    const written = [join(directory.path, 'written'), join(CHECKOUT, 'dist', MARK)];
    const files = [
      await givenTest(
        'writes',
        `for (const file of ${JSON.stringify(written)}) writeFileSync(file, 'x');
         assert.deepEqual(Object.keys(networkInterfaces()), ['lo']);
         ${leaving}`,
      ),
    ];
    const heard: Said[] = [];
    await execute(orders(files), place, { said: (one) => heard.push(one), signal: new AbortController().signal });
    const [tools, batch] = heard;
    assert.equal(tools?.kind === 'tools' && tools.versions['node'], process.versions.node);
    assert.ok(batch?.kind === 'batch');
    assert.deepEqual([batch.passed, batch.failures], [1, []]);
    assert.deepEqual(
      written.filter((file) => existsSync(file)),
      [],
    );
    assert.deepEqual(marked(), []);
    assert.deepEqual(mounts(), before);
  });

  it('ends with all that runs in it when it is interrupted', async () => {
    const interruption = new AbortController();
    const hangs = `${leaving} await new Promise(() => setInterval(() => {}, 1000));`;
    let running: readonly string[] = [];
    const work = execute(orders([await givenTest('first', leaving), await givenTest('hangs', hangs)]), place, {
      said: (one) => {
        if (one.kind !== 'batch') return;
        running = marked();
        interruption.abort(new Error('Ctrl-C'));
      },
      signal: interruption.signal,
    });
    await assert.rejects(work, /Ctrl-C/);
    assert.notDeepEqual(running, [], 'what the first left behind ran on until then');
    assert.deepEqual(marked(), []);
  });
});

function mounts(): readonly string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
}

/** Processes that carry the mark and are not this one. */
function marked(): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(MARK);
      } catch {
        return false; // it has ended meanwhile
      }
    });
}
