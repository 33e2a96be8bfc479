import * as value from '../value-types.js';
import type { Option } from './option.js';

/** Projects whose packages are in Pulp: their tasks are refused (src/activities/build/build-tasks.ts). */
export const PULP_OPTIONS = {
  pulpContentUrl: {
    section: 'backend',
    key: 'pulp_content_url',
    type: 'url',
    default: '',
    unit: null,
    meaning: 'URL under which Pulp serves its content. This version refuses every task of a project in Pulp.',
    caution: {
      severity: 'note',
      message: 'has no effect: this version refuses every task of a project in Pulp',
      remedy: null,
      applies: (url) => url !== null,
    },
    value: value.optional(value.httpUrl),
  },
} as const satisfies Readonly<Record<string, Option>>;
