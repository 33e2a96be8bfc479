import type { ContentNetwork } from '../../ports/content-network.js';
import { runCommand } from '../process/run-command.js';

const TIMEOUT_MS = 4 * 60 * 1000;

/** CloudFront, by the `aws` program and its credentials (signing.md §7); without a distribution there is nothing to do. */
export function createCloudfront(deps: {
  readonly distribution: string | null;
  /** URL of the results root: its path is that of the distribution. */
  readonly resultsBaseurl: string;
}): ContentNetwork {
  const { distribution } = deps;
  const root = new URL(deps.resultsBaseurl).pathname.replace(/\/+$/, '');
  return {
    purge: async ({ owner, dirname, chroot }) => {
      if (distribution === null) return null;
      const paths = `${root}/${owner}/${dirname}/${chroot}/*`;
      const args = ['cloudfront', 'create-invalidation', '--distribution-id', distribution, '--paths', paths];
      try {
        const result = await runCommand('aws', args, { timeoutMs: TIMEOUT_MS });
        return result.code === 0 ? null : { code: 'ContentNetworkFailed', message: result.summary };
      } catch (error) {
        const why = error instanceof Error ? error.message.split('\n')[0] : String(error);
        return { code: 'ContentNetworkFailed', message: `aws could not be started: ${why}` };
      }
    },
  };
}
