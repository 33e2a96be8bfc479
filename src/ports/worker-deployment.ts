/** Where a version is in its life (Temporal's worker versioning). */
export type VersionState = 'current' | 'ramping' | 'draining' | 'drained' | 'inactive';

export type DeployedVersion = {
  readonly build: string;
  /** `inactive`: it has had workers, and nothing was ever sent to it. `draining`: workflows that began on it are open. */
  readonly state: VersionState;
  /** When it came to this state, ISO 8601; of an inactive one, when its first worker came. */
  readonly since: string;
};

/** The worker deployment as the server knows it. */
export type Deployment = {
  /** The build that new workflows begin on; null: on workers without versions. */
  readonly current: string | null;
  /** A build that gets a part of the new workflows. */
  readonly ramping: { readonly build: string; readonly percent: number } | null;
  /** Newest first. */
  readonly versions: readonly DeployedVersion[];
  /** Of the state that was read: a change that names it fails if somebody else has changed the deployment since. */
  readonly token: Uint8Array;
};

/** Whether new workflows begin on a build, in full or in part. */
export function takesNew({ current, ramping }: Deployment, build: string): boolean {
  return current === build || ramping?.build === build;
}
