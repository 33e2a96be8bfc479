import { readTemporalProfile, type TemporalProfile } from '../../adapters/temporal/profile.js';
import { byLine, type Finding } from '../../config/finding.js';
import { lineOf, type Inspection, type Setting, type Source } from '../../config/inspect.js';
import { OPTIONS } from '../../config/schema.js';
import { shownValue } from '../../config/shown-value.js';
import type { TemporalProfile as ProfilePlace } from '../../config/value-types.js';

/**
 * The configuration with its effective namespace: if the file names none, that of the profile or the environment.
 * Oddities are among the findings. A configuration with errors is returned unchanged.
 */
export function withNamespace(inspection: Inspection): Inspection {
  const place = settingOf(inspection, 'temporalProfile')?.value as ProfilePlace | undefined;
  const own = settingOf(inspection, 'temporalNamespace');
  const isBroken = inspection.findings.some(({ severity }) => severity === 'error');
  if (place === undefined || own === undefined || isBroken) return inspection;
  const profile = read(place);
  const finding = findingOf(own, place, profile);
  const setting = own.value !== null ? own : { ...own, ...effective(place, profile) };
  return {
    ...inspection,
    settings: inspection.settings.map((one) => (one === own ? setting : one)),
    findings: [...inspection.findings, ...(finding === null ? [] : [finding])].sort(byLine),
  };
}

function settingOf({ settings }: Inspection, name: keyof typeof OPTIONS): Setting | undefined {
  return settings.find((setting) => setting.name === name);
}

/** The profile alone, or why it cannot be read here. */
function read({ file, profile }: ProfilePlace): TemporalProfile | Error {
  try {
    return readTemporalProfile({ file, profile, namespace: null });
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function effective(place: ProfilePlace, profile: TemporalProfile | Error): Pick<Setting, 'value' | 'source'> {
  if (profile instanceof Error) return { value: null, source: { unreadable: placeText(place) } };
  return { value: profile.namespace, source: sourceOf(place, profile) };
}

function sourceOf(place: ProfilePlace, { namespaceFrom }: TemporalProfile): Source {
  switch (namespaceFrom) {
    case 'TEMPORAL_NAMESPACE':
      return { variable: namespaceFrom };
    case 'profile':
      return { profile: placeText(place) };
    case 'temporal_namespace':
    case 'default':
      return 'default';
  }
}

function findingOf(own: Setting, place: ProfilePlace, profile: TemporalProfile | Error): Finding | null {
  const { section, key } = OPTIONS.temporalNamespace;
  const note = { severity: 'note', section, key, remedy: null } as const;
  if (own.value !== null) {
    if (profile instanceof Error || profile.namespaceFrom === 'default' || profile.namespace === own.value) return null;
    const message = `counts, and not ${JSON.stringify(profile.namespace)} of ${whoText(place, profile)}`;
    return { ...note, line: lineOf(own.source), value: JSON.stringify(own.value), message };
  }
  const unset = { ...note, line: null, value: null };
  if (profile instanceof Error)
    return { ...unset, message: `is not set, and profile ${placeText(place)} cannot be read here: ${profile.message}` };
  if (profile.namespaceFrom === 'default') return null;
  const message = `is not set: ${JSON.stringify(profile.namespace)} of ${whoText(place, profile)} counts`;
  return { ...unset, message };
}

function whoText(place: ProfilePlace, { namespaceFrom }: TemporalProfile): string {
  return namespaceFrom === 'TEMPORAL_NAMESPACE' ? `$${namespaceFrom}` : `profile ${placeText(place)}`;
}

function placeText(place: ProfilePlace): string {
  return shownValue(OPTIONS.temporalProfile, place) ?? '';
}
