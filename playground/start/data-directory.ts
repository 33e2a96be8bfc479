import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRunning, type ProcessMark } from '../loopback/processes.js';

/** The paths of one playground, all below one directory. */
export type DataDirectory = {
  readonly root: string;
  readonly configFile: string;
  readonly profileFile: string;
  readonly results: string;
  readonly state: string;
  /** The worker's `log_dir`. */
  readonly logs: string;
  /** The output of each process, one file per process: `logs` may contain files of the same names. */
  readonly processLogs: string;
  readonly ssh: string;
  readonly playground: string;
  readonly temporalDatabase: string;
  /** Projects in Pulp, a line each. */
  readonly pulpRedirects: string;
  readonly addressesFile: string;
  readonly passwordFile: string;
  readonly runFile: string;
  readonly holderFile: string;
};

/**
 * The paths below `root`; creates the directories. Not readable by others, because they contain keys and a password.
 */
export function openDataDirectory(root: string): DataDirectory {
  const directory: DataDirectory = {
    root,
    configFile: join(root, 'copr-be.conf'),
    profileFile: join(root, 'temporal.toml'),
    results: join(root, 'results'),
    state: join(root, 'state'),
    logs: join(root, 'logs'),
    processLogs: join(root, 'logs', 'processes'),
    ssh: join(root, 'ssh'),
    playground: join(root, 'playground'),
    temporalDatabase: join(root, 'temporal', 'temporal.db'),
    pulpRedirects: join(root, 'pulp-redirect.txt'),
    addressesFile: join(root, 'playground.json'),
    passwordFile: join(root, 'playground', 'frontend.password'),
    runFile: join(root, 'run.json'),
    holderFile: join(root, 'start.pid'),
  };
  for (const path of [
    root,
    directory.results,
    directory.state,
    directory.processLogs,
    directory.playground,
    join(root, 'temporal'),
  ]) {
    mkdirSync(path, { recursive: true });
  }
  for (const path of [directory.ssh, directory.state]) mkdirSync(path, { recursive: true, mode: 0o700 });
  return directory;
}

/** The launcher that holds the directory and is alive; null: none. */
export function holderOf(directory: DataDirectory): ProcessMark | null {
  const mark = readJson(directory.holderFile) as ProcessMark | null;
  return mark !== null && isRunning(mark) ? mark : null;
}

/** Takes the directory for this launcher; throws a line for people if another launcher holds it. */
export function holdDirectory(directory: DataDirectory, self: ProcessMark): () => void {
  const holder = holderOf(directory);
  if (holder !== null) {
    throw new Error(
      `another \`npm start\` (pid ${holder.pid}) uses ${directory.root}: stop it with Ctrl-C, or choose another --data DIR (and --port-base N)`,
    );
  }
  writeFileAtomically(directory.holderFile, `${JSON.stringify(self)}\n`);
  return () => rmSync(directory.holderFile, { force: true });
}

/** Readers see either the old text or the new. `mode` 0600 for texts with a secret. */
export function writeFileAtomically(path: string, text: string, mode = 0o644): void {
  const fresh = `${path}.new`;
  rmSync(fresh, { force: true });
  writeFileSync(fresh, text, { mode });
  renameSync(fresh, path);
}

/** A JSON file's content; null if it is missing or not readable as JSON. */
export function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as unknown;
  } catch {
    return null;
  }
}
