import { commandLine } from '../../playground/builder/build-script.js';

/** Line `number` of the log that a builder of the crowd writes for a task; 0 is the head. */
export function crowdLine(builder: string, taskUrl: string, number: number): string {
  if (number === 0) return `Running: ${commandLine({ taskUrl, chroot: null, isSource: false })}\n`;
  return `[${String(number).padStart(6)} s] ${builder} builds on and says so in a line as long as that of a compiler\n`;
}

/** The state of one builder of the crowd. */
export type CrowdBuilder = {
  readonly name: string;
  /** Null before copr-rpmbuild was started. */
  readonly taskUrl: string | null;
  /** Lines of its log so far, including the head. */
  readonly lines: number;
  /** Connections that are reading its log. */
  readonly followers: number;
};

/** The state of the whole crowd, served at `/bench`. */
export type CrowdView = {
  readonly builders: readonly CrowdBuilder[];
  /** Commands that it does not know: if there are any, the measurement is worthless. */
  readonly unknown: readonly string[];
};
