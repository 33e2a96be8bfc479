import path from 'node:path';

export type ConfigFileQuery = {
  /** Value of `--config`. */
  readonly flag: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly exists: (file: string) => boolean;
};

/** A configuration file and why it is this one; `path` null: there is none. */
export type FoundConfigFile =
  { readonly path: string; readonly why: string } | { readonly path: null; readonly why: string };

const SYSTEM_FILE = '/etc/copr/copr-be.conf';
const PLAYGROUND_FILE = '.copr/copr-be.conf';

/**
 * Decides which configuration file counts. A named file is taken even if it does not exist, so that a typing error is
 * an error and does not select another installation's configuration.
 */
export function findConfigFile({ flag, env, cwd, exists }: ConfigFileQuery): FoundConfigFile {
  if (flag !== undefined) return { path: path.resolve(cwd, flag), why: 'named by --config' };
  const named = env['BACKEND_CONFIG'];
  if (named !== undefined && named !== '') return { path: path.resolve(cwd, named), why: 'named by $BACKEND_CONFIG' };
  if (exists(SYSTEM_FILE)) return { path: SYSTEM_FILE, why: 'the configuration of this host' };
  const local = path.join(cwd, PLAYGROUND_FILE);
  if (exists(local)) return { path: local, why: 'a playground was started in this directory' };
  return {
    path: null,
    why: `neither ${SYSTEM_FILE} nor ${PLAYGROUND_FILE} in this directory exists: use --config FILE`,
  };
}
