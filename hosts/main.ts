import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HOSTS } from './hosts.js';
import { readLock, writeLock, type Lock } from './lock.js';
import { newestNode } from './node-releases.js';
import { HOSTS_HELP, parseHostsOptions, type HostsOptions } from './options.js';
import { rootSource } from './root-source.js';
import { runTarget } from './run-target.js';
import { closingLine, countsOf, failureLines, faultLines, tableLines, type TargetResult } from './table.js';
import { targetsOf } from './targets.js';
import { newestPackages } from './unpacked-root.js';

const LOCK = new URL('packages.lock.json', import.meta.url);
const CHECKOUT = fileURLToPath(new URL('..', import.meta.url));

const began = Date.now();
process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const lock = readLock(LOCK);
  let options: HostsOptions;
  try {
    options = parseHostsOptions(args, { nodes: Object.keys(lock.nodes), environment: process.env });
    const missing = options.files.filter((file) => !existsSync(join(CHECKOUT, file)));
    if (missing.length > 0) throw new Error(`there is no ${missing.join(', no ')} in this checkout`);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${HOSTS_HELP}`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(HOSTS_HELP);
    return 0;
  }
  const interruption = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => interruption.abort(new Error(`interrupted by ${signal}`)));
  }
  try {
    return await (options.renewLock ? renewLock : runAll)(options, lock, interruption.signal);
  } catch (error) {
    if (!interruption.signal.aborted) throw error;
    process.stderr.write(`${(interruption.signal.reason as Error).message}: nothing of it runs any more\n`);
    return 130;
  }
}

async function runAll(options: HostsOptions, lock: Lock, signal: AbortSignal): Promise<number> {
  const source = rootSource({ architecture: lock.architecture, archive: options.archive, signal, say });
  const run = { checkout: CHECKOUT, selection: options, lock, source };
  const targets = targetsOf(options);
  const waiting = [...targets.entries()];
  const results: TargetResult[] = [];
  async function work(): Promise<void> {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      results[next[0]] = await runTarget(next[1], run);
    }
  }
  await Promise.all(Array.from({ length: options.jobs }, work));
  const table = tableLines(results);
  if (options.table !== null) writeFileSync(options.table, `${table.join('\n')}\n`);
  const counts = countsOf(results);
  print([...failureLines(results), ...table, '', ...faultLines(results), closingLine(counts)]);
  return counts.failed === 0 ? 0 : 1;
}

/** The newest versions of everything named; for hosts and Nodes that are not named, the lock's. */
async function renewLock(options: HostsOptions, lock: Lock, signal: AbortSignal): Promise<number> {
  const source = rootSource({ architecture: lock.architecture, archive: options.archive, signal, say });
  const hosts = { ...lock.hosts };
  for (const host of HOSTS.filter(({ name }) => options.hosts.includes(name))) {
    hosts[host.name] = await newestPackages(host, source);
    say(`${host.name}: ${hosts[host.name]?.length ?? 0} packages`);
  }
  const nodes = { ...lock.nodes };
  for (const major of options.nodes) {
    nodes[major] = await newestNode(major, signal);
    say(`node ${major}: ${nodes[major].version}`);
  }
  writeLock(LOCK, { architecture: lock.architecture, hosts, nodes });
  return 0;
}

function print(lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}

/** A line of progress on standard error: standard output is for the outcome. */
function say(line: string): void {
  const seconds = Math.round((Date.now() - began) / 1000);
  const clock = `${String(Math.floor(seconds / 60)).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}`;
  process.stderr.write(`[${clock}] ${line}\n`);
}
