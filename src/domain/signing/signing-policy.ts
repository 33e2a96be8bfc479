import { parseChroot } from '../names/chroot.js';

export type SigningDigest = 'sha1' | 'sha256';

const ENTERPRISE = new Set(['rhel', 'epel', 'centos', 'oraclelinux']);

/**
 * The digest a chroot's packages are signed with (docs/neighbours/signing.md#digest-of-a-chroot). `gently` is
 * `gently_gpg_sha256`: true keeps sha1 for everything but Enterprise Linux 8 and later; false is the current table,
 * sha1 only where rpm is too old for sha256. Throws for an Enterprise Linux version that is not a number, because any
 * digest would be a guess.
 */
export function signingDigest(chroot: string, gently: boolean): SigningDigest {
  const { family, version } = parseChroot(chroot);
  if (ENTERPRISE.has(family)) {
    if (version === 'rawhide') return 'sha256';
    const order = compareToRelease(chroot, version, gently ? 7 : 4);
    return order > 0 ? 'sha256' : 'sha1';
  }
  if (gently) return 'sha1';
  if (family === 'fedora' && version !== null && /^\d+$/.test(version) && Number(version) < 27) return 'sha1';
  return 'sha256';
}

/**
 * How `gently_gpg_sha256` applies with an rpm that refuses sha1: it counts unchanged; or, if it is true only by
 * default, as false; or it is impossible, because the file demands what rpm refuses.
 */
export function gentlyWithoutSha1(setting: {
  readonly gently: boolean;
  readonly isSet: boolean;
}): 'as-it-is' | 'as-if-false' | 'cannot-be-kept' {
  if (!setting.gently) return 'as-it-is';
  return setting.isSet ? 'cannot-be-kept' : 'as-if-false';
}

/** Orders a version against a whole release as PEP 440 does: `7.dev` comes before 7, `8.dev` after it. */
function compareToRelease(chroot: string, version: string | null, release: number): number {
  const match = /^(\d+)((?:\.\d+)*)(?:[._-]?(dev|a|b|rc)\d*)?$/.exec(version ?? '');
  if (match?.[1] === undefined) throw new Error(`chroot ${chroot}: "${version ?? ''}" is not a version`);
  const major = Number(match[1]);
  if (major !== release) return major - release;
  const minor = (match[2] ?? '').split('.').some((part) => Number(part) > 0);
  if (minor) return 1;
  return match[3] === undefined ? 0 : -1;
}
