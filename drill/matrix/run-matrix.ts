import { FAULTS, type Fault } from './faults.js';
import { createRig } from './rig.js';
import { runCells, runReference, type CellOutcome } from './run-cells.js';
import { STAGES, type Stage } from './stages.js';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** One stage under one fault. */
export type Cell = { readonly stage: Stage; readonly fault: Fault };

export type MatrixResult = {
  readonly outcomes: readonly CellOutcome[];
  /** Columns that could not be run here, and why. */
  readonly skipped: Readonly<Record<string, string>>;
};

/** All cells that make sense: a fault is combined only with stages that it can affect. */
export function allCells(): readonly Cell[] {
  return FAULTS.flatMap((fault) => STAGES.filter((stage) => fault.hits(stage)).map((stage) => ({ stage, fault })));
}

/** The cell `STAGE:FAULT`. Throws a line for people if there is none. */
export function findCell(name: string): Cell {
  const cell = allCells().find(({ stage, fault }) => `${stage.name}:${fault.name}` === name);
  if (cell === undefined) throw new Error(`there is no cell ${name}; --list names them all`);
  return cell;
}

/**
 * Runs the cells on one installation, those of one fault together: a build waits in each stage, and one fault hits them
 * all. Throws if the drill itself fails; faults of a build are in the outcomes.
 */
export async function runMatrix(cells: readonly Cell[], say: (line: string) => void): Promise<MatrixResult> {
  const outcomes: CellOutcome[] = [];
  const skipped: Record<string, string> = {};
  say('starting an installation behind proxies');
  const rig = await createRig();
  const interrupted = (): void => {
    say('stopping');
    void rig.remove().finally(() => process.exit(130));
  };
  for (const signal of SIGNALS) process.once(signal, interrupted);
  try {
    const reference = await runReference(rig);
    say('a build without any fault is over: the measure of the others');
    for (const fault of FAULTS.filter((candidate) => cells.some((cell) => cell.fault === candidate))) {
      const { missing } = rig.disk;
      if (fault.name === 'disk' && missing !== null) {
        skipped[fault.name] = missing;
        say(`${fault.name}: left out, ${missing}`);
        continue;
      }
      const stages = cells.filter((cell) => cell.fault === fault).map(({ stage }) => stage);
      const ended = await runCells(rig, fault, stages, { reference, say });
      outcomes.push(...ended);
      say(summaryOf(fault, ended));
    }
  } finally {
    for (const signal of SIGNALS) process.off(signal, interrupted);
    await rig.remove();
  }
  return { outcomes, skipped };
}

function summaryOf(fault: Fault, ended: readonly CellOutcome[]): string {
  const bad = ended.filter(({ problems }) => problems.length > 0);
  const longest = Math.max(...ended.map(({ recoverySeconds }) => recoverySeconds));
  const lines = bad.flatMap(({ stage, problems }) => problems.map((problem) => `  ${stage}:${fault.name}: ${problem}`));
  return [
    `${fault.name}: ${ended.length - bad.length} of ${ended.length} as without the fault, the last one ${longest} s after it`,
    ...lines,
  ].join('\n');
}
