import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** A process of the Python service (docs/neighbours/python-service.md#processes). */
export type OldProcess = {
  readonly pid: number;
  readonly title: string;
  /** The Resalloc ticket in its title. */
  readonly ticket: number | null;
};

const PROGRAMS =
  /(?:^|\/)(?:copr-run-dispatcher(?:-backend)?|copr_run_logger\.py|copr-backend-process-(?:build|action))$/;
const MAX_TITLE = 200;

/** Those that run on this host and that this user may see. */
export async function oldProcesses(): Promise<readonly OldProcess[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''); // it has ended
      return oldProcess(
        pid,
        words.split('\0').filter((word) => word !== ''),
      );
    }),
  );
  return found.filter((one) => one !== null);
}

function oldProcess(pid: number, words: readonly string[]): OldProcess | null {
  const [program = '', ...rest] = words;
  const runsIt = path.basename(program).startsWith('python') && rest.some((word) => PROGRAMS.test(word));
  // A worker replaces its command line by a title.
  if (!runsIt && !program.startsWith('Builder for task ')) return null;
  const title = words.join(' ');
  const ticket = /\bticket_id=(\d{1,9})\b/.exec(title)?.[1];
  return { pid, title: title.slice(0, MAX_TITLE), ticket: ticket === undefined ? null : Number(ticket) };
}
