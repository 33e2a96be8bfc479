import { portsFrom, requireFreePorts, type Ports } from '../../playground/start/ports.js';

const TRIES = 50;

/** Free ports for the servers of one playground. */
export async function freePorts(): Promise<Ports> {
  for (let attempt = 1; ; attempt += 1) {
    // Below the range that Linux assigns to clients, so that no connection takes one meanwhile.
    const ports = portsFrom(20_000 + Math.floor(Math.random() * 600) * 20);
    try {
      await requireFreePorts(ports, { builders: 0, signer: 'obs-sign' });
      return ports;
    } catch (error) {
      if (attempt === TRIES) throw error;
    }
  }
}
