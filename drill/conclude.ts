/** Figures of an outcome, for people. */
export function figuresLine(figures: object): string {
  return Object.entries(figures)
    .map(([name, figure]) => `${name} ${String(figure)}`)
    .join(', ');
}

/**
 * Prints the result of a drill, as one object or in lines for people, with the points where it misses its bar; returns
 * its exit status.
 */
export function conclude(
  outcome: object,
  said: {
    readonly json: boolean;
    readonly lines: readonly string[];
    readonly lacking: readonly string[];
    readonly say: (line: string) => void;
  },
): number {
  process.stdout.write(said.json ? `${JSON.stringify(outcome)}\n` : `${said.lines.join('\n')}\n`);
  for (const line of said.lacking) said.say(`below the bar: ${line}`);
  return said.lacking.length === 0 ? 0 : 1;
}
