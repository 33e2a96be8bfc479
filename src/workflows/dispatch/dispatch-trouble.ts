import { log } from '@temporalio/workflow';
import type { AdmissionStatus } from '../../contracts/dispatch/dispatch.js';
import type { FailureFact } from '../../contracts/failures/failure-codes.js';
import { workflowTime } from '../clock.js';
import { failureFact } from '../failure-facts.js';

type Trouble = NonNullable<AdmissionStatus['lastFailure']>;

/** The work that a dispatcher cannot do at the moment, and why; each entry stays until the dispatcher could do it. */
export class DispatchTrouble {
  readonly #troubles = new Map<string, Trouble>();

  /** `subject` distinguishes several things of one kind. */
  note(what: Trouble['what'], error: unknown, subject = ''): void {
    this.noteFact(what, failureFact(error), subject);
  }

  noteFact(what: Trouble['what'], failure: FailureFact, subject = ''): void {
    const trouble = { what, ...failure, at: workflowTime() };
    this.#troubles.set(`${what} ${subject}`, trouble);
    log.error('a dispatcher cannot do its work', { subject, ...trouble });
  }

  over(what: Trouble['what'], subject = ''): void {
    this.#troubles.delete(`${what} ${subject}`);
  }

  /** A frontend that cannot be reached comes first: everything else waits for it too. */
  get last(): Trouble | null {
    return this.#troubles.get('poll ') ?? [...this.#troubles.values()].at(-1) ?? null;
  }
}
