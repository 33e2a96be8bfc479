import { readFileSync } from 'node:fs';

/** The cost of a piece of work. */
export type Cost = {
  readonly seconds: number;
  /** User and system time of this process with its threads, and of its children that have ended; a tick at least. */
  readonly cpuSeconds: number;
  /** Highest resident memory of this process so far. */
  readonly rssMiB: number;
};

/** A tick of /proc: USER_HZ is 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** Does the work in this process, and measures it. */
export async function withCost<T>(work: () => Promise<T>): Promise<Cost & { readonly result: T }> {
  const [cpu, begin] = [cpuSeconds(), process.hrtime.bigint()];
  const result = await work();
  const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
  // Work shorter than a tick often shows none, and nothing can be compared with zero.
  return { seconds, cpuSeconds: Math.max(cpuSeconds() - cpu, 1 / TICKS_PER_SECOND), rssMiB: peakMiB(), result };
}

function cpuSeconds(): number {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0) / TICKS_PER_SECOND;
}

function peakMiB(): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? Number.NaN) / 1024;
}
