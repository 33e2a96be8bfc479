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
  fedmsgEnabled: {
    section: 'backend',
    key: 'fedmsg_enabled',
    type: 'bool',
    default: 'false',
    unit: null,
    meaning: 'Announced builds on fedmsg, a bus that is gone; the files of msgbuses_dir name the buses of today.',
    caution: {
      severity: 'warning',
      message: 'has no effect: fedmsg is gone',
      remedy: 'remove the line; docs/notifications.md has the buses of today',
      applies: (isEnabled) => isEnabled === true,
    },
    value: value.boolean,
  },
} as const satisfies Readonly<Record<string, Option>>;
