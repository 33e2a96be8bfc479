import ssh2 from 'ssh2';
import type { BaseAgent, IdentityCallback, ParsedKey } from 'ssh2';

/** The agent of `IdentityAgent`, and which of its keys are offered. */
export type IdentityAgent = {
  readonly socket: string;
  /** Public keys that the configuration names, in wire format: these come first. */
  readonly named: readonly Buffer[];
  /** `IdentitiesOnly`: no others are offered. */
  readonly onlyNamed: boolean;
};

/** The agent for ssh2, with the keys in OpenSSH's order. Certificates and keys that ssh2 does not know are left out. */
export function openAgent({ socket, named, onlyNamed }: IdentityAgent): BaseAgent<ParsedKey> {
  const isNamed = (key: ParsedKey): boolean => named.some((one) => one.equals(key.getPublicSSH()));
  class OrderedAgent extends ssh2.OpenSSHAgent {
    override getIdentities(answer: IdentityCallback<ParsedKey>): void {
      super.getIdentities((error, listed = []) => {
        const keys = listed.filter((key): key is ParsedKey => 'getPublicSSH' in key);
        const others = onlyNamed ? [] : keys.filter((key) => !isNamed(key));
        answer(error, [...keys.filter(isNamed), ...others]);
      });
    }
  }
  return new OrderedAgent(socket);
}
