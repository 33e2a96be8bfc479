/** The architecture for which this machine builds, in Copr's spelling. */
export function machineArch(): string {
  return process.arch === 'arm64' ? 'aarch64' : 'x86_64';
}
