import type { ContentNetwork } from '../../ports/repository/content-network.js';
import { ProgramNotStarted } from '../process/program-not-started.js';
import { runCommand } from '../process/run-command.js';

const TIMEOUT_MS = 4 * 60 * 1000;

/**
 * CloudFront, through the `aws` program and its credentials (docs/neighbours/signing.md#signing-packages-again);
 * without a distribution there is nothing to do.
 */
export function createCloudfront(deps: {
  readonly distribution: string | null;
  /** URL of the results root: its path is that of the distribution. */
  readonly resultsBaseurl: string;
  /** Absolute path of `aws`; null: not installed. */
  readonly program: string | null;
}): ContentNetwork {
  const { distribution, program } = deps;
  const root = new URL(deps.resultsBaseurl).pathname.replace(/\/+$/, '');
  return {
    purge: async ({ owner, dirname, chroot }) => {
      if (distribution === null) return null;
      if (program === null)
        return { code: 'ContentNetworkFailed', message: 'aws was not installed when this worker started' };
      const paths = `${root}/${owner}/${dirname}/${chroot}/*`;
      const args = ['cloudfront', 'create-invalidation', '--distribution-id', distribution, '--paths', paths];
      try {
        const result = await runCommand(program, args, { timeoutMs: TIMEOUT_MS });
        return result.code === 0 ? null : { code: 'ContentNetworkFailed', message: result.summary };
      } catch (error) {
        if (!(error instanceof ProgramNotStarted)) throw error;
        return { code: 'ContentNetworkFailed', message: error.message };
      }
    },
  };
}
