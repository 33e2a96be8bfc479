import { readFileSync } from 'node:fs';
import { findingText, type Finding } from './finding.js';
import { inspectConfig, lineOf } from './inspect.js';
import type { Config } from './schema.js';

/** The configuration cannot be used; the message is a list of all reasons, readable as it is. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];
  readonly findings: readonly Finding[];

  constructor(file: string, findings: readonly Finding[], cause?: unknown) {
    const problems = findings.map(findingText);
    super(
      `${file} cannot be used:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
      cause ? { cause } : undefined,
    );
    this.problems = problems;
    this.findings = findings;
  }
}

export type LoadedConfig = {
  readonly config: Config;
  readonly warnings: readonly string[];
  /** The line of the file that sets a key; null if its default applies. */
  readonly lineOf: (name: keyof Config) => number | null;
};

/** Reads a configuration file. Throws ConfigError with everything that is wrong in it. */
export function loadConfig(file: string): LoadedConfig {
  return readConfig(readConfigText(file), file);
}

/** The text of a configuration file. Throws ConfigError if it cannot be read. */
export function readConfigText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const remedy = 'name another with --config, or make it readable for this user';
    const finding: Finding = { severity: 'error', line: null, section: null, key: null, value: null, message, remedy };
    throw new ConfigError(file, [finding], error);
  }
}

/** The same for a text that was already read; `file` is its name in messages. */
export function readConfig(text: string, file: string): LoadedConfig {
  const { findings, settings } = inspectConfig(text);
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new ConfigError(file, errors);
  const config = Object.freeze(Object.fromEntries(settings.map(({ name, value }) => [name, value]))) as Config;
  const lines = new Map(settings.map(({ name, source }) => [name, lineOf(source)]));
  return {
    config,
    warnings: findings.filter(({ severity }) => severity === 'warning').map(findingText),
    lineOf: (name) => lines.get(name) ?? null,
  };
}
