import { PortFailure } from '../../ports/port-failure.js';

/** Labels of a package at Pulp. */
export type Labels = Readonly<Record<string, string>>;

/** More are refused: "Filter expression exceeds allowed complexity". */
export const MAX_TERMS = 7;

/**
 * Expressions for the parameter `q`, of at most seven alternatives each: packages that have all labels of one of them.
 * No space may follow a comma, or nothing matches. Throws `PulpRefused` for a label that could not be found by.
 */
export function labelQueries(alternatives: readonly Labels[]): readonly string[] {
  const terms = alternatives.map((labels) => {
    const pairs = Object.entries(labels).map(([key, value]) => `${key}=${findable(value)}`);
    return `(pulp_label_select="${pairs.join(',')}")`;
  });
  return inSevens(terms).map((some) => some.join(' OR '));
}

/** A value that a query can name: Pulp stores others (a comma) and never finds them, or refuses them. */
export function findable(value: string): string {
  if (/^[\w.+~^@:/-]+$/.test(value)) return value;
  const shown = JSON.stringify(value.slice(0, 100));
  throw new PortFailure('PulpRefused', `${shown} cannot be the value of a label at Pulp`);
}

function inSevens(terms: readonly string[]): readonly (readonly string[])[] {
  return Array.from({ length: Math.ceil(terms.length / MAX_TERMS) }, (_, i) =>
    terms.slice(i * MAX_TERMS, (i + 1) * MAX_TERMS),
  );
}
