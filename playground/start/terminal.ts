import { plainLine, plainLines } from '../../src/domain/plain-text.js';

/** The launcher's output: lines for people, and below them a table that is redrawn on a terminal. */
export type Terminal = {
  readonly isLive: boolean;
  readonly say: (line: string) => void;
  /** Shows these lines below all earlier output; without a terminal this does nothing. */
  readonly showTable: (lines: readonly string[]) => void;
  /** Leaves the table in place; later output goes below it. */
  readonly keepTable: () => void;
};

const CLEAR_BELOW = '\u001b[J';

type Output = Pick<NodeJS.WriteStream, 'write'> & { readonly isTTY?: boolean; readonly columns?: number };

export function createTerminal(output: Output): Terminal {
  const isLive = output.isTTY === true;
  let table: readonly string[] = [];

  function erase(): string {
    return table.length === 0 ? '' : `\u001b[${table.length}A\r${CLEAR_BELOW}`;
  }

  return {
    isLive,
    say: (line) =>
      void output.write(`${erase()}${plainLines(line).join('\n')}\n${table.map((row) => `${row}\n`).join('')}`),
    showTable: (lines) => {
      if (!isLive) return;
      const columns = output.columns ?? 0;
      const width = (columns > 0 ? columns : 80) - 1;
      const fitted = lines.map((line) => plainLine(line).slice(0, width));
      output.write(`${erase()}${fitted.map((row) => `${row}\n`).join('')}`);
      table = fitted;
    },
    keepTable: () => {
      table = [];
    },
  };
}
