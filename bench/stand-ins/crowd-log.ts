import { commandLine } from '../../playground/builder/build-script.js';

/** Line `number` of the log that a builder of the crowd writes for a task; 0 is the head. */
export function crowdLine(builder: string, taskUrl: string, number: number): string {
  if (number === 0) return `Running: ${commandLine({ taskUrl, chroot: null, isSource: false })}\n`;
  return `[${String(number).padStart(6)} s] ${builder} builds on and says so in a line as long as that of a compiler\n`;
}

/** What one builder of the crowd tells about itself. */
export type CrowdBuilder = {
  readonly name: string;
  /** Null before copr-rpmbuild was started. */
  readonly taskUrl: string | null;
  /** Lines of its log so far, the head counted. */
  readonly lines: number;
  /** Connections that read its log now. */
  readonly followers: number;
};

/** What the crowd tells as a whole, at `/bench`. */
export type CrowdView = {
  readonly builders: readonly CrowdBuilder[];
  /** Commands that it does not know: the measurement is worth nothing when there are any. */
  readonly unknown: readonly string[];
};
