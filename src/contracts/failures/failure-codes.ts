/**
 * Who must act on a failure: the author of the package, the operators of the builders or of this backend, the frontend
 * or the storage.
 */
export type FailureActor = 'user' | 'builder' | 'operator' | 'frontend' | 'storage';

type Failure = {
  readonly actor: FailureActor;
  /** In one line, for the operator's documentation. */
  readonly meaning: string;
  /**
   * The cause may pass by itself, or through an operator, while the same call is retried. Without this flag a failure
   * stays until somebody requests something else.
   */
  readonly mayPass?: true;
};

/**
 * Every way something refuses, as a stable string. Codes appear in `status`, in backend.log, in metrics and in the
 * operator's documentation; they are never renamed.
 */
export const FAILURES = {
  PackageFailed: { actor: 'user', meaning: 'copr-rpmbuild ended without its success marker: read the build log' },
  BuildTimedOut: { actor: 'user', meaning: 'the build outlived its own limit and an hour more' },
  Canceled: { actor: 'user', meaning: 'somebody requested it' },
  ProjectDeleted: { actor: 'user', meaning: 'the project, or its chroot, was deleted while the work was under way' },
  SourceMissing: { actor: 'user', meaning: 'the project to copy has no results: nothing was made' },
  BuildMissing: { actor: 'user', meaning: 'a build to copy has no results in its project: the others were copied' },
  ProjectRenamed: { actor: 'user', meaning: 'the project has been renamed since: request it under the new name' },
  RenameRefused: {
    actor: 'user',
    meaning: 'the new name is taken, the old one has no files, or one of its repositories is held',
  },
  UploadInvalid: { actor: 'user', meaning: 'the file is neither a comps file nor a module document' },
  PackageUnreadable: {
    actor: 'user',
    meaning: 'createrepo_c cannot read a package of the build, or cannot express it in XML',
    mayPass: true,
  },
  PackageNameTooLong: { actor: 'user', meaning: 'the name is longer than the 100 characters that the frontend stores' },
  BuilderUnreachable: { actor: 'builder', meaning: 'ssh cannot connect', mayPass: true },
  BuilderChanged: {
    actor: 'builder',
    meaning: 'the host key changed under the same ticket: not the machine we were given',
  },
  BuilderLost: { actor: 'builder', meaning: 'Resalloc declared the builder dead' },
  BuilderNotReady: { actor: 'builder', meaning: 'copr-rpmbuild is too old, or copr-builder-ready refused' },
  BuilderStartFailed: { actor: 'builder', meaning: 'copr-rpmbuild did not start' },
  TicketUnusable: {
    actor: 'builder',
    meaning: 'the ticket was closed, vanished or became unparsable before we got a builder',
  },
  NoSuchPool: { actor: 'builder', meaning: 'Resalloc failed the ticket without a builder: no pool has all its tags' },
  BuildersExhausted: { actor: 'builder', meaning: 'several builders failed in a row' },
  LogBroken: { actor: 'builder', meaning: 'the log follower failed' },
  DownloadFailed: { actor: 'builder', meaning: 'rsync failed', mayPass: true },
  ResultsInvalid: {
    actor: 'builder',
    meaning: 'results.json is missing or wrong, or there are files that are not allowed',
  },
  ResultsTooLarge: { actor: 'builder', meaning: 'the results are larger than results_max_bytes' },
  ConfigurationInvalid: { actor: 'operator', meaning: 'the configuration cannot be used as it is', mayPass: true },
  PulpUnconfigured: {
    actor: 'operator',
    meaning: 'a project has its packages at Pulp, and this worker has no Pulp configured: the work waits for that',
    mayPass: true,
  },
  StorageMoveRefused: {
    actor: 'operator',
    meaning: 'a project cannot move to Pulp as it is, or is no longer there: the message says what is in the way',
  },
  ResallocUnavailable: { actor: 'operator', meaning: 'Resalloc does not answer, or refuses', mayPass: true },
  TicketClerkUnavailable: {
    actor: 'operator',
    meaning: 'the ticket clerk of this host cannot write tickets down: none is taken without that',
    mayPass: true,
  },
  TemporalUnavailable: { actor: 'operator', meaning: 'a message to a workflow did not get through', mayPass: true },
  SignerUnavailable: { actor: 'operator', meaning: 'signd or the keygen service does not answer', mayPass: true },
  SigningFailed: { actor: 'operator', meaning: 'the signer answered with an error' },
  SignatureInvalid: { actor: 'operator', meaning: 'a signature from the signer does not verify' },
  SigningKeyMissing: { actor: 'operator', meaning: 'the signer has no key for the project' },
  SigningKeyExpired: { actor: 'operator', meaning: 'the key cannot sign anything until its term is extended' },
  ContentNetworkFailed: {
    actor: 'operator',
    meaning: 'CloudFront could not be told to drop its copies',
    mayPass: true,
  },
  KeygenRefused: { actor: 'operator', meaning: 'the key service says that the request is wrong' },
  ActionUnsupported: { actor: 'operator', meaning: 'this backend does not support this kind of action' },
  PlanInvalid: { actor: 'operator', meaning: 'a prune plan is gone, has changed, or is not a plan' },
  PlanTooLarge: { actor: 'operator', meaning: 'a prune plan removes more than prune_max_total allows' },
  JobUnknown: {
    actor: 'operator',
    meaning: 'a worker has no such maintenance job: its version or configuration differs from that of the poller',
  },
  GenerationUnknown: { actor: 'operator', meaning: 'the repository keeps no such generation' },
  GenerationIncomplete: { actor: 'operator', meaning: 'packages that the generation lists are gone' },
  BackendDefect: {
    actor: 'operator',
    meaning: "an unexpected error, after many attempts: report it with the worker's log",
  },
  FrontendUnavailable: {
    actor: 'frontend',
    meaning: 'no answer, a 5xx, or a truncated or unreadable answer',
    mayPass: true,
  },
  FrontendRefused: { actor: 'frontend', meaning: '4xx: the request or the password is wrong' },
  FrontendTooOld: { actor: 'frontend', meaning: 'its Copr-FE-BE-API-Version is lower than ours', mayPass: true },
  TaskUnknown: {
    actor: 'frontend',
    meaning: '404 or null: a task is offered without a record, so its chroot is inactive',
  },
  TaskInvalid: { actor: 'frontend', meaning: 'the record does not fit its schema' },
  StartRefused: { actor: 'frontend', meaning: 'the frontend answered can_start: false' },
  StorageFailed: { actor: 'storage', meaning: 'disk full, permissions, a file that should be there', mayPass: true },
  RepositoryFailed: { actor: 'storage', meaning: 'createrepo_c failed, or its output did not verify', mayPass: true },
  PulpUnavailable: {
    actor: 'storage',
    meaning: 'Pulp does not answer, or it answers with a 5xx while its own status is bad',
    mayPass: true,
  },
  PulpRefused: {
    actor: 'storage',
    meaning: 'Pulp refuses a request, or fails at it while its own status is good: asking again changes nothing',
  },
  StorageMoveIncomplete: {
    actor: 'storage',
    meaning: 'the tree lists packages that are not at Pulp yet: the move of the project brings them, and looks again',
  },
  PulpTaskFailed: {
    actor: 'storage',
    meaning: 'a task of Pulp failed, or did not do what it was submitted for: it is submitted again',
    mayPass: true,
  },
} as const satisfies Readonly<Record<string, Failure>>;

