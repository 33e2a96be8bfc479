import { absenceOf, packageOf } from '../../adapters/process/program-not-started.js';
import { programOnPath } from '../../adapters/process/program-on-path.js';
import { runCommand } from '../../adapters/process/run-command.js';
import { optionalPrograms, requiredPrograms } from '../../domain/service/programs.js';
import { findingsOfPrograms } from '../config/program-findings.js';
import { failed, ok, warning, type Check, type Verdict } from './check.js';
import type { ExaminedHost } from './examined-host.js';

/** Programs that do not answer `--version`. */
const VERSION_OPTION: Readonly<Record<string, string>> = { ssh: '-V' };

/** The programs that a worker of the host's role runs: present, their versions, and what is known against these. */
export function programsCheck({ config, settings, role, silenceMs }: ExaminedHost): Check {
  return {
    about: 'programs',
    ifSilent: 'a program of docs/operations.md#requirements does not end when asked for its version: try each by hand',
    run: async (signal) => {
      const required = requiredPrograms(role, config).map((program) => ({ program, without: null }));
      const all = await Promise.all(
        [...required, ...optionalPrograms(role, config)].map((one) => verdictOn(one, { signal, silenceMs })),
      );
      const findings = await findingsOfPrograms(settings);
      return [
        ...all,
        ...findings.map(({ severity, message, remedy }) =>
          (severity === 'error' ? failed : warning)('programs', message, remedy ?? 'docs/operations.md#requirements'),
        ),
      ];
    },
  };
}

async function verdictOn(
  { program, without }: { readonly program: string; readonly without: string | null },
  { signal, silenceMs }: { readonly signal: AbortSignal; readonly silenceMs: number },
): Promise<Verdict> {
  const about = `program ${program}`;
  if ((await programOnPath(program)) === null) {
    const remedy = `dnf install ${packageOf(program)} (names of Fedora; \`docs/operations.md#requirements\`)`;
    return without === null ? failed(about, await absenceOf(program), remedy) : warning(about, without, remedy);
  }
  const asked = await runCommand(program, [VERSION_OPTION[program] ?? '--version'], { timeoutMs: silenceMs, signal });
  const version = /\d+(?:\.\d+)+\S*/.exec(`${asked.stdout} ${asked.stderr}`)?.[0];
  return ok(about, version?.replace(/[,;)]+$/, '') ?? 'its version is not known');
}
