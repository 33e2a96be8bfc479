/** KiB by name, as samples are written (docs/neighbours/storage.md#statistics). */
export type UsageSample = {
  readonly owners: Readonly<Record<string, number>>;
  /** By `owner/dirname`. */
  readonly projects: Readonly<Record<string, number>>;
  /** By `owner/dirname/chroot`. */
  readonly project_chroots: Readonly<Record<string, number>>;
  readonly chroots: Readonly<Record<string, number>>;
  /** By a chroot without its architecture. */
  readonly distros: Readonly<Record<string, number>>;
  readonly arches: Readonly<Record<string, number>>;
};

/** Names at the level of chroots that are counted among the chroots only: they belong to no distribution. */
const NO_DISTRO: ReadonlySet<string> = new Set(['srpm-builds', 'modules']);

type Sums = Map<string, number>;

/** Adds up what each directory of the results tree takes. */
export class UsageSums {
  readonly #owners: Sums = new Map();
  readonly #projects: Sums = new Map();
  readonly #projectChroots: Sums = new Map();
  readonly #chroots: Sums = new Map();
  readonly #distros: Sums = new Map();
  readonly #arches: Sums = new Map();

  /** Takes a directory by its names below the results root; deeper ones than a chroot are part of theirs. */
  add(names: readonly string[], kib: number): void {
    const [owner, dirname, chroot, ...deeper] = names;
    if (owner === undefined || owner.startsWith('.') || deeper.length > 0) return;
    if (dirname === undefined) add(this.#owners, owner, kib);
    else if (chroot === undefined) add(this.#projects, `${owner}/${dirname}`, kib);
    else this.#addChroot(`${owner}/${dirname}`, chroot, kib);
  }

  get sample(): UsageSample {
    return {
      owners: Object.fromEntries(this.#owners),
      projects: Object.fromEntries(this.#projects),
      project_chroots: Object.fromEntries(this.#projectChroots),
      chroots: Object.fromEntries(this.#chroots),
      distros: Object.fromEntries(this.#distros),
      arches: Object.fromEntries(this.#arches),
    };
  }

  #addChroot(project: string, chroot: string, kib: number): void {
    if (chroot.startsWith('.') || chroot.endsWith('.cfg') || chroot === 'repodata') return;
    add(this.#chroots, chroot, kib);
    const dash = chroot.lastIndexOf('-');
    // A directory that is not a chroot, such as one of an old tool, must not end the statistics.
    if (NO_DISTRO.has(chroot) || dash < 1) return;
    add(this.#projectChroots, `${project}/${chroot}`, kib);
    add(this.#distros, chroot.slice(0, dash), kib);
    add(this.#arches, chroot.slice(dash + 1), kib);
  }
}

function add(sums: Sums, name: string, kib: number): void {
  sums.set(name, (sums.get(name) ?? 0) + kib);
}
