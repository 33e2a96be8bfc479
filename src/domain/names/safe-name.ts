import { cutToFit } from '../../contracts/bounded-text.js';

/**
 * Visible characters: letters, digits, marks, punctuation and symbols of any script; no spaces and no control
 * characters.
 */
const SEEN = /^[\p{L}\p{M}\p{N}\p{P}\p{S}]+$/u;
/** Those of these characters that are invisible, or replace bytes that were not text. */
const UNSEEN = /[\p{Default_Ignorable_Code_Point}\u2800\ufffd]/u;
/** A path separator, also in the form a web server decodes; unknown rpm macros do not begin with a digit. */
const SEPARATOR = /[/\\]|%\d[\da-f]/i;
/** Characters that are special to a shell if a person copies them from a log. */
const SHELL = /[`$"'!;&|<>()*?[\]]/;

/** True for a text that is one word wherever it is shown, and has no special meaning there. */
export function isPlainWord(text: string): boolean {
  return SEEN.test(text) && ![UNSEEN, SEPARATOR, SHELL].some((pattern) => pattern.test(text));
}

/**
 * True for a name from outside that may become one segment of a path, at most 255 bytes: it cannot leave its directory,
 * cannot be an option or a hidden file, cannot hide in a log, and is harmless when copied from one. It does not have to
 * look usual (decision 0047): rpm itself accepts `2.x%{macro}`.
 */
export function isSafeName(name: string): boolean {
  return isPlainWord(name) && !/^[-.~\p{M}]/u.test(name) && cutToFit(name) === name;
}
