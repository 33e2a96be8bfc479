import { createHash } from 'node:crypto';

/** `<type> <base64>` of a public key blob in its wire format (RFC 4253 §6.6). */
export function publicKeyLine(blob: Buffer): string {
  return `${keyType(blob)} ${blob.toString('base64')}`;
}

/** True when `blob` is exactly the key of `line`; a comment after the key does not matter. */
export function isPublicKey(line: string, blob: Buffer): boolean {
  return line.trim().split(/\s+/).slice(0, 2).join(' ') === publicKeyLine(blob);
}

/** The fingerprint that `ssh-keygen -l` shows. */
export function fingerprint(line: string): string {
  const blob = Buffer.from(line.trim().split(/\s+/)[1] ?? '', 'base64');
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}

const ALGORITHMS = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
  'ssh-rsa',
] as const;

/**
 * Host key algorithms in order of preference: those of the pinned key first, then all others, so that a machine without
 * such a key is recognised as another machine, not as an incompatible one.
 */
export function hostKeyAlgorithms(pinned: string | null): (typeof ALGORITHMS)[number][] {
  const type = pinned?.trim().split(/\s+/)[0];
  const matches = (name: string): boolean => name === type || (type === 'ssh-rsa' && name.startsWith('rsa-'));
  return [...ALGORITHMS.filter(matches), ...ALGORITHMS.filter((name) => !matches(name))];
}

function keyType(blob: Buffer): string {
  if (blob.length < 4) throw new RangeError('not a public key');
  const length = blob.readUInt32BE(0);
  return blob.toString('latin1', 4, 4 + length);
}
