import { existsSync } from 'node:fs';
import { findConfigFile, type FoundConfigFile } from '../config/find-config-file.js';
import { loadConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import type { TemporalPlace } from './connect.js';
import { StarterFailure } from './starter-failure.js';

/** The few facts of the configuration that the commands for people need. */
export type Settings = TemporalPlace & {
  readonly configFile: string;
  readonly destdir: string;
  readonly stateDir: string;
  readonly storage: string;
  readonly trashHours: number;
  readonly resultsBaseurl: string | null;
  /** HTTP address of a poller; null: none. */
  readonly httpListen: { readonly host: string; readonly port: number } | null;
};

/** False if no file is named, and none is in the usual places: for commands that can do without. */
export function hasConfigFile(flag: string | undefined): boolean {
  return find(flag).path !== null;
}

/** Path of the configuration file: `--config`, the environment, the usual places. Throws StarterFailure. */
export function requireConfigFile(flag: string | undefined): string {
  const found = find(flag);
  if (found.path === null) throw new StarterFailure('configuration', `no configuration: ${found.why}`);
  if (existsSync(found.path)) return found.path;
  throw new StarterFailure('configuration', `${found.path}, ${found.why}, does not exist`);
}

function find(flag: string | undefined): FoundConfigFile {
  return findConfigFile({ flag, env: process.env, cwd: process.cwd(), exists: existsSync });
}

/** Reads the configuration. Throws StarterFailure `configuration` with what is wrong in it. */
export function readSettings(flag: string | undefined): Settings {
  return settingsOf(readConfig(flag), requireConfigFile(flag));
}

/** The same for a configuration that was already read. */
export function settingsOf(config: Config, configFile: string): Settings {
  return {
    configFile,
    profileFile: config.temporalProfile.file,
    profile: config.temporalProfile.profile,
    namespace: config.temporalNamespace,
    destdir: config.destdir,
    stateDir: config.stateDir,
    storage: config.storageName,
    trashHours: config.trashHours,
    resultsBaseurl: config.resultsBaseurl,
    httpListen: config.httpListen,
  };
}

/** The whole configuration. Throws StarterFailure `configuration` with what is wrong in it. */
export function readConfig(flag: string | undefined): Config {
  const configFile = requireConfigFile(flag);
  try {
    return loadConfig(configFile).config;
  } catch (error) {
    throw new StarterFailure('configuration', error instanceof Error ? error.message : String(error), {
      cause: error,
    });
  }
}
