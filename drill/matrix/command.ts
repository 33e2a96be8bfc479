import { readFile, writeFile } from 'node:fs/promises';
import type { Drill } from '../drill.js';
import { readOptions } from '../with-options.js';
import { outcomeTable, withTable } from './outcome-table.js';
import { allCells, findCell, runMatrix, type Cell } from './run-matrix.js';

const PAGE = new URL('../../docs/what-happens-if.md', import.meta.url);

const HELP = `npm run drill -- matrix [OPTIONS]: every stage of a build under every fault

Holds builds at each stage of their way, lets a fault strike, and compares their results with a build that
nothing happened to. A run of all cells takes about 20 minutes and writes the table in docs/what-happens-if.md.

  --cell STAGE:FAULT   this cell
  --stage STAGE        all cells of a stage
  --fault FAULT        all cells of a fault; each of these may be repeated
  --list               name the cells and end
  --json FILE          write the outcomes there
  --help               this text

Exit status 1: a cell is not as it should be. The column of the full disk needs the right to mount a tmpfs.
`;

/** The crash-point matrix. */
export const matrixDrill: Drill = {
  name: 'matrix',
  summary: 'every stage of a build under every fault, compared with a build that nothing happened to',
  run: async (args, say) => {
    const { values } = readOptions(args, {
      cell: { type: 'string', multiple: true, default: [] },
      stage: { type: 'string', multiple: true, default: [] },
      fault: { type: 'string', multiple: true, default: [] },
      list: { type: 'boolean', default: false },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    });
    if (values.help) {
      process.stdout.write(HELP);
      return 0;
    }
    const cells = chosen(values);
    if (values.list) {
      for (const { stage, fault } of cells)
        process.stdout.write(`${stage.name}:${fault.name}  ${stage.title}; ${fault.title}\n`);
      return 0;
    }
    const result = await runMatrix(cells, say);
    if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(result, null, 2)}\n`);
    const table = outcomeTable(result);
    process.stdout.write(`${table}\n`);
    const isWhole = cells.length === allCells().length && Object.keys(result.skipped).length === 0;
    if (isWhole) await writeFile(PAGE, withTable(await readFile(PAGE, 'utf8'), table));
    return result.outcomes.every(({ problems }) => problems.length === 0) ? 0 : 1;
  },
};

function chosen(wanted: {
  readonly cell: readonly string[];
  readonly stage: readonly string[];
  readonly fault: readonly string[];
}): readonly Cell[] {
  if (wanted.cell.length > 0) return wanted.cell.map(findCell);
  const cells = allCells().filter(
    ({ stage, fault }) =>
      (wanted.stage.length === 0 || wanted.stage.includes(stage.name)) &&
      (wanted.fault.length === 0 || wanted.fault.includes(fault.name)),
  );
  if (cells.length === 0) throw new Error('no cell is called so; --list names them all');
  return cells;
}
