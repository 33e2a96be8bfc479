import { z } from 'zod';
import type { Hold } from '../../contracts/repository/repository.js';
import type { Distribution, Version } from '../pulp/answers.js';

const HoldLabel = z.object({
  generation: z.string(),
  since: z.string(),
  by: z.string(),
  reason: z.string().nullable(),
});

/** The name of a generation: when its version was made, in microseconds since the epoch; it always increases. */
export function revisionOf({ pulp_created: created }: Version): string {
  const fraction = /\.(\d+)/.exec(created)?.[1] ?? '';
  const seconds = Math.floor(Date.parse(created) / 1000);
  return `${seconds}${fraction.padEnd(6, '0').slice(0, 6)}`;
}

/**
 * A hold is a label of the distribution: it comes and goes in one step with what clients see. Labels take neither
 * commas nor parentheses, so it is encoded.
 */
export function holdLabels(hold: Hold | null): Readonly<Record<string, string>> {
  return hold === null ? {} : { hold: Buffer.from(JSON.stringify(hold)).toString('base64url') };
}

/** The hold on what a distribution serves; null: none. */
export function holdOf(distribution: Distribution | null): Hold | null {
  const label = distribution?.pulp_labels['hold'];
  return label === undefined || label === null
    ? null
    : HoldLabel.parse(JSON.parse(Buffer.from(label, 'base64url').toString('utf8')));
}
