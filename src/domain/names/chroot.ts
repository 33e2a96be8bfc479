/** A mock chroot's name in parts: `<family>-<version>-<arch>`; the family may contain dashes. */
export type Chroot = {
  /** Text before the first dash. */
  readonly family: string;
  /** Second last dash component; null if the name has only one. */
  readonly version: string | null;
  readonly arch: string;
};

/** The parts of a chroot's name (docs/neighbours/signing.md#digest-of-a-chroot). */
export function parseChroot(name: string): Chroot {
  const parts = name.split('-');
  return { family: parts[0] ?? name, version: parts.at(-2) ?? null, arch: parts.at(-1) ?? name };
}

/** True if the word is the chroot's name, in full or without its architecture. */
export function namesChroot(word: string, chroot: string): boolean {
  return word === chroot || word === chroot.slice(0, chroot.lastIndexOf('-'));
}

/**
 * True for the only distribution whose yum reads nothing newer than md5 metadata
 * (docs/neighbours/createrepo.md#createrepo_c).
 */
export function needsMd5Metadata(chroot: string): boolean {
  return /^(epel|rhel)-5-[^-]+$/.test(chroot);
}
