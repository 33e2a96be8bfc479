import type { InForm } from '../contracts/inputs.js';
import type { MovingType } from '../contracts/workflows.js';

/**
 * The forms in which a version of the workers knows what a long-lived workflow passes on to its next run. The next run
 * may belong to the version before or after this one (decision 0085).
 */
type Forms = {
  /** The form in which this version passes it on. */
  readonly writes: number;
  /** The latest form that this version reads; it reads all earlier ones, too. */
  readonly reads: number;
};

/** An input without the field has this form. */
const FIRST = 1;
const SINCE_THE_FIRST: Forms = { writes: FIRST, reads: FIRST };

/**
 * A change that an earlier version would misread, or whose loss would matter, is a new form. `reads` is raised in one
 * release and `writes` in a later one, so that the version before always reads what this one has passed on. A field that
 * may be absent, and may be lost on the way through an earlier version, needs no new form.
 */
export const CARRIED_FORMS: Readonly<Record<MovingType, Forms>> = {
  actionDispatcher: SINCE_THE_FIRST,
  buildDispatcher: SINCE_THE_FIRST,
  changeStorage: SINCE_THE_FIRST,
  emptyTrash: SINCE_THE_FIRST,
  project: SINCE_THE_FIRST,
  pruneResults: SINCE_THE_FIRST,
  repository: SINCE_THE_FIRST,
  resign: SINCE_THE_FIRST,
};

/**
 * A state of a later version. It fails the workflow task and not the workflow: nothing of it has been touched, and it goes
 * on once a version that reads it is current.
 */
export class LaterForm extends Error {
  override readonly name = 'LaterForm';
}

/** Throws LaterForm for an input that this version would misread; before anything else reads it. */
export function refuseLaterForm(
  type: MovingType,
  { form = FIRST }: InForm,
  { reads }: Forms = CARRIED_FORMS[type],
): void {
  if (form <= reads) return;
  throw new LaterForm(
    `what this ${type} was handed has form ${form}, and this version of the workers reads forms up to ${reads}: it ` +
      'waits untouched until a version that reads it is current (copr-backend deploy current)',
  );
}

/** The input of a next run, with the form in which this version passes it on. */
export function inWrittenForm<T extends object>(
  type: MovingType,
  input: T,
  { writes }: Forms = CARRIED_FORMS[type],
): T {
  return { ...input, form: writes === FIRST ? undefined : writes };
}
