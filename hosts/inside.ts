/**
 * Runs test files one after another, as ordered on standard input, and prints the result of each as one line of JSON,
 * after a line with the versions of the tools here. It runs inside a root, or on the machine itself.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../src/adapters/process/run-command.js';
import { newerCreaterepo } from '../bench/repo/createrepo-programs.js';
import { resultOf } from './mocha-report.js';
import { toolVersions } from './tool-versions.js';
import type { Orders, Said } from './protocol.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const MAX_BYTES = 4 * 1024 ** 2;

function say(said: Said): void {
  process.stdout.write(`${JSON.stringify(said)}\n`);
}

const orders = JSON.parse(await text(process.stdin)) as Orders;
if (orders.createrepo === '1.2.5') {
  process.env['PATH'] = [(await newerCreaterepo()).directory, process.env['PATH']].join(delimiter);
}
say({ kind: 'tools', versions: await toolVersions() });
const interruption = new AbortController();
process.on('SIGINT', () => interruption.abort()); // mocha receives it too, and ends
const scratch = await mkdtemp(join(tmpdir(), 'copr-hosts-'));
try {
  for (const [index, batch] of orders.batches.entries()) {
    if (interruption.signal.aborted) break;
    const began = Date.now();
    const report = join(scratch, `${index}.json`);
    const mocha = [join(ROOT, 'node_modules/mocha/bin/mocha.js'), '--reporter', 'json', '--reporter-option'];
    const run = await runCommand(process.execPath, [...mocha, `output=${report}`, ...batch.files], {
      ...{ cwd: ROOT, timeoutMs: orders.batchMs, maxBytes: MAX_BYTES },
      env: { ...orders.environment },
    });
    const printed = await readFile(report, 'utf8').catch(() => null); // it is missing if mocha did not get that far
    const result = resultOf(printed, run);
    say({ kind: 'batch', name: batch.name, seconds: (Date.now() - began) / 1000, ...result });
  }
} finally {
  await rm(scratch, { recursive: true, force: true });
}