export type FailureCode = keyof typeof FAILURES;

/**
 * Failures that blame the machine, not the package: the build moves to another machine, and this one is avoided for a
 * time.
 */
export const MACHINE_FAILURES: readonly FailureCode[] = [
  'BuilderUnreachable',
  'BuilderChanged',
  'BuilderLost',
  'BuilderNotReady',
  'BuilderStartFailed',
  'LogBroken',
  'DownloadFailed',
];

/** Whether a call that failed with `code` may succeed later. A place that knows better overrides this and says why. */
export function isRetryable(code: FailureCode): boolean {
  const failure: Failure = FAILURES[code];
  return failure.mayPass === true;
}

/** Refusals that are resolved by requesting the project's key: it is created, or its term is extended. */
const KEY_REFUSALS: ReadonlySet<string> = new Set<FailureCode>(['SigningKeyMissing', 'SigningKeyExpired']);

/** True if the project's key was refused, whatever was to be signed; `ensureKey` resolves it. */
export function isKeyRefusal(code: string): boolean {
  return KEY_REFUSALS.has(code);
}

/** Who must act on `code`. */
export function failureActor(code: FailureCode): FailureActor {
  return FAILURES[code].actor;
}

/** True for a string that is one of our codes (a failure's `type` may also be the name of a foreign error). */
export function isFailureCode(text: string | undefined | null): text is FailureCode {
  return text !== undefined && text !== null && Object.hasOwn(FAILURES, text);
}

/** A failure as shown in `status` and in outcomes: one line for people. */
export type FailureFact = { readonly code: FailureCode; readonly message: string };
