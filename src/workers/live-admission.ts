import { statSync } from 'node:fs';
import type { Admission } from '../activities/dependencies.js';
import { digestOf } from '../adapters/files/digest.js';
import { loadConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { onlyWorkers } from '../domain/dispatch/dispatch-limits.js';

type Log = {
  readonly info: (fields: object, text: string) => void;
  readonly warn: (fields: object, text: string) => void;
};

/** The part of a configuration that may change while a worker runs. */
export function admissionOf(config: Config): Admission {
  const { blockedOwners } = config;
  const admission = {
    builds: {
      maxWorkers: config.buildsMaxWorkers,
      arch: config.buildsMaxWorkersArch,
      tag: config.buildsMaxWorkersTag,
      archPerOwner: config.buildsMaxWorkersArchPerOwner,
      sandbox: config.buildsMaxWorkersSandbox,
      owner: config.buildsMaxWorkersOwner,
      userSsh: config.buildsMaxUserssh,
      blockedOwners,
    },
    actions: { ...onlyWorkers(config.actionsMaxWorkers), blockedOwners },
    pause: config.sleeptime,
  };
  return { ...admission, digest: admissionDigest(admission) };
}

/** The order in which a file names its limits does not matter. */
function admissionDigest(admission: Omit<Admission, 'digest'>): string {
  const text = JSON.stringify(admission, (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
      : value,
  );
  return digestOf(text).slice(0, 12);
}

/**
 * Limits as the configuration file has them now: it is read again when it changed, and on SIGHUP. A file that does not
 * pass its validation changes nothing; the log says why, and what counts meanwhile. `close` ends the signal's handler.
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

/** Changes with the file's content in all likelihood; a file that is gone for a moment keeps what was read. */
function fingerprint(file: string): string {
  try {
    const { mtimeMs, size, ino } = statSync(file);
    return `${mtimeMs} ${size} ${ino}`;
  } catch {
    return 'gone';
  }
}
