import type { Place } from './enclosing-names.js';

/** How an edit changes the code. */
export type EditKind = 'double' | 'halve' | 'negate' | 'swap' | 'remove';

/** A part of a file's text, by offsets. */
export type Span = { readonly start: number; readonly end: number };

/** The text that an edit puts in place of a part. */
export type Replacement = Span & { readonly text: string };

/** An edit as derived from the syntax tree, before it has a name. */
export type Draft = {
  readonly kind: EditKind;
  /** The source text that it changes, part of its key. */
  readonly about: string;
  /** In the order of the text, none within another. */
  readonly replacements: readonly Replacement[];
  /** The expression whose evaluation gives the edit an effect. */
  readonly site: Span;
};

/** One change of one file. */
export type Edit = Draft & {
  /** `file#enclosing kind: about (n)`: stays the same when other lines of the file are added or removed. */
  readonly key: string;
  /** Path from the root of the checkout. */
  readonly file: string;
  readonly line: number;
  /** The lines that it changes, joined into one line, before and after. */
  readonly before: string;
  readonly after: string;
  readonly place: Place;
};

/** Applies the replacements to the text. */
export function replaceParts(text: string, replacements: readonly Replacement[]): string {
  let edited = '';
  let at = 0;
  for (const { start, end, text: inserted } of replacements) {
    edited += text.slice(at, start) + inserted;
    at = end;
  }
  return edited + text.slice(at);
}
