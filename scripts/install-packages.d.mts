type PackageRecord = { readonly version?: string; readonly optional?: boolean; readonly link?: boolean };
type Packages = { readonly packages?: Readonly<Record<string, PackageRecord>> };

export function packagesInPlace(root: string): boolean;
export function sameVersions(lock: Packages, installed: Packages): boolean;
