import { z } from 'zod';
import * as value from '../value-types.js';
import type { Option } from './option.js';

/** The keys that decide which records are logged, and where. */
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
  logTo: {
    section: 'backend',
    key: 'log_to',
    type: 'choice',
    default: 'files',
    unit: null,
    meaning: 'Each process writes the files of log_dir (files), or copr-backend-log does, through Redis (redis).',
    value: z.enum(['files', 'redis'], 'must be files or redis'),
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
