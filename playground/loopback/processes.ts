import { readdirSync, readFileSync } from 'node:fs';

/** Identifies a process, so that a later one with the same number is not mistaken for it. */
export type ProcessMark = { readonly pid: number; readonly startTicks: string };

type ProcessFacts = { readonly state: string; readonly group: number; readonly startTicks: string };

function readFacts(pid: number | string): ProcessFacts | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name is in brackets and may contain anything, even brackets.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? 'X', group: Number(fields[2]), startTicks: fields[19] ?? '' };
  } catch {
    return null;
  }
}

/** Marks a living process; null if it is gone. */
export function markProcess(pid: number): ProcessMark | null {
  const facts = readFacts(pid);
  return facts === null ? null : { pid, startTicks: facts.startTicks };
}

/** True while the marked process runs; a zombie counts as dead, because perhaps nobody reaps it. */
export function isRunning(mark: ProcessMark): boolean {
  const facts = readFacts(mark.pid);
  return facts !== null && facts.startTicks === mark.startTicks && !isOver(facts);
}

/** True while any process of the group runs. */
export function isGroupRunning(group: number): boolean {
  return readdirSync('/proc').some((name) => {
    if (!/^\d+$/.test(name)) return false;
    const facts = readFacts(name);
    return facts !== null && facts.group === group && !isOver(facts);
  });
}

function isOver(facts: ProcessFacts): boolean {
  return facts.state === 'Z' || facts.state === 'X';
}

/**
 * Sends a signal to a whole group; a group that is gone is not an error. Refuses groups that could not be a child's.
 */
export function signalGroup(group: number, signal: NodeJS.Signals): void {
  if (!Number.isSafeInteger(group) || group < 2) return;
  try {
    process.kill(-group, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** Waits until `isDone` or until the time is over; true if it was done. */
export async function waitUntil(isDone: () => boolean, milliseconds: number, step = 20): Promise<boolean> {
  const end = Date.now() + milliseconds;
  while (!isDone()) {
    if (Date.now() >= end) return false;
    await new Promise((resolve) => setTimeout(resolve, step));
  }
  return true;
}
