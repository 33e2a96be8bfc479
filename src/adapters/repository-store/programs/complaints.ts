/** What createrepo_c said of the packages that it left out, on its standard error. */
export type Complaints = {
  /** The words about one package, on one line and cut; null: it said nothing of it. `file` is the path it was given. */
  readonly about: (file: string, pkgid: string) => string | null;
};

/** Longest text that is handed on: it ends in backend.log and in histories. */
const LONGEST = 400;

/**
 * Reads createrepo_c's standard error (seen with 0.17.3 and 1.2.5). A package that it cannot read is named by its path,
 * one that it cannot say in XML by its checksum; there 1.2.5 says the offending text on the line before.
 */
export function readComplaints(stderr: string): Complaints {
  const lines = stderr.split('\n').map((line) => line.trim());
  return {
    about: (file, pkgid) => {
      const said = lines.flatMap((line, at) => {
        if (line.includes(`${file}: `)) return [line.replace(`${file}: `, '')];
        if (!line.includes(`(${pkgid})`)) return [];
        const before = lines[at - 1] ?? '';
        return [...(before.includes('forbidden control chars') ? [before] : []), line];
      });
      const words = [...new Set(said)].map((line) => line.replace(/^C_CREATEREPOLIB: /, ''));
      return words.length === 0 ? null : shortened(printable(words.join(' | ')));
    },
  };
}

function shortened(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

/** A package's own bytes stand in these lines; what a terminal would obey is shown by its number. */
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
