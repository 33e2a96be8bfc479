/** createrepo_c's messages on standard error about the packages that it left out. */
export type Complaints = {
  /**
   * The message about one package, on one line and cut; null: there is none. `file` is the path that createrepo_c was
   * given.
   */
  readonly about: (file: string, pkgid: string) => string | null;
};

/** Characters of a text that are passed on at most: it ends up in backend.log and in histories. */
const MAX_TEXT = 400;

/**
 * Reads createrepo_c's standard error (seen with 0.17.3 and 1.2.5). It names an unreadable package by its path, and one
 * that it cannot express in XML by its checksum; in that case 1.2.5 prints the offending text on the line before.
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
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}

/** These lines contain bytes from the package; control characters are shown as numbers. */
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
