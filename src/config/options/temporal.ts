import * as value from '../value-types.js';
import type { Option } from './option.js';

/** Which Temporal, and where in it. */
export const TEMPORAL_OPTIONS = {
  temporalProfile: {
    section: 'backend',
    key: 'temporal_profile',
    type: 'profile',
    default: 'default',
    unit: null,
    meaning: "Profile of Temporal's client configuration: its name, a TOML file, or FILE.toml#name.",
    value: value.temporalProfile,
  },
  temporalNamespace: {
    section: 'backend',
    key: 'temporal_namespace',
    type: 'string',
    default: '',
    unit: null,
    meaning:
      "Temporal namespace of this installation; unset, the profile's counts, and where that has none, `default`.",
    value: value.optional(value.plainName),
  },
  workerVersioning: {
    section: 'backend',
    key: 'worker_versioning',
    type: 'bool',
    default: 'false',
    unit: null,
    meaning:
      'Whether workers are versions of the worker deployment `copr-backend`: a build ends on the version that it began on, and `copr-backend deploy` says which version is next.',
    value: value.boolean,
  },
} as const satisfies Readonly<Record<string, Option>>;
