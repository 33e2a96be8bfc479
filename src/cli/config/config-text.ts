import { isDeepStrictEqual } from 'node:util';
import { findingText, type Finding } from '../../config/finding.js';
import type { Inspection, Setting, Source } from '../../config/inspect.js';
import { shownValue } from '../../config/shown-value.js';
import { tableLines } from '../build/status-text.js';

/** A file that was read, and its name. */
export type InspectedFile = { readonly file: string; readonly why: string | null; readonly inspection: Inspection };

/** One key that two files do not agree on. */
export type Difference = { readonly here: Setting; readonly there: Setting };

const LABELS = { error: '', warning: 'warning: ', note: 'note: ' } as const;

/** The output of `config check`. */
export function checkLines(file: string, findings: readonly Finding[]): readonly string[] {
  const counts = (['error', 'warning', 'note'] as const).flatMap((severity) => {
    const number = findings.filter((finding) => finding.severity === severity).length;
    return number === 0 ? [] : [`${number} ${severity}${number === 1 ? '' : 's'}`];
  });
  return [
    `${file} ${isUsable(findings) ? 'can' : 'cannot'} be used${counts.length === 0 ? '' : `: ${counts.join(', ')}`}`,
    ...findings.map((finding) => `  ${LABELS[finding.severity]}${findingText(finding)}`),
  ];
}

export function isUsable(findings: readonly Finding[]): boolean {
  return findings.every(({ severity }) => severity !== 'error');
}

/** The output of `config show`. */
export function showLines({ file, why, inspection }: InspectedFile, settings: readonly Setting[]): readonly string[] {
  const sections = [...new Set(settings.map(({ option }) => option.section))];
  const rows = settings.map((setting): readonly string[] => [
    setting.option.key,
    textOf(setting, inspection),
    sourceText(setting.source),
  ]);
  const lines = tableLines(rows);
  return [
    `${file}${why === null ? '' : ` (${why})`}`,
    ...sections.flatMap((section) => [
      '',
      `[${section}]`,
      ...lines.filter((_, index) => settings[index]?.option.section === section),
    ]),
  ];
}

/** A setting for programs: values with their types. */
export function settingAsJson(setting: Setting, inspection: Inspection): object {
  const { option, source } = setting;
  return {
    section: option.section,
    key: option.key,
    value: plainValue(setting, inspection),
    source: sourceAsJson(source),
  };
}

function plainValue({ option, value }: Setting, { mask }: Inspection): unknown {
  if (option.isSecret === true || option.type === 'profile' || value === '') return shownValue(option, value);
  return typeof value === 'string' ? mask(value) : value;
}

/** Keys whose effective values differ, regardless of their place and spelling in the files. */
export function findDifferences(here: Inspection, there: Inspection): readonly Difference[] {
  return here.settings.flatMap((setting) => {
    const other = there.settings.find(({ name }) => name === setting.name);
    return other === undefined || isDeepStrictEqual(setting.value, other.value)
      ? []
      : [{ here: setting, there: other }];
  });
}

/** The output of `config diff`. */
export function diffLines(
  here: InspectedFile,
  there: InspectedFile,
  differences: readonly Difference[],
): readonly string[] {
  if (differences.length === 0) return [`no difference: ${here.file} and ${there.file} say the same`];
  return [
    `--- ${here.file}`,
    `+++ ${there.file}`,
    ...differences.flatMap((difference) => [
      `[${difference.here.option.section}] ${difference.here.option.key}`,
      `-  ${textOf(difference.here, here.inspection)}  (${sourceText(difference.here.source)})`,
      `+  ${textOf(difference.there, there.inspection)}  (${sourceText(difference.there.source)})`,
    ]),
  ];
}

function textOf({ option, value }: Setting, { mask }: Inspection): string {
  const shown = shownValue(option, value);
  // A value may have several lines in the file; here each setting has one.
  return shown === null ? '(none)' : mask(shown).replaceAll('\n', ' ');
}

function sourceAsJson(source: Source): object {
  if (source === 'default') return { from: 'default' };
  if ('variable' in source) return { from: 'environment', ...source };
  return { from: 'line' in source ? 'file' : 'profile', ...source };
}

function sourceText(source: Source): string {
  if (source === 'default') return 'default';
  if ('variable' in source) return `$${source.variable}`;
  if ('profile' in source) return `profile ${source.profile}`;
  if ('unreadable' in source) return `not known: profile ${source.unreadable} cannot be read here`;
  return `line ${source.line}${source.inherited ? ' in [DEFAULT]' : ''}`;
}
