/** `[epoch:]version-release`; an epoch of 0 is printed, as it was given (builds.md §12). */
export function formatEvr(evr: {
  readonly epoch: number | null;
  readonly version: string;
  readonly release: string;
}): string {
  return `${evr.epoch === null ? '' : `${evr.epoch}:`}${evr.version}-${evr.release}`;
}
