/** Runs Node once for each list of arguments, all at the same time, and prints one result of all. */
export function runLanes(
  lanes: readonly (readonly string[])[],
  options: {
    readonly cwd: string;
    readonly env: NodeJS.ProcessEnv;
    readonly print?: (line: string) => void;
  },
): Promise<number>;
