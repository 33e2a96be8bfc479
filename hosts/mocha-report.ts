import type { CommandResult } from '../src/adapters/process/run-command.js';
import type { BatchResult } from './protocol.js';

/** The parts of mocha's JSON that are read. */
type Report = {
  readonly stats: { readonly passes: number; readonly failures: number; readonly pending: number };
  readonly failures: readonly { readonly fullTitle: string; readonly err: { readonly message?: string } }[];
};

const MAX_MESSAGE = 2000;

/**
 * The result of a mocha run, from its report. A run without a report, or one that ended badly although no test failed,
 * counts as a failure: its files could not be loaded, or it was killed.
 */
export function resultOf(report: string | null, run: Pick<CommandResult, 'code' | 'summary' | 'stderr'>): BatchResult {
  const read = report === null ? null : parsed(report);
  if (read === null || (run.code !== 0 && read.stats.failures === 0)) {
    const message = short([run.summary, run.stderr.trim()].join('\n'));
    const stats = read?.stats ?? { passes: 0, pending: 0 };
    return { passed: stats.passes, failed: 1, skipped: stats.pending, failures: [{ title: 'mocha', message }] };
  }
  return {
    passed: read.stats.passes,
    failed: read.stats.failures,
    skipped: read.stats.pending,
    failures: read.failures.map(({ fullTitle, err }) => ({ title: fullTitle, message: short(err.message ?? '') })),
  };
}

function parsed(report: string): Report | null {
  try {
    return JSON.parse(report) as Report;
  } catch {
    return null; // mocha ended while writing
  }
}

function short(text: string): string {
  return text.length <= MAX_MESSAGE ? text : `${text.slice(0, MAX_MESSAGE)}…`;
}
