import path from 'node:path';
import { exists } from '../files/entries.js';

/**
 * Tells callers with groups or modules that clients do not get them: the predecessor never gave them to Pulp either.
 */
export async function unpublishedDocuments(chrootDir: string): Promise<readonly string[]> {
  const warnings: string[] = [];
  for (const name of ['comps.xml', 'modules.yaml'])
    if (await exists(path.join(chrootDir, name)))
      warnings.push(`${name} is kept, but the metadata at Pulp does not contain it: clients do not get it`);
  return warnings;
}
