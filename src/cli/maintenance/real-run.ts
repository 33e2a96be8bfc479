/** Options of commands that only say what they would do, unless they are told to do it. */
export type RealRunOptions = { readonly realRun?: boolean; readonly dryRun?: boolean };

/** `.option(...REAL_RUN).option(...DRY_RUN)`. */
export const REAL_RUN = ['--real-run', 'do it; without this option it only says what it would do'] as const;
export const DRY_RUN = ['--dry-run', 'the default'] as const;

/** Whether to do it; of both options, the careful one counts. */
export function isReal({ realRun, dryRun }: RealRunOptions): boolean {
  return realRun === true && dryRun !== true;
}
