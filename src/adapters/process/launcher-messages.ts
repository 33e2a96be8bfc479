import type { ProgramEnd, ProgramRun } from './program-run.js';

/** From a process to its launcher; The sender chooses `id`, and uses none twice. */
export type ToLauncher =
  | { readonly kind: 'run'; readonly id: number; readonly run: ProgramRun }
  | { readonly kind: 'cancel'; readonly id: number };

/** The messages of a launcher about a run: that its program was started, then always how it ended. */
export type FromLauncher =
  | { readonly kind: 'started'; readonly id: number; readonly pid: number }
  | { readonly kind: 'ended'; readonly id: number; readonly end: ProgramEnd };
