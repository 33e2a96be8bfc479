/**
 * The builds that have not ended, whatever they wait for. Maintenance leaves their directories alone. Rejects with the
 * client's error if that is not known: then nothing may be touched.
 */
export type BuildsUnderWay = { readonly buildIds: () => Promise<ReadonlySet<number>> };
