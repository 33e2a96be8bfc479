import { runCommand } from './run-command.js';

/** A unit as systemd sees it, in systemd's words. */
export type UnitState = {
  readonly unit: string;
  /** `loaded`, `not-found`, `masked` … */
  readonly load: string;
  /** `active`, `inactive`, `failed`, `activating` … */
  readonly active: string;
  /** `enabled`, `disabled`, `static` … */
  readonly enabled: string;
  /** `success`, `exit-code`, `signal` … */
  readonly result: string;
  readonly restarts: number;
  /** The unit's file. */
  readonly file: string;
};

const PROPERTIES = ['Id', 'LoadState', 'ActiveState', 'UnitFileState', 'Result', 'NRestarts', 'FragmentPath'];

/**
 * States of units; null where this host does not run systemd. Rejects with `ProgramNotStarted` if there is no
 * systemctl.
 */
export async function unitStates(units: readonly string[], timeoutMs: number): Promise<readonly UnitState[] | null> {
  const result = await runCommand('systemctl', ['show', `--property=${PROPERTIES.join(',')}`, ...units], {
    timeoutMs,
  });
  if (result.code !== 0) return null;
  return result.stdout
    .trim()
    .split(/\n\n+/)
    .map((block) => new Map(block.split('\n').map((line) => splitOnce(line))))
    .map((facts) => ({
      unit: facts.get('Id') ?? '',
      load: facts.get('LoadState') ?? '',
      active: facts.get('ActiveState') ?? '',
      enabled: facts.get('UnitFileState') ?? '',
      result: facts.get('Result') ?? '',
      restarts: Number(facts.get('NRestarts') ?? 0),
      file: facts.get('FragmentPath') ?? '',
    }))
    .filter(({ unit }) => unit !== '');
}

function splitOnce(line: string): readonly [string, string] {
  const at = line.indexOf('=');
  return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)];
}
