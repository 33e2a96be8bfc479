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
      'Keep sha1 signatures for everything but Enterprise Linux 8 and later; false uses sha256 wherever rpm can read it. If it is not set and rpm refuses sha1, it counts as false.',
    value: value.boolean,
  },
  signer: {
    section: 'backend',
    key: 'signer',
    type: 'choice',
    default: 'obs-sign',
    unit: null,
    meaning: 'The signer: obs-sign (a signd elsewhere) or gpg (keys on this host).',
    value: z.enum(['obs-sign', 'gpg'], 'must be obs-sign or gpg'),
  },
  signCommand: {
    section: 'backend',
    key: 'sign_command',
    type: 'path',
    default: '/bin/sign',
    unit: null,
    meaning: 'Program that asks signd for signatures; the signer obs-sign runs it.',
    value: value.filePath,
  },
  keygenHost: {
    section: 'backend',
    key: 'keygen_host',
    type: 'address',
    default: 'copr-keygen.cloud.fedoraproject.org',
    unit: null,
    meaning: 'Host, or host:port, of the keygen service, which makes keys for the signer obs-sign.',
    value: value.hostAddress,
  },
  repomdSign: {
    section: 'backend',
    key: 'repomd_sign',
    type: 'bool',
    default: 'false',
    unit: null,
    meaning: 'Sign repository metadata (repomd.xml.asc), too.',
    value: value.boolean,
  },
  signParallel: {
    section: 'backend',
    key: 'sign_parallel',
    type: 'int',
    default: '4',
    unit: null,
    meaning:
      'Builds signed at the same time by one host, and its requests to signd at the same time, of all builds together.',
    value: value.integer(1),
  },
  awsCloudfrontDistribution: {
    section: 'backend',
    key: 'aws_cloudfront_distribution',
    type: 'string',
    default: '',
    unit: null,
    meaning: 'CloudFront distribution whose copies `copr-fix-gpg` drops, by the program aws.',
    value: value.optional(value.text),
  },
} as const satisfies Readonly<Record<string, Option>>;
