import type { Host } from './hosts.js';
import type { IsolatedApt } from './isolated-apt.js';
import type { LockedPackage } from './lock.js';

/**
 * Locked versions that are in the archive stay; everything else is taken in the archive's version. If old and new
 * conflict, all of it is new. Throws if the archive lacks a package that the host needs.
 */
export async function plannedPackages(
  apt: Pick<IsolatedApt, 'available' | 'plan'>,
  host: Host,
  locked: readonly LockedPackage[],
): Promise<readonly LockedPackage[]> {
  const there = locked.length === 0 ? [] : await apt.available(locked.map(({ name }) => name));
  const stays = locked.filter(({ name, version }) => there.some((x) => x.name === name && x.version === version));
  const staying = new Set(stays.map(({ name }) => name));
  const isWhole = locked.length > 0 && stays.length === locked.length;
  const asked = isWhole ? [] : host.packages.filter((name) => !staying.has(name));
  const plan = (await apt.plan([...stays.map(requestFor), ...asked])) ?? (await apt.plan(host.packages));
  if (plan === null) throw new Error(`${host.name}: the archive of ${host.suite} does not have what is asked for`);
  const shown = await apt.available(plan.map(({ name }) => name));
  return plan.map(({ name, version }) => {
    // The lock's entry is used for what it names: a file that changed under the same version is refused when it is
    // read.
    const found = [...stays, ...shown].find((x) => x.name === name && x.version === version);
    if (found === undefined) throw new Error(`${host.name}: the archive does not show ${name} ${version}`);
    return found;
  });
}

/** How apt is asked for exactly this version. */
export function requestFor({ name, version }: Pick<LockedPackage, 'name' | 'version'>): string {
  return `${name}=${version}`;
}
