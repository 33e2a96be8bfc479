import * as value from '../value-types.js';
import type { Option } from './option.js';

/** rpmeta: a service that predicts how long a build will take. Its answers are written down, and nothing follows. */
export const RPMETA_OPTIONS = {
  rpmetaEnabled: {
    section: 'backend',
    key: 'rpmeta_enabled',
    type: 'bool',
    default: 'false',
    unit: null,
    meaning: 'Ask rpmeta how long a build will take; rpmeta_url has to be set, too.',
    value: value.boolean,
  },
  rpmetaUrl: {
    section: 'backend',
    key: 'rpmeta_url',
    type: 'url',
    default: '',
    unit: null,
    meaning: 'URL of rpmeta, to which /predict is added.',
    value: value.optional(value.httpUrl),
  },
  rpmetaTimeout: {
    section: 'backend',
    key: 'rpmeta_timeout',
    type: 'int',
    default: '5',
    unit: 's',
    meaning: 'Longest wait for an answer of rpmeta.',
    value: value.integer(1),
  },
  rpmetaHwPoolsConfig: {
    section: 'backend',
    key: 'rpmeta_hw_pools_config',
    type: 'path',
    default: '/etc/copr/rpmeta-hw-pools.yaml',
    unit: null,
    meaning: 'YAML file that describes the builders of each architecture to rpmeta.',
    value: value.filePath,
  },
} as const satisfies Readonly<Record<string, Option>>;
