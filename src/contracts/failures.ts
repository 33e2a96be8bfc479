/**
 * Every way something refuses, as a stable string, grouped by who must act. Codes appear in `status`, in backend.log,
 * in metrics and in the operator's documentation; they are never renamed.
 */
export const FAILURES = {
  user: [
    'PackageFailed', // copr-rpmbuild ended without its success marker: read the build log
    'BuildTimedOut', // the build outlived its own limit and an hour more
    'Canceled', // somebody asked for it
    'ProjectDeleted', // the project, or its chroot, was deleted while the work was under way
    'SourceMissing', // a project without results that shall be copied: nothing was made
    'BuildMissing', // a build that shall be copied has no results in its project: the others were copied
    'ProjectRenamed', // the project has another name since: ask for it under that one
    'RenameRefused', // the new name is taken, there is nothing of the old one, or a repository of it is held
    'UploadInvalid', // a file that is neither a comps file nor a module's document
    'PackageUnreadable', // createrepo_c cannot read a package of the build, or say it in XML
    'PackageNameTooLong', // the frontend stores 100 characters
  ],
  builder: [
    'BuilderUnreachable', // ssh does not get through
    'BuilderChanged', // another host key under the same ticket: not the machine we were given
    'BuilderLost', // Resalloc declared it dead
    'BuilderNotReady', // copr-rpmbuild too old, or copr-builder-ready refused
    'BuilderStartFailed', // copr-rpmbuild did not start
    'TicketUnusable', // closed, vanished or unparsable before we got a builder
    'NoSuchPool', // Resalloc failed the ticket without a builder: no pool has all its tags
    'BuildersExhausted', // several builders failed in a row
    'LogBroken', // the log follower ended in error
    'DownloadFailed', // rsync failed
    'ResultsInvalid', // results.json missing or wrong, or files that may not come along
    'ResultsTooLarge', // above results_max_bytes
  ],
  operator: [
    'ConfigurationInvalid', // the configuration cannot be used as it is
    'ResallocUnavailable', // Resalloc does not answer, or refuses
    'TicketClerkUnavailable', // what notes tickets on this host cannot: none is taken without a note
    'TemporalUnavailable', // a message to a workflow did not get through
    'SignerUnavailable', // signd or the keygen service does not answer
    'SigningFailed', // the signer answered with an error
    'SignatureInvalid', // what came back from the signer does not verify
    'SigningKeyMissing', // the signer has no key of the project
    'SigningKeyExpired', // nothing is signed with it until its term is longer
    'ContentNetworkFailed', // CloudFront was not told to forget its copies
    'KeygenRefused', // the key service says that the request is wrong
    'ActionUnsupported', // an action of a kind that is not carried out here
    'PlanInvalid', // a prune plan is gone, changed, or not a plan
    'PlanTooLarge', // a prune plan takes more than prune_max_total allows
    'GenerationUnknown', // the repository keeps no such generation
    'GenerationIncomplete', // packages that the generation names are gone
    'BackendDefect', // an unexpected error, after many attempts: report it with the worker's log
  ],
  frontend: [
    'FrontendUnavailable', // no answer, 5xx, a truncated or unreadable one
    'FrontendRefused', // 4xx: the request or the password is wrong
    'FrontendTooOld', // Copr-FE-BE-API-Version below what we speak
    'TaskUnknown', // 404 or null: a task is offered without a record, so its chroot is inactive
    'TaskInvalid', // a record that does not fit its schema
    'StartRefused', // can_start: false
  ],
  storage: [
    'StorageFailed', // disk full, permissions, a file that should be there
    'RepositoryFailed', // createrepo_c failed, or what it made did not verify
  ],
} as const;

/** What speaks against the machine and not against the package: the build moves on, the machine is avoided for a time. */
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
 * Codes whose cause may go by itself, or by an operator's hand, while the same call is tried again. All others stand
 * until somebody asks for something else.
 */
const MAY_PASS: ReadonlySet<string> = new Set<FailureCode>([
  ...(['BuilderUnreachable', 'DownloadFailed'] as const),
  ...(['ConfigurationInvalid', 'ResallocUnavailable', 'TicketClerkUnavailable', 'TemporalUnavailable'] as const),
  ...(['SignerUnavailable', 'ContentNetworkFailed'] as const),
  ...(['FrontendUnavailable', 'FrontendTooOld'] as const),
  ...(['StorageFailed', 'RepositoryFailed', 'PackageUnreadable'] as const),
]);

/** Whether a call that was refused with `code` may go through later; a place that knows better says so, and why. */
export function isRetryable(code: FailureCode): boolean {
  return MAY_PASS.has(code);
}

/** Refusals that are answered by asking for the project's key: it is made, or given another term. */
const KEY_REFUSALS: ReadonlySet<string> = new Set<FailureCode>(['SigningKeyMissing', 'SigningKeyExpired']);

/** True where the project's key is what is refused, whatever was to be signed: `ensureKey` answers it. */
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

/** True for a string that is one of our codes (a failure's `type` may also be a foreign error's name). */
export function isFailureCode(text: string | undefined | null): text is FailureCode {
  return text !== undefined && text !== null && GROUP_OF.has(text);
}

/** A failure as it stands in `status` and in outcomes: one line a person can read. */
export type FailureFact = { readonly code: FailureCode; readonly message: string };
