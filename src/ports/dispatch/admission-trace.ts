import type { Look } from '../../domain/dispatch/admission-recorder.js';

/** A record of arrivals, starts and ends, if an operator wants one. Never rejects, never waits. */
export type AdmissionTrace = { readonly record: (look: Look) => void };
