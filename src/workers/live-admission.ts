import { statSync } from 'node:fs';
import { admissionOf } from '../config/admission.js';
import { loadConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import type { Admission } from '../domain/dispatch/dispatch-limits.js';

type Log = {
  readonly info: (fields: object, text: string) => void;
  readonly warn: (fields: object, text: string) => void;
};

/**
 * The limits as the configuration file has them now: it is read again when it changed, and on SIGHUP. A file that fails
 * validation changes nothing; the log says why, and which limits apply meanwhile. `close` removes the signal's handler.
 */
export function createLiveAdmission(input: {
  readonly configFile: string;
  readonly config: Config;
  readonly log: Log;
}): {
  readonly current: () => Admission;
  readonly close: () => void;
} {
  const { configFile, log } = input;
  let admission = admissionOf(input.config);
  let read = fingerprint(configFile);

  function reload(why: string): void {
    try {
      admission = admissionOf(loadConfig(configFile).config);
      log.info({ configFile, why, admission }, 'limits read again');
    } catch (error) {
      log.warn({ configFile, why, err: error, admission }, 'configuration is wrong; the limits stay as they were');
    }
  }
  const onHangup = (): void => reload('SIGHUP');
  process.on('SIGHUP', onHangup);
  return {
    current: () => {
      const now = fingerprint(configFile);
      if (now !== read) {
        read = now;
        reload('the file changed');
      }
      return admission;
    },
    close: () => process.off('SIGHUP', onHangup),
  };
}

/**
 * Almost certainly changes with the file's content; while a file is missing for a moment, the limits read before apply.
 */
function fingerprint(file: string): string {
  try {
    const { mtimeMs, size, ino } = statSync(file);
    return `${mtimeMs} ${size} ${ino}`;
  } catch {
    return 'gone';
  }
}
