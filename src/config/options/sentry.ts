import * as value from '../value-types.js';
import type { Option } from './option.js';

/** Where unexpected failures of workers are reported to. */
export const SENTRY_OPTIONS = {
  sentryDsn: {
    section: 'backend',
    key: 'sentry_dsn',
    type: 'url',
    default: '',
    unit: null,
    meaning: 'DSN of the Sentry project to which workers report unexpected failures.',
    isSecret: true,
    value: value.optional(value.sentryDsn),
  },
} as const satisfies Readonly<Record<string, Option>>;
