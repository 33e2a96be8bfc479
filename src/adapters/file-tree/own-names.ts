/**
 * Names in a result directory that belong to the backend. A builder's file with such a name is not delivered, and the
 * existing file survives a delivery.
 */
export const BACKEND_LOG = 'backend.log';
export const LIVE_LOG = 'builder-live.log';
export const BUILD_INFO = 'build.info';
export const BACKUP = 'prev_build_backup';
/** The run that the directory was prepared for. */
export const RUN_MARKER = '.run';
/** Token of the follower that may write the live log. */
export const FOLLOWER = '.follower';
/** Names the staging directory with everything that a builder sent. */
export const DOWNLOADED = '.downloaded';
/** Lists the delivery of a staging directory, so that it can be finished after a crash. */
export const DELIVERED = '.delivered';
/** The packages that the build gave to Pulp. */
export const PULP_PACKAGES = 'pulp-packages.json';

/** Name of the file with rsync's output for a build's download. */
export function rsyncLogName(buildId: number): string {
  return `build-${String(buildId).padStart(8, '0')}.rsync.log`;
}

const OWN = new Set([
  BACKEND_LOG,
  `${BACKEND_LOG}.gz`,
  LIVE_LOG,
  `${LIVE_LOG}.gz`,
  BUILD_INFO,
  BACKUP,
  RUN_MARKER,
  FOLLOWER,
  DOWNLOADED,
  DELIVERED,
  PULP_PACKAGES,
]);

/** True for a name that no builder may deliver. */
export function isOwnName(name: string): boolean {
  return OWN.has(name) || /^build-\d{8,}\.rsync\.log$/.test(name);
}
