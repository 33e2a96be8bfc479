import type { ProgramEnd, ProgramRun } from './program-run.js';

/** From a process to its launcher; `id` is of the sender's choice, and never used twice. */
export type ToLauncher =
  | { readonly kind: 'run'; readonly id: number; readonly run: ProgramRun }
  | { readonly kind: 'cancel'; readonly id: number };

/** A launcher's answer to a run, one for each. */
export type FromLauncher = { readonly id: number; readonly end: ProgramEnd };
