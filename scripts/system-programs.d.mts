export type PackageManager = 'apt' | 'dnf';
export type SystemProgram = {
  readonly name: string;
  readonly why: string;
  readonly apt: readonly string[];
  readonly dnf: readonly string[];
  readonly tests?: boolean;
  readonly drills?: boolean;
};

export const SYSTEM_PROGRAMS: readonly SystemProgram[];
export function programsFor(purpose: 'playground' | 'drills' | 'tests'): readonly SystemProgram[];
export function packageManagerOf(osRelease: string): PackageManager | null;
export function packagesOf(programs: readonly SystemProgram[], manager: PackageManager): readonly string[];
export function installCommands(packages: readonly string[], manager: PackageManager): readonly (readonly string[])[];
export function pasteLine(packages: readonly string[], manager: PackageManager, isRoot: boolean): string;
