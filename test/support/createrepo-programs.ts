import { FIRST_THAT_UPDATES } from '../../src/adapters/repository-store/programs/createrepo-version.js';
import { compareVersions } from '../../src/domain/names/evr.js';
import { systemCreaterepo, type CreaterepoProgram } from '../../bench/repo/createrepo-programs.js';

export { newerCreaterepo, systemCreaterepo, type CreaterepoProgram } from '../../bench/repo/createrepo-programs.js';

/** The system's, if it is one that escapes again at each `--update`; null on hosts with a newer one. */
export async function oldCreaterepo(): Promise<CreaterepoProgram | null> {
  const program = await systemCreaterepo();
  return compareVersions(program.version, FIRST_THAT_UPDATES) < 0 ? program : null;
}
