import { z } from 'zod';
import * as value from './value-types.js';

/** One key of the configuration file; also the source of docs/configuration.md. */
export type Option = {
  readonly section: 'backend' | 'builder' | 'ssh';
  readonly key: string;
  /** In words, for people. */
  readonly type: 'string' | 'bool' | 'int' | 'path' | 'url' | 'bytes' | 'level' | 'choice' | 'profile';
  /** As it would stand in the file; null: the key must be there. */
  readonly default: string | null;
  readonly unit: string | null;
  readonly meaning: string;
  /** Never shown. */
  readonly isSecret?: true;
  /** Reads the text of the file. */
  readonly value: z.ZodType<unknown, string>;
};

/** Every key the product uses, by the name it has in `Config`. */
export const OPTIONS = {
  resultsBaseurl: {
    section: 'backend',
    key: 'results_baseurl',
    type: 'url',
    default: 'http://copr-be',
    unit: null,
    meaning: 'URL under which the results root is served, with /results where the web server has it.',
    value: value.httpUrl,
  },
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
  buildUser: {
    section: 'backend',
    key: 'build_user',
    type: 'string',
    default: 'mockbuilder',
    unit: null,
    meaning: 'User of the ssh connections to the builders.',
    value: z.string().regex(/^[a-z_][a-z0-9_.-]{0,31}$/i, 'must be a user name'),
  },
  destdir: {
    section: 'backend',
    key: 'destdir',
    type: 'path',
    default: null,
    unit: null,
    meaning: 'Root directory of the results.',
    value: value.filePath,
  },
  sleeptime: {
    section: 'backend',
    key: 'sleeptime',
    type: 'int',
    default: '5',
    unit: 's',
    meaning: 'Longest pause between two polls of the frontend.',
    value: value.integer(1),
  },
  resallocConnection: {
    section: 'backend',
    key: 'resalloc_connection',
    type: 'url',
    default: 'http://localhost:49100',
    unit: null,
    meaning: 'URL of the Resalloc server that hands out builders.',
    value: value.httpUrl,
  },
  buildsMaxWorkers: {
    section: 'backend',
    key: 'builds_max_workers',
    type: 'int',
    default: '60',
    unit: 'builds',
    meaning: 'Builds of all kinds that run at the same time.',
    value: value.integer(1),
  },
  actionsMaxWorkers: {
    section: 'backend',
    key: 'actions_max_workers',
    type: 'int',
    default: '10',
    unit: 'actions',
    meaning: 'Actions that run at the same time.',
    value: value.integer(1),
  },
  logDir: {
    section: 'backend',
    key: 'log_dir',
    type: 'path',
    default: '/var/log/copr-backend/',
    unit: null,
    meaning: 'Directory of log files.',
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
  temporalProfile: {
    section: 'backend',
    key: 'temporal_profile',
    type: 'profile',
    default: 'default',
    unit: null,
    meaning: "Profile of Temporal's client configuration: its name, a TOML file, or FILE.toml#name.",
    value: value.temporalProfile,
  },
  temporalNamespace: {
    section: 'backend',
    key: 'temporal_namespace',
    type: 'string',
    default: 'default',
    unit: null,
    meaning: 'Temporal namespace of this installation.',
    value: value.plainName,
  },
  storageName: {
    section: 'backend',
    key: 'storage_name',
    type: 'string',
    default: 'main',
    unit: null,
    meaning: 'Name of the results tree; hosts that mount the same one share it.',
    value: value.plainName,
  },
  stateDir: {
    section: 'backend',
    key: 'state_dir',
    type: 'path',
    default: '/var/lib/copr/backend',
    unit: null,
    meaning: 'Directory of work lists and of the keys of the gpg signer.',
    value: value.filePath,
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
  resultsMaxBytes: {
    section: 'backend',
    key: 'results_max_bytes',
    type: 'bytes',
    default: '64 GiB',
    unit: 'bytes',
    meaning: 'Largest sum of results that is fetched from a builder for one build.',
    value: value.bytes,
  },
  logMaxBytes: {
    section: 'backend',
    key: 'log_max_bytes',
    type: 'bytes',
    default: '1 GiB',
    unit: 'bytes',
    meaning: 'Longest live log that is kept of one build.',
    value: value.bytes,
  },
  generationGraceHours: {
    section: 'backend',
    key: 'generation_grace_hours',
    type: 'int',
    default: '24',
    unit: 'h',
    meaning: 'How long superseded repository metadata stays readable.',
    value: value.integer(0),
  },
} as const satisfies Readonly<Record<string, Option>>;

/** The configuration, typed and frozen. */
export type Config = { readonly [Name in keyof typeof OPTIONS]: z.output<(typeof OPTIONS)[Name]['value']> };
