import type { Edit } from './edits/edit.js';
import type { BrokenHistory } from './replay/baseline.js';

/** An edit on which no history failed. */
export type NotCaught = Pick<Edit, 'key' | 'kind' | 'file' | 'line' | 'before' | 'after'> & {
  /** Histories whose replay reached the edit; if 0, there is no scenario for this place. */
  readonly histories: number;
};

/** The output of `--json`. `edits` = `caught` + `equivalent` + the length of `notCaught`. */
export type Report = {
  /** Edits tried. */
  readonly edits: number;
  /** Edits that exist; more than were tried if there was a sample. */
  readonly generated: number;
  readonly caught: number;
  /** Those of `caught` that only the contents of a recorded command revealed: the SDK's replay passed. */
  readonly caughtByContents: number;
  /** Those that a time limit ended, or that ended the process replaying them. */
  readonly caughtByTimeOut: number;
  readonly caughtByCrash: number;
  readonly equivalent: number;
  readonly notCaught: readonly NotCaught[];
  /** Edits that are not a valid program; they count nowhere else. */
  readonly invalid: number;
  /** Entries of the list of equivalent edits that are no longer right. */
  readonly stale: readonly { readonly key: string; readonly why: 'no such edit' | 'caught' }[];
  /** Histories that do not replay without any edit. */
  readonly broken: readonly BrokenHistory[];
  /** Histories that replay, but whose commands have other contents now: record them again. */
  readonly outdated: readonly BrokenHistory[];
  readonly histories: number;
  /** The sample's seed; null without one. */
  readonly seed: string | null;
  readonly seconds: number;
};

/** 0: every edit is caught, or is listed as one that changes no command. */
export function exitStatus(report: Report): 0 | 1 {
  const isClean = [report.notCaught, report.stale, report.broken].every((faults) => faults.length === 0);
  return isClean ? 0 : 1;
}

/** The report for people. */
export function reportLines(report: Report): readonly string[] {
  const { notCaught, stale, broken, outdated } = report;
  const caughtBy = [
    `${report.caughtByContents} by contents`,
    `${report.caughtByTimeOut} by time-out`,
    `${report.caughtByCrash} by crash`,
  ].join(', ');
  return [
    ...notCaught.flatMap(({ file, line, kind, before, after, histories, key }) => [
      `not caught: ${file}:${line} ${kind} (${histories === 0 ? 'no history comes here' : `${histories} histories`})`,
      `  - ${before}`,
      `  + ${after}`,
      `  ${key}`,
    ]),
    ...stale.map(({ key, why }) => `listed as equivalent, but ${why}: ${key}`),
    ...broken.map(({ history, message }) => `does not replay unedited: ${history}: ${message}`),
    ...outdated.map(({ history, message }) => `commands something else unedited: ${history}: ${message}`),
    `edits       ${report.edits} of ${report.generated}${report.seed === null ? '' : `, seed ${report.seed}`}`,
    `caught      ${report.caught} (${caughtBy})`,
    `equivalent  ${report.equivalent}`,
    `not caught  ${notCaught.length}`,
    `invalid     ${report.invalid}`,
    `histories   ${report.histories}`,
    `seconds     ${report.seconds}`,
  ];
}
