import { loadClientConnectConfig } from '@temporalio/envconfig';

/** Where Temporal is, as the SDK's client configuration says; the `TEMPORAL_*` environment wins, as everywhere. */
export type TemporalProfile = ReturnType<typeof loadClientConnectConfig> & { readonly namespace: string };

/**
 * Reads a client profile (`temporal_profile`): from `file`, or from the SDK's usual places when that is null.
 * `namespace` overrides what the profile says. Throws the SDK's own error for a file that cannot be read.
 */
export function readTemporalProfile(place: {
  readonly file: string | null;
  readonly profile: string;
  readonly namespace: string;
}): TemporalProfile {
  const loaded = loadClientConnectConfig({
    profile: place.profile,
    ...(place.file === null ? {} : { configSource: { path: place.file } }),
  });
  return { ...loaded, namespace: place.namespace };
}

/** The address a profile leads to, for messages. */
export function profileAddress(profile: TemporalProfile): string {
  return profile.connectionOptions.address ?? 'localhost:7233';
}
