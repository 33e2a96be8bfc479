import { z } from 'zod';
import * as value from '../value-types.js';
import type { Option } from './option.js';

const ELSE_CLI = 'Not set: as in pulp_cli_config.';

/** Projects whose packages are at Pulp. */
export const PULP_OPTIONS = {
  pulpContentUrl: {
    section: 'backend',
    key: 'pulp_content_url',
    type: 'url',
    default: '',
    unit: null,
    meaning:
      'URL under which Pulp serves its content; <owner>/<project>/<chroot>/ follows it. Needed for projects in Pulp.',
    value: value.optional(value.httpUrl),
  },
  pulpBaseUrl: {
    section: 'backend',
    key: 'pulp_base_url',
    type: 'url',
    default: '',
    unit: null,
    meaning: `Pulp's own address, without the path of its API. ${ELSE_CLI}`,
    value: value.optional(value.httpUrl),
  },
  pulpApiRoot: {
    section: 'backend',
    key: 'pulp_api_root',
    type: 'string',
    default: '',
    unit: null,
    meaning: `Path of Pulp's API below its address, such as /api/pulp/. ${ELSE_CLI}`,
    value: value.optional(z.string().regex(/^\/[\w/.~-]*$/, 'must be a path, as /api/pulp/')),
  },
  pulpDomain: {
    section: 'backend',
    key: 'pulp_domain',
    type: 'string',
    default: '',
    unit: null,
    meaning: `Domain of Pulp that has the repositories. ${ELSE_CLI}`,
    value: value.optional(value.plainName),
  },
  pulpCert: {
    section: 'backend',
    key: 'pulp_cert',
    type: 'path',
    default: '',
    unit: null,
    meaning: `Client certificate for Pulp (PEM); with pulp_key it counts before a password. ${ELSE_CLI}`,
    value: value.optional(value.filePath),
  },
  pulpKey: {
    section: 'backend',
    key: 'pulp_key',
    type: 'path',
    default: '',
    unit: null,
    meaning: `Key of the client certificate (PEM). ${ELSE_CLI}`,
    value: value.optional(value.filePath),
  },
  pulpUsername: {
    section: 'backend',
    key: 'pulp_username',
    type: 'string',
    default: '',
    unit: null,
    meaning: `User at Pulp. ${ELSE_CLI}`,
    value: value.optional(value.text),
  },
  pulpPassword: {
    section: 'backend',
    key: 'pulp_password',
    type: 'string',
    default: '',
    unit: null,
    meaning: `Password of the user at Pulp. ${ELSE_CLI}`,
    isSecret: true,
    value: value.optional(value.text),
  },
  pulpCaFile: {
    section: 'backend',
    key: 'pulp_ca_file',
    type: 'path',
    default: '',
    unit: null,
    meaning: 'Authorities that vouch for Pulp (PEM). Not set: verify_ssl in pulp_cli_config, else those of the system.',
    value: value.optional(value.filePath),
  },
  pulpCliConfig: {
    section: 'backend',
    key: 'pulp_cli_config',
    type: 'path',
    default: '~/.config/pulp/cli.toml',
    unit: null,
    meaning: "Configuration of pulp-cli; its table [cli] says where Pulp is. The backend's own keys count before it.",
    value: value.filePath,
  },
  pulpRedirectFile: {
    section: 'backend',
    key: 'pulp_redirect_file',
    type: 'path',
    default: '/var/lib/copr/public_html/pulp-redirect.txt',
    unit: null,
    meaning:
      'Projects whose packages a web server finds at Pulp, a line each; kept only if the file exists (docs/neighbours/pulp.md#redirects).',
    value: value.filePath,
  },
} as const satisfies Readonly<Record<string, Option>>;
