import { z } from 'zod';
import * as value from '../value-types.js';
import type { Option } from './option.js';

/** Keys and signatures. */
export const SIGNING_OPTIONS = {
  doSign: {
    section: 'backend',
    key: 'do_sign',
    type: 'bool',
    default: 'false',
    unit: null,
    meaning: 'Sign packages and publish the public keys.',
    value: value.boolean,
  },
  signDomain: {
    section: 'backend',
    key: 'sign_domain',
    type: 'string',
    default: 'fedorahosted.org',
    unit: null,
    meaning: 'Domain of the key addresses, owner#project@copr.<domain>.',
    value: value.domainName,
  },
  gentlyGpgSha256: {
    section: 'backend',
    key: 'gently_gpg_sha256',
    type: 'bool',
    default: 'true',
    unit: null,
    meaning:
      'Keep sha1 signatures for everything but Enterprise Linux 8 and later; false uses sha256 wherever rpm can read it.',
    value: value.boolean,
  },
  signer: {
    section: 'backend',
    key: 'signer',
    type: 'choice',
    default: 'obs-sign',
    unit: null,
    meaning: 'What signs: obs-sign (a signd elsewhere) or gpg (keys on this host).',
    value: z.enum(['obs-sign', 'gpg'], 'must be obs-sign or gpg'),
  },
  signParallel: {
    section: 'backend',
    key: 'sign_parallel',
    type: 'int',
    default: '4',
    unit: 'builds',
    meaning: 'Builds that are signed at the same time by one host.',
    value: value.integer(1),
  },
} as const satisfies Readonly<Record<string, Option>>;
