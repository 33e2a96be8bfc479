import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { buildIdOf } from '../../contracts/names/deployment.js';
import { packageVersion } from '../process/package-version.js';
import { workflowBundlePath } from './workflow-bundle.js';

/**
 * The build id of the workers of this package: the same on every host that has it. The bundle without traces counts,
 * since spans change no command and one host may have them.
 */
export async function workerBuildId(): Promise<string> {
  const bundle = await readFile(workflowBundlePath({ traced: false }));
  return buildIdOf({ version: packageVersion(), digest: createHash('sha256').update(bundle).digest('hex') });
}
