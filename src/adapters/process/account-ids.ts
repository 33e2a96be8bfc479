import { runCommand } from './run-command.js';

const TIMEOUT_MS = 10_000;

/** The number of a user, by name or number; null: this host has no such user. */
export function userId(name: string): Promise<number | null> {
  return idOf('passwd', name);
}

/** The number of a group, by name or number; null: this host has no such group. */
export function groupId(name: string): Promise<number | null> {
  return idOf('group', name);
}

/** A number counts without an entry: results may come from another host. */
async function idOf(database: 'passwd' | 'group', name: string): Promise<number | null> {
  if (/^\d{1,10}$/.test(name)) return Number(name);
  const { code, stdout } = await runCommand('getent', [database, '--', name], { timeoutMs: TIMEOUT_MS });
  const id = stdout.split(':')[2] ?? '';
  return code === 0 && /^\d+$/.test(id) ? Number(id) : null;
}
