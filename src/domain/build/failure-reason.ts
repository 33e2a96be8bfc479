import { cutToFit } from '../../contracts/bounded-text.js';
import { plainLines } from '../plain-text.js';

/** A line of a log can be endless; in bytes. */
const MAX_REASON = 300;
/**
 * Lines that say that something failed but not what: of rpmbuild, make and ninja, compilers' and linkers' drivers, cargo,
 * setuptools, mock, copr-rpmbuild.
 */
const GENERIC = new RegExp(
  [
    String.raw`^RPM build errors:`,
    String.raw`^(error:)?\s*Bad exit status from `,
    String.raw`^g?make(\[\d+\])?: \*\*\* `,
    String.raw`^collect2: error: ld returned `,
    String.raw`^clang(\+\+)?: error: linker command failed`,
    String.raw`^\d+ (error|warning)s?( and \d+ errors?)?( generated\.)?$`,
    String.raw`^ninja: build stopped`,
    String.raw`^FAILED: \S+\.(o|obj|a|so|so\.[\d.]+)\b`,
    String.raw`^error: (could not compile|aborting due to|command .* failed with exit (code|status)|subprocess-exited-with-error)`,
    String.raw`^(For more information about this error|Some errors have detailed explanations)`,
    // Source excerpts and notes that a compiler adds to its message.
    String.raw`^\s*\d*\s*\|`,
    String.raw`^\s*= (note|help): `,
    String.raw`^\S+:\d+(:\d+)?: (note|warning): `,
    String.raw`^error: Failed build dependencies:`,
    String.raw`^Error: Some packages could not be found`,
    String.raw`^ERROR: (Exception\(|Command failed)`,
    String.raw`^Copr build error: `,
  ].join('|'),
);
const TELLING =
  /(^|[\s:])(error|fatal error|fatal|failed|no such file|cannot|undefined reference|command not found|is needed by|no matching package)\b/i;

/**
 * One line from the tail of a build log that explains why the package does not build: the last informative line before
 * rpmbuild's own summary, and the failed section, without colours. Falls back to the summary, then to the last line.
 */
export function reasonFromBuildLog(tail: string): string {
  const lines = plainLines(tail).map((line) => line.trimEnd());
  const section = /Bad exit status from \S+ \((%\w+)\)/.exec(lines.join('\n'))?.[1];
  const summary = lines.lastIndexOf('RPM build errors:');
  const before = (summary === -1 ? lines : lines.slice(0, summary)).filter((line) => line.trim() !== '');
  const told =
    before.findLast((line) => TELLING.test(line) && !GENERIC.test(line) && !line.startsWith('+ ')) ??
    lines.findLast((line) => TELLING.test(line) && !GENERIC.test(line)) ??
    before.findLast((line) => !GENERIC.test(line)) ??
    before.at(-1) ??
    'the build log is empty';
  const where = section === undefined ? '' : `in ${section}: `;
  return cutToFit(`${where}${told.trim().replaceAll('\t', ' ')}`, MAX_REASON);
}
