import * as value from '../value-types.js';
import type { Option } from './option.js';

/** The Redis through which log records go to the log daemon; nothing else is kept in it. */
export const REDIS_OPTIONS = {
  redisHost: {
    section: 'backend',
    key: 'redis_host',
    type: 'string',
    default: '127.0.0.1',
    unit: null,
    meaning: 'Host of the Redis that passes log records to the log daemon.',
    value: value.text,
  },
  redisPort: {
    section: 'backend',
    key: 'redis_port',
    type: 'int',
    default: '6379',
    unit: null,
    meaning: 'Its port.',
    value: value.port,
  },
  redisPassword: {
    section: 'backend',
    key: 'redis_password',
    type: 'string',
    default: '',
    unit: null,
    meaning: 'Its password.',
    isSecret: true,
    value: value.optional(value.text),
  },
  redisDb: {
    section: 'backend',
    key: 'redis_db',
    type: 'int',
    default: '0',
    unit: null,
    meaning: 'Number of its database.',
    value: value.integer(0),
  },
} as const satisfies Readonly<Record<string, Option>>;
