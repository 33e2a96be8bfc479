/** The three documents that list every package. */
export type Kind = 'primary' | 'filelists' | 'other';

export const KINDS = ['primary', 'filelists', 'other'] as const satisfies readonly Kind[];

export type ByKind<T> = Readonly<Record<Kind, T>>;

/** One value for each document. */
export function byKind<T>(make: (kind: Kind) => T): Record<Kind, T> {
  return { primary: make('primary'), filelists: make('filelists'), other: make('other') };
}

/** Metadata that only createrepo_c can update; the message says what is unusual about it. */
export class UnusualMetadata extends Error {}

const XML = '<?xml version="1.0" encoding="UTF-8"?>\n';
const ROOTS: ByKind<{ readonly element: string; readonly namespaces: string }> = {
  primary: {
    element: 'metadata',
    namespaces: 'xmlns="http://linux.duke.edu/metadata/common" xmlns:rpm="http://linux.duke.edu/metadata/rpm"',
  },
  filelists: { element: 'filelists', namespaces: 'xmlns="http://linux.duke.edu/metadata/filelists"' },
  other: { element: 'otherdata', namespaces: 'xmlns="http://linux.duke.edu/metadata/other"' },
};

/** The text that createrepo_c writes before the first package. */
export function headOf(kind: Kind, packages: number): string {
  const { element, namespaces } = ROOTS[kind];
  return `${XML}<${element} ${namespaces} packages="${packages}">\n`;
}

/** The text that createrepo_c writes after the last package. */
export function tailOf(kind: Kind): string {
  return `</${ROOTS[kind].element}>`;
}

/** The number of packages that a document's beginning states; null if createrepo_c would not write it like that. */
export function statedPackages(kind: Kind, head: string): number | null {
  const stated = Number(/ packages="(\d{1,9})">\n$/.exec(head)?.[1] ?? Number.NaN);
  return head === headOf(kind, stated) ? stated : null;
}
