import type { Place } from './enclosing-names.js';

/** How an edit changes the code. */
export type EditKind = 'double' | 'halve' | 'negate' | 'swap' | 'remove';

/** A part of a file's text, by offsets. */
export type Span = { readonly start: number; readonly end: number };

/** What an edit writes in place of a part. */
export type Replacement = Span & { readonly text: string };

/** An edit as the syntax tree suggests it, before it has a name. */
export type Draft = {
  readonly kind: EditKind;
  /** The source text it is about, part of its key. */
  readonly about: string;
  /** In the order of the text, none within another. */
  readonly replacements: readonly Replacement[];
  /** The expression whose evaluation makes the edit matter. */
  readonly site: Span;
};

/** One change of one file. */
export type Edit = Draft & {
  /** `file#enclosing kind: about (n)`: stays the same while other lines of the file come and go. */
  readonly key: string;
  /** Path from the root of the checkout. */
  readonly file: string;
  readonly line: number;
  /** The lines it touches, on one line, before and after. */
  readonly before: string;
  readonly after: string;
  readonly place: Place;
};

/** The text with the replacements made. */
export function replaceParts(text: string, replacements: readonly Replacement[]): string {
  let edited = '';
  let at = 0;
  for (const { start, end, text: inserted } of replacements) {
    edited += text.slice(at, start) + inserted;
    at = end;
  }
  return edited + text.slice(at);
}
