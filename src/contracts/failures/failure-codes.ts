/**
 * Every kind of failure as a stable string, grouped by who must act. Codes appear in `status`, in backend.log, in
 * metrics and in the operator's documentation; they are never renamed.
 */
export const FAILURES = {
  user: [
    'PackageFailed', // copr-rpmbuild ended without its success marker: read the build log
    'BuildTimedOut', // the build outlived its own limit and an hour more
    'Canceled', // somebody requested it
    'ProjectDeleted', // the project, or its chroot, was deleted while the work was under way
    'SourceMissing', // the project to copy has no results: nothing was made
    'BuildMissing', // a build to copy has no results in its project: the others were copied
    'ProjectRenamed', // the project has been renamed since: request it under the new name
    'RenameRefused', // the new name is taken, the old one has no files, or one of its repositories is held
    'UploadInvalid', // the file is neither a comps file nor a module document
    'PackageUnreadable', // createrepo_c cannot read a package of the build, or cannot express it in XML
    'PackageNameTooLong', // the name is longer than the 100 characters that the frontend stores
  ],
  builder: [
    'BuilderUnreachable', // ssh cannot connect
    'BuilderChanged', // the host key changed under the same ticket: not the machine we were given
    'BuilderLost', // Resalloc declared the builder dead
    'BuilderNotReady', // copr-rpmbuild is too old, or copr-builder-ready refused
    'BuilderStartFailed', // copr-rpmbuild did not start
    'TicketUnusable', // the ticket was closed, vanished or became unparsable before we got a builder
    'NoSuchPool', // Resalloc failed the ticket without a builder: no pool has all its tags
    'BuildersExhausted', // several builders failed in a row
    'LogBroken', // the log follower failed
    'DownloadFailed', // rsync failed
    'ResultsInvalid', // results.json is missing or wrong, or there are files that are not allowed
    'ResultsTooLarge', // the results are larger than results_max_bytes
  ],
  operator: [
    'ConfigurationInvalid', // the configuration cannot be used as it is
    'ResallocUnavailable', // Resalloc does not answer, or refuses
    'TicketClerkUnavailable', // the ticket clerk of this host cannot write tickets down: none is taken without that
    'TemporalUnavailable', // a message to a workflow did not get through
    'SignerUnavailable', // signd or the keygen service does not answer
    'SigningFailed', // the signer answered with an error
    'SignatureInvalid', // a signature from the signer does not verify
    'SigningKeyMissing', // the signer has no key for the project
    'SigningKeyExpired', // the key cannot sign anything until its term is extended
    'ContentNetworkFailed', // CloudFront could not be told to drop its copies
    'KeygenRefused', // the key service says that the request is wrong
    'ActionUnsupported', // this backend does not support this kind of action
    'PlanInvalid', // a prune plan is gone, has changed, or is not a plan
    'PlanTooLarge', // a prune plan removes more than prune_max_total allows
    'GenerationUnknown', // the repository keeps no such generation
    'GenerationIncomplete', // packages that the generation lists are gone
    'BackendDefect', // an unexpected error, after many attempts: report it with the worker's log
  ],
  frontend: [
    'FrontendUnavailable', // no answer, a 5xx, or a truncated or unreadable answer
    'FrontendRefused', // 4xx: the request or the password is wrong
    'FrontendTooOld', // its Copr-FE-BE-API-Version is lower than ours
    'TaskUnknown', // 404 or null: a task is offered without a record, so its chroot is inactive
    'TaskInvalid', // the record does not fit its schema
    'StartRefused', // the frontend answered can_start: false
  ],
  storage: [
    'StorageFailed', // disk full, permissions, a file that should be there
    'RepositoryFailed', // createrepo_c failed, or its output did not verify
  ],
} as const;

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

/**
 * Codes whose cause may go away by itself, or by an operator's action, while the same call is retried. All others are
 * final for the same request.
 */
const MAY_PASS: ReadonlySet<string> = new Set<FailureCode>([
  ...(['BuilderUnreachable', 'DownloadFailed'] as const),
  ...(['ConfigurationInvalid', 'ResallocUnavailable', 'TicketClerkUnavailable', 'TemporalUnavailable'] as const),
  ...(['SignerUnavailable', 'ContentNetworkFailed'] as const),
  ...(['FrontendUnavailable', 'FrontendTooOld'] as const),
  ...(['StorageFailed', 'RepositoryFailed', 'PackageUnreadable'] as const),
]);

/** Whether a call that failed with `code` may succeed later. A place that knows better overrides this and says why. */
export function isRetryable(code: FailureCode): boolean {
  return MAY_PASS.has(code);
}

/** Refusals that are resolved by requesting the project's key: it is created, or its term is extended. */
const KEY_REFUSALS: ReadonlySet<string> = new Set<FailureCode>(['SigningKeyMissing', 'SigningKeyExpired']);

/** True if the project's key was refused, whatever was to be signed; `ensureKey` resolves it. */
export function isKeyRefusal(code: string): boolean {
  return KEY_REFUSALS.has(code);
}

export type FailureGroup = keyof typeof FAILURES;
export type FailureCode = (typeof FAILURES)[FailureGroup][number];

const GROUP_OF = new Map<string, FailureGroup>(
  Object.entries(FAILURES).flatMap(([group, codes]) => codes.map((code) => [code, group as FailureGroup] as const)),
);

/** Who must act on `code`. */
export function failureGroup(code: FailureCode): FailureGroup {
  const group = GROUP_OF.get(code);
  if (group === undefined) throw new Error(`unknown failure code ${code}`);
  return group;
}

/** True for a string that is one of our codes (a failure's `type` may also be the name of a foreign error). */
export function isFailureCode(text: string | undefined | null): text is FailureCode {
  return text !== undefined && text !== null && GROUP_OF.has(text);
}

/** A failure as shown in `status` and in outcomes: one line for people. */
export type FailureFact = { readonly code: FailureCode; readonly message: string };
