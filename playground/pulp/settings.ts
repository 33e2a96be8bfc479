/** The places, ports and times on which Pulp's settings depend. */
export type PulpPlace = {
  readonly directory: string;
  readonly databasePort: number;
  readonly contentPort: number;
  /** How long clients may still read what a distribution no longer serves. */
  readonly retentionSeconds: number;
};

/**
 * Text of Pulp's settings.py. The hash of passwords is a quick one, because Pulp computes it for every request with a
 * password (0.5 s with its default); no cache, which would need Redis.
 */
export function pulpSettings({ directory, databasePort, contentPort, retentionSeconds }: PulpPlace): string {
  const database = `"HOST": "127.0.0.1", "PORT": "${databasePort}", "NAME": "pulp", "USER": "pulp", "PASSWORD": ""`;
  return [
    'SECRET_KEY = "playground"',
    `CONTENT_ORIGIN = "http://127.0.0.1:${contentPort}"`,
    `DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", ${database}}}`,
    `DB_ENCRYPTION_KEY = "${directory}/database-key"`,
    `DEPLOY_ROOT = "${directory}/files"`,
    `MEDIA_ROOT = "${directory}/files/media"`,
    `STATIC_ROOT = "${directory}/files/static"`,
    `WORKING_DIRECTORY = "${directory}/files/tmp"`,
    `FILE_UPLOAD_TEMP_DIR = "${directory}/files/uploads"`,
    'CACHE_ENABLED = False',
    'ANALYTICS = False',
    'PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]',
    `DISTRIBUTED_PUBLICATION_RETENTION_PERIOD = ${retentionSeconds}`,
    '',
  ].join('\n');
}
