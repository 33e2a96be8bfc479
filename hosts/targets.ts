import { HERE, HOSTS, type Host } from './hosts.js';
import type { HostsOptions } from './options.js';
import type { CreaterepoVariant } from './protocol.js';

/** One column of the table: a host, and the other choices of tools. */
export type Target = {
  readonly name: string;
  /** Null: the machine itself. */
  readonly host: Host | null;
  /** Null: the Node that runs this. */
  readonly node: string | null;
  readonly createrepo: CreaterepoVariant;
};

/** Every requested combination. */
export function targetsOf({
  hosts,
  nodes,
  createrepo,
}: Pick<HostsOptions, 'hosts' | 'nodes' | 'createrepo'>): readonly Target[] {
  return hosts.flatMap((name) => {
    const host = HOSTS.find((candidate) => candidate.name === name) ?? null;
    const variants = createrepo.length > 0 ? createrepo : name === HERE ? ALONE : BOTH;
    return (nodes.length === 0 ? [null] : nodes).flatMap((node) =>
      variants.map((variant) => ({
        name: [
          name,
          ...(node === null ? [] : [`node ${node}`]),
          ...(variant === 'system' ? [] : [`createrepo_c ${variant}`]),
        ].join(', '),
        ...{ host, node, createrepo: variant },
      })),
    );
  });
}

const ALONE: readonly CreaterepoVariant[] = ['system'];
const BOTH: readonly CreaterepoVariant[] = ['system', '1.2.5'];
