import type { Look } from '../../domain/dispatch/admission-recorder.js';

/** A record of what arrived, started and ended, where an operator wants one. Never rejects, never waits. */
export type AdmissionTrace = { readonly record: (look: Look) => void };
