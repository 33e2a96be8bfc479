/**
 * The worker deployment that all workers of this service belong to, one per namespace. Temporal allows no dot in it.
 */
export const DEPLOYMENT_NAME = 'copr-backend';

/** The form of a build id: it is used in queries and in the names of units. */
export const BUILD_ID = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,127}$/;

/**
 * The id of one build of the workers: the version of the package and the beginning of the workflow bundle's digest, so
 * that two bundles which may command differently never share one.
 *
 * @param digest of the bundle, in hex
 */
export function buildIdOf({ version, digest }: { readonly version: string; readonly digest: string }): string {
  return `${version}-${digest.slice(0, 12)}`;
}
