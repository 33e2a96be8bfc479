import type { PackageManager, SystemProgram } from './system-programs.mjs';

export function findProgram(name: string, path?: string): string | null;
export function missingPrograms(programs: readonly SystemProgram[], path?: string): readonly SystemProgram[];
export function provisionPlan(
  missing: readonly SystemProgram[],
  machine: { readonly manager: PackageManager | null; readonly isRoot: boolean },
): { readonly head: string; readonly line: string | null };
