import { packageManifest } from './package-manifest.js';

/** The version in this package's package.json. */
export function packageVersion(): string {
  return packageManifest().version;
}
