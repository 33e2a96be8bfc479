import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { cutToFit, MAX_NAME } from '../bounded-text.js';

/** Precedes the digits of a hash: no name of an owner, CoprDir, chroot, package or storage contains it. */
const MARK = '=';
/** Hexadecimal digits: 160 bits, as in git's object names. */
const DIGITS = 40;
const SHORTENED = /=[0-9a-f]{40}$/;

/**
 * A name in the form of a workflow id: unchanged if it fits into 255 bytes, else its beginning, `=`, and a hash of the
 * whole. Two names never get the same id: one that looks as if it had been shortened is shortened too. `room`: bytes
 * reserved for a suffix.
 */
export function boundedId(name: string, room = 0): string {
  const longest = MAX_NAME - room;
  if (!isShortened(name) && cutToFit(name, longest) === name) return name;
  return `${cutToFit(name, longest - MARK.length - DIGITS)}${MARK}${hashOf(name).slice(0, DIGITS)}`;
}

/** True for an id that has only the beginning of its name. */
export function isShortened(id: string): boolean {
  return SHORTENED.test(id);
}

/** SHA-256 of a name's UTF-8, in hexadecimal digits. Workflow code has no node:crypto. */
function hashOf(name: string): string {
  return bytesToHex(sha256(new TextEncoder().encode(name)));
}
