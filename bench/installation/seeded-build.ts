import { STATUS, unixNow, type BuildRecord } from '../../playground/frontend/state.js';
import { PACKAGE } from '../stand-ins/prepared-packages.js';

/** A commit that nothing asks for: scripted builders have their packages already. */
export const NO_COMMIT = '0'.repeat(40);

/** A build in the state after its owner uploaded a spec file and dist-git imported it. */
export function importedBuild(of: {
  readonly owner: string;
  readonly project: string;
  readonly chroot: string;
  readonly gitHash: string | null;
}): Omit<BuildRecord, 'id'> {
  const { owner, project, chroot, gitHash } = of;
  const progress = { resultDir: '', startedOn: null, endedOn: null };
  return {
    ...{ owner, project, dirname: null, submitter: owner, createdOn: unixNow(), background: false },
    ...{ timeout: 18_000, enableNet: false, upload: '', file: `${PACKAGE}.spec`, sshPublicKeys: null, swallows: 0 },
    ...{ canceled: false, cancelRequests: [], reports: [] },
    ...{ packageName: PACKAGE, packageVersion: '1.0-1', builtPackages: null, srpmUrl: null, importError: null },
    source: { status: STATUS.succeeded, ...progress },
    chroots: [{ name: chroot, status: STATUS.pending, ...progress, gitHash, reason: null, packages: [] }],
  };
}
