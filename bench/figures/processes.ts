import { readFileSync } from 'node:fs';

/** The resources that one process has used so far, with the launcher that starts its programs (0074), from /proc. */
export type Usage = {
  /** CPU seconds of their own threads. */
  readonly own: number;
  /** CPU seconds of the programs they ran that have ended and were reaped. */
  readonly programs: number;
};

/** USER_HZ: Linux reports 100 to programs on every architecture. */
const TICKS_PER_SECOND = 100;
const SAMPLE_MS = 250;

/** Zero for a process that is gone. */
export function readUsage(pid: number): Usage {
  const usages = [pid, ...launchersOf(pid)].map(usageOf);
  const sum = (part: keyof Usage): number => usages.reduce((total, usage) => total + usage[part], 0);
  return { own: sum('own'), programs: sum('programs') };
}

/** Resident memory in MiB, with the launcher's; zero for a process that is gone. */
export function readResidentMiB(pid: number): number {
  return [pid, ...launchersOf(pid)].reduce((total, one) => total + residentMiB(one), 0);
}

/** Children that start programs for this process. */
function launchersOf(pid: number): readonly number[] {
  const children = readOrEmpty(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean);
  return children.filter((child) => readOrEmpty(`/proc/${child}/cmdline`).includes('launcher-main')).map(Number);
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

function usageOf(pid: number): Usage {
  const text = readOrEmpty(`/proc/${pid}/stat`);
  // The name is in brackets and may contain anything; after it, utime is field 14 of proc(5).
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = (at: number): number => Number(fields[at] ?? 0) / TICKS_PER_SECOND;
  return { own: ticks(11) + ticks(12), programs: ticks(13) + ticks(14) };
}

function residentMiB(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readOrEmpty(`/proc/${pid}/status`))?.[1];
  return Number(kib ?? 0) / 1024;
}

/** CPU and memory of named processes during a watch. */
export type Watch = {
  /** CPU seconds since the start. */
  readonly usage: (name: string) => Usage;
  /** The largest resident memory seen, in MiB. */
  readonly peakMiB: (name: string) => number;
  readonly stop: () => void;
};

/** CPU seconds of a worker, of the programs it ran and of Temporal, watched under these names. */
export function backendSeconds(watch: Watch): number {
  const worker = watch.usage('worker');
  return worker.own + worker.programs + watch.usage('temporal').own;
}

/** Watches processes, which must live for the whole watch. */
export function watchProcesses(pids: Readonly<Record<string, number>>): Watch {
  const first = new Map(Object.entries(pids).map(([name, pid]) => [name, readUsage(pid)]));
  const peaks = new Map<string, number>();
  const look = (): void => {
    for (const [name, pid] of Object.entries(pids)) {
      peaks.set(name, Math.max(peaks.get(name) ?? 0, readResidentMiB(pid)));
    }
  };
  look();
  const timer = setInterval(look, SAMPLE_MS);
  return {
    usage: (name) => {
      const now = readUsage(pids[name] ?? 0);
      const then = first.get(name) ?? { own: 0, programs: 0 };
      return { own: now.own - then.own, programs: now.programs - then.programs };
    },
    peakMiB: (name) => peaks.get(name) ?? 0,
    stop: () => clearInterval(timer),
  };
}
