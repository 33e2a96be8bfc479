import { loadClientConnectConfig } from '@temporalio/envconfig';

/** Source of the namespace: our own configuration, the environment, the profile, or none. */
export type NamespaceSource = 'temporal_namespace' | 'TEMPORAL_NAMESPACE' | 'profile' | 'default';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The connection to Temporal from the SDK's client configuration; the `TEMPORAL_*` environment takes precedence, as
 * usual.
 */
export type TemporalProfile = ReturnType<typeof loadClientConnectConfig> & {
  readonly namespace: string;
  readonly namespaceFrom: NamespaceSource;
};

/**
 * Reads a client profile (`temporal_profile`): from `file`, or from the SDK's usual places if that is null. `namespace`
 * takes precedence over the profile's; null: the configuration names none. Workers and commands both read it here, so
 * that they use the same namespace. A named file or profile must exist; without one, the environment and the SDK's
 * defaults apply. Throws the SDK's own error otherwise.
 */
export function readTemporalProfile(
  place: {
    readonly file: string | null;
    readonly profile: string;
    readonly namespace: string | null;
  },
  env: Environment = process.env,
): TemporalProfile {
  const { file, profile } = place;
  const loaded = loadClientConnectConfig({
    // The SDK reports a missing profile if it was named; nobody named `default` in the SDK's own file.
    ...(file === null && profile === 'default' ? {} : { profile }),
    ...(file === null ? {} : { configSource: { path: file } }),
    overrideEnvVars: withValues(env),
  });
  if (place.namespace !== null) return { ...loaded, namespace: place.namespace, namespaceFrom: 'temporal_namespace' };
  if (loaded.namespace === undefined || loaded.namespace === '')
    return { ...loaded, namespace: 'default', namespaceFrom: 'default' };
  const namespaceFrom = env['TEMPORAL_NAMESPACE'] === undefined ? 'profile' : 'TEMPORAL_NAMESPACE';
  return { ...loaded, namespace: loaded.namespace, namespaceFrom };
}

function withValues(env: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/** The address in a profile, for messages. */
export function profileAddress(profile: TemporalProfile): string {
  return profile.connectionOptions.address ?? 'localhost:7233';
}
