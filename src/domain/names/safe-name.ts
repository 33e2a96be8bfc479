import { cutToFit } from '../../contracts/bounded-text.js';

/** What people see: letters, digits, marks, punctuation and symbols of any script; no space, nothing that only acts. */
const SEEN = /^[\p{L}\p{M}\p{N}\p{P}\p{S}]+$/u;
/** Characters of those that are drawn as nothing, or stand for bytes that were no text. */
const UNSEEN = /[\p{Default_Ignorable_Code_Point}\u2800\ufffd]/u;
/** A separator of a path, also as a web server reads it; macros that rpm did not know begin with no digit. */
const SEPARATOR = /[/\\]|%\d[\da-f]/i;
/** What does something in a shell when a person copies it there from a log. */
const SHELL = /[`$"'!;&|<>()*?[\]]/;

/** True for a text that is one word wherever it shows, and means nothing but itself there. */
export function isPlainWord(text: string): boolean {
  return SEEN.test(text) && ![UNSEEN, SEPARATOR, SHELL].some((pattern) => pattern.test(text));
}

/**
 * A name from outside that may become one segment of a path, at most 255 bytes: it cannot leave its directory, cannot be
 * an option or a hidden file, cannot hide in a log, and does nothing where it is copied from one. How usual it looks
 * is nobody's matter (decision 0047): rpm itself takes `2.x%{macro}`.
 */
export function isSafeName(name: string): boolean {
  return isPlainWord(name) && !/^[-.~\p{M}]/u.test(name) && cutToFit(name) === name;
}
