import type { Verdict } from './check.js';

const LABELS: Readonly<Record<Verdict['state'], string>> = {
  ok: 'ok',
  skipped: '-',
  warning: 'warning',
  failed: 'FAILED',
};

/** One line for each verdict, with its remedy below it, and the numbers at the end. */
export function doctorLines(verdicts: readonly Verdict[]): readonly string[] {
  const width = Math.max(...verdicts.map(({ about }) => about.length));
  const lines = verdicts.flatMap((verdict) => {
    const line = `${LABELS[verdict.state].padEnd(8)} ${verdict.about.padEnd(width)}  ${verdict.message}`;
    return 'remedy' in verdict ? [line, `${' '.repeat(9)}do: ${verdict.remedy}`] : [line];
  });
  return [...lines, '', countsLine(verdicts)];
}

function countsLine(verdicts: readonly Verdict[]): string {
  const count = (state: Verdict['state']): number => verdicts.filter((verdict) => verdict.state === state).length;
  const warnings = count('warning');
  const noted = `${warnings} warning${warnings === 1 ? '' : 's'}, ${count('ok')} ok, ${count('skipped')} skipped`;
  return count('failed') === 0 ? `nothing fails: ${noted}` : `${count('failed')} failed, ${noted}`;
}

/** The same for programs. */
export function doctorJson(verdicts: readonly Verdict[]): object {
  return { ok: isWell(verdicts), verdicts: verdicts.map((verdict) => ({ remedy: null, ...verdict })) };
}

/** True if nothing failed; warnings may be there. */
export function isWell(verdicts: readonly Verdict[]): boolean {
  return verdicts.every(({ state }) => state !== 'failed');
}
