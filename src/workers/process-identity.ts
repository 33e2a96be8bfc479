import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { digestOf } from '../adapters/files/digest.js';

/**
 * A worker's identity at Temporal: `ROLE@HOST/PLACE/PID.START`. PLACE stands for machine, boot and pid namespace; START
 * is the process's start in clock ticks (proc(5), stat field 22), which distinguishes a reused pid. Without /proc it is
 * `ROLE@HOST/PID`, and nobody can tell from elsewhere whether that process is alive.
 */
export function processIdentity(role: string): string {
  const place = placeOf();
  const start = startOf(process.pid);
  if (place === null || start === null) return `${role}@${hostname()}/${process.pid}`;
  return `${role}@${hostname()}/${place}/${process.pid}.${start}`;
}

/**
 * True if the identity names a process of this very machine (boot and pid namespace included) that no longer exists.
 * False whenever that cannot be known: another host, another container, another program's identity.
 */
export function isGoneHere(identity: string): boolean {
  const parsed = /^[^@/]+@([^/]*)\/([0-9a-f]+)\/(\d+)\.(\d+)$/.exec(identity);
  if (parsed?.[1] !== hostname() || parsed[2] !== placeOf()) return false;
  return startOf(Number(parsed[3])) !== parsed[4];
}

/** A short name for the machine, boot and namespace in which a pid is valid; null if the system does not tell. */
function placeOf(): string | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const namespace = readlinkSync('/proc/self/ns/pid');
    return digestOf(`${hostname()} ${boot} ${namespace}`).slice(0, 12);
  } catch {
    return null;
  }
}

/** Field 22 of /proc/PID/stat; null for a process that is gone or is a zombie. */
function startOf(pid: number): string | null {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return null;
  }
  // The second field is the program's name in parentheses, and may itself contain blanks and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const state = fields[0];
  return state === 'Z' || state === 'X' ? null : (fields[19] ?? null);
}
