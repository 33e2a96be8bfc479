/** Why a workflow cannot be started, signalled or queried; the command line has an exit status for each. */
export type StarterFailureReason =
  | 'configuration'
  | 'temporalUnreachable'
  /** The workflow is not known to Temporal: never started here, or ended longer ago than the namespace keeps. */
  | 'notFound'
  /** It exists, but no worker answers for it. */
  | 'noAnswer'
  | 'alreadyRunning'
  | 'alreadyEnded'
  /** It would leave work without a worker. */
  | 'wouldStrand'
  /** It was terminated, or ended otherwise before its work was done. */
  | 'endedEarly';

/** A foreseen failure; the message says what to do. */
export class StarterFailure extends Error {
  readonly reason: StarterFailureReason;

  constructor(reason: StarterFailureReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StarterFailure';
    this.reason = reason;
  }
}
