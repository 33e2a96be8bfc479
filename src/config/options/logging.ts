import * as value from '../value-types.js';
import type { Option } from './option.js';

/** What is logged, and where. */
export const LOGGING_OPTIONS = {
  logDir: {
    section: 'backend',
    key: 'log_dir',
    type: 'path',
    default: '/var/log/copr-backend/',
    unit: null,
    meaning: 'Directory of log files for people; it must exist. See docs/operations.md, logs.',
    value: value.filePath,
  },
  logLevel: {
    section: 'backend',
    key: 'log_level',
    type: 'level',
    default: 'info',
    unit: null,
    meaning: 'Lowest level that is logged: debug, info, warning, error or critical.',
    value: value.logLevel,
  },
} as const satisfies Readonly<Record<string, Option>>;
