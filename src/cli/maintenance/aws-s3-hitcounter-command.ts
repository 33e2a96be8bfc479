import { hostname } from 'node:os';
import { Command } from 'commander';
import { createBucketLogs } from '../../adapters/aws-s3/bucket-logs.js';
import { ownContentNetwork } from '../../domain/maintenance/content-network-hosts.js';
import { readConfig } from '../../starters/settings.js';
import { withCommonOptions, type CommonOptions } from '../command-options.js';
import { EXIT_STATUS_HELP, runCommandAction } from '../exit-status.js';
import { withDoubtful, type CountingOptions } from './counting-options.js';
import { count } from './log-hitcounter-command.js';

type Options = CommonOptions &
  CountingOptions & {
    readonly cdnHostname: readonly string[];
    readonly bucket: string;
    readonly prefix: string;
    readonly endpoint?: string;
    readonly deleteCounted?: boolean;
  };

const HELP = `
Credentials and region come from the environment, as for every program of AWS. Without --cdn-hostname and
--delete-counted, the name of this host decides, as in the Python service: only the two backends of Fedora Copr delete.
A log is counted once, whether or not it is deleted.
  copr-aws-s3-hitcounter --dry-run --verbose
  copr-aws-s3-hitcounter --bucket my-logs --prefix cdn/ --cdn-hostname results.example.org --delete-counted
The log is hitcounter-s3.log in log_dir.
${EXIT_STATUS_HELP}`;

/** `copr-aws-s3-hitcounter`: counts downloads in CloudFront's logs (docs/neighbours/storage.md#hits). */
export function awsS3HitcounterCommand(): Command {
  return withDoubtful(withCommonOptions(new Command('copr-aws-s3-hitcounter')))
    .description("add the downloads in CloudFront's logs in S3 to the frontend's counters, and delete the logs")
    .option('--cdn-hostname <name>', 'name of the content network of this installation; may be repeated', collect, [])
    .option('--bucket <name>', 'bucket with the logs', 'fedora-copr')
    .option('--prefix <text>', 'beginning of their keys', 'cloudwatch/')
    .option('--endpoint <url>', 'another S3 than Amazon’s')
    .option('--delete-counted', 'delete each log once it is counted')
    .addHelpText('after', HELP)
    .action((options: Options) =>
      runCommandAction(options.debug === true, async () => {
        const config = readConfig(options.config);
        const own = ownContentNetwork(hostname());
        const { bucket, prefix, endpoint = null } = options;
        const hosts = new Set(options.cdnHostname.length === 0 ? own.hosts : options.cdnHostname);
        const deletes = options.deleteCounted === true || own.deletes;
        const logs = createBucketLogs({ bucket, prefix, endpoint, hosts, deletes });
        try {
          return await count(config, logs, { ...options, logName: 'hitcounter-s3.log' });
        } finally {
          logs.close();
        }
      }),
    );
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
