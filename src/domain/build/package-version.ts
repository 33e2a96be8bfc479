/** The parts of a package's version that are known before it is built. */
export type EpochAndVersion = { readonly epoch: number; readonly version: string };

/** Reads `[EPOCH:]VERSION[-RELEASE]`. An epoch that is not a number counts as 0; without a version, it is `0`. */
export function epochAndVersion(text: string | null): EpochAndVersion {
  if (text === null || text === '') return { epoch: 0, version: '0' };
  const colon = text.indexOf(':');
  const epoch = text.slice(0, Math.max(colon, 0));
  const [version = ''] = text.slice(colon + 1).split('-');
  return { epoch: /^\d{1,9}$/.test(epoch) ? Number(epoch) : 0, version: version === '' ? '0' : version };
}
