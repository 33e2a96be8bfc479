import * as value from '../value-types.js';
import type { Option } from './option.js';

/** The frontend: where tasks come from and reports go. */
export const FRONTEND_OPTIONS = {
  frontendBaseUrl: {
    section: 'backend',
    key: 'frontend_base_url',
    type: 'url',
    default: 'http://copr-fe',
    unit: null,
    meaning: 'Root URL of the Copr frontend.',
    value: value.httpUrl,
  },
  frontendAuth: {
    section: 'backend',
    key: 'frontend_auth',
    type: 'string',
    default: 'PASSWORDHERE',
    unit: null,
    meaning: 'Password for the frontend; equals its BACKEND_PASSWORD.',
    isSecret: true,
    value: value.text,
  },
  sleeptime: {
    section: 'backend',
    key: 'sleeptime',
    type: 'int',
    default: '5',
    unit: 's',
    meaning: 'Longest pause between two polls of the frontend.',
    isLive: true,
    value: value.integer(1),
  },
} as const satisfies Readonly<Record<string, Option>>;
