import { z } from 'zod';
import * as value from '../value-types.js';
import type { Option } from './option.js';

/** Builders: where they come from, how they are reached, how long they may build. */
export const BUILDER_OPTIONS = {
  resallocConnection: {
    section: 'backend',
    key: 'resalloc_connection',
    type: 'url',
    default: 'http://localhost:49100',
    unit: null,
    meaning: 'URL of the Resalloc server that hands out builders.',
    value: value.httpUrl,
  },
  buildUser: {
    section: 'backend',
    key: 'build_user',
    type: 'string',
    default: 'mockbuilder',
    unit: null,
    meaning: 'User of the ssh connections to the builders.',
    value: z.string().regex(/^[a-z_][a-z0-9_.-]{0,31}$/i, 'must be a user name'),
  },
  builderTimeout: {
    section: 'builder',
    key: 'timeout',
    type: 'int',
    default: '21600',
    unit: 's',
    meaning: 'Build timeout where the task names none.',
    value: value.integer(1),
  },
  sshBuilderConfig: {
    section: 'ssh',
    key: 'builder_config',
    type: 'path',
    default: '/home/copr/.ssh/builder_config',
    unit: null,
    meaning: 'OpenSSH client configuration for the builders (ssh -F).',
    value: value.filePath,
  },
} as const satisfies Readonly<Record<string, Option>>;
