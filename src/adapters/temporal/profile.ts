import { loadClientConnectConfig } from '@temporalio/envconfig';

/** Who names the namespace: our own configuration, the environment, the profile, or nobody. */
export type NamespaceSource = 'temporal_namespace' | 'TEMPORAL_NAMESPACE' | 'profile' | 'default';

type Environment = Readonly<Record<string, string | undefined>>;

/** Where Temporal is, as the SDK's client configuration says; the `TEMPORAL_*` environment wins, as everywhere. */
export type TemporalProfile = ReturnType<typeof loadClientConnectConfig> & {
  readonly namespace: string;
  readonly namespaceFrom: NamespaceSource;
};

/**
 * Reads a client profile (`temporal_profile`): from `file`, or from the SDK's usual places when that is null.
 * `namespace` counts before the profile's; null: the configuration names none. Workers and commands both read it here, so
 * that they work in the same namespace. A file or profile that was named must be there; without any, the environment and
 * the SDK's defaults say where Temporal is. Throws the SDK's own error otherwise.
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
    // Of a profile that is named the SDK says that it is missing; `default` in its own file is what nobody named.
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

/** The address a profile leads to, for messages. */
export function profileAddress(profile: TemporalProfile): string {
  return profile.connectionOptions.address ?? 'localhost:7233';
}
