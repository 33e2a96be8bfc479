const PRODUCTION = ['download.copr.fedorainfracloud.org', 'd1nld9ovj32u75.cloudfront.net'];
const DEVELOPMENT = ['download.copr-dev.fedorainfracloud.org', 'd1p7mxc66bhrst.cloudfront.net'];

/** The content network of a backend of Fedora Copr, by the host's own name (docs/neighbours/storage.md#hits). */
export function ownContentNetwork(hostname: string): {
  readonly hosts: readonly string[];
  /** Only the backends themselves delete what they have counted. */
  readonly deletes: boolean;
} {
  return {
    hosts: hostname.startsWith('copr-be-dev') ? DEVELOPMENT : PRODUCTION,
    deletes: hostname === 'copr-be.aws.fedoraproject.org' || hostname === 'copr-be-dev.aws.fedoraproject.org',
  };
}
