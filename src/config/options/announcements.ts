import * as value from '../value-types.js';
import type { Option } from './option.js';

/** Receivers of news about builds, besides the frontend (docs/notifications.md). */
export const ANNOUNCING_OPTIONS = {
  msgbusesDir: {
    section: 'backend',
    key: 'msgbuses_dir',
    type: 'path',
    default: '/etc/copr/msgbuses',
    unit: null,
    meaning: 'Directory of the message bus files, *.conf and *.toml; without them nothing is announced.',
    value: value.filePath,
  },
} as const satisfies Readonly<Record<string, Option>>;
