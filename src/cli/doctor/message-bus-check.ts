import { createTransport } from '../../adapters/message-bus/create-transport.js';
import { BusFileError, readBuses } from '../../adapters/message-bus/read-buses.js';
import { BusUnavailable } from '../../adapters/message-bus/transport.js';
import type { BusSettings } from '../../adapters/message-bus/bus-settings.js';
import { failed, ok, skipped, type Check, type Verdict, warning, whyOf } from './check.js';
import type { ExaminedHost } from './examined-host.js';

const ABOUT = 'message buses';

/** Reads the bus files, and logs in to each bus. A bus that is down holds up no build. */
export function messageBusCheck({ config, silenceMs }: ExaminedHost): Check {
  const { msgbusesDir: directory } = config;
  return {
    about: ABOUT,
    ifSilent: `the hosts and ports of the brokers are in ${directory}`,
    run: async () => {
      try {
        const { buses, warnings } = readBuses(directory);
        if (buses.length === 0) return [skipped(ABOUT, `none: ${directory} has no bus file`)];
        const odd = warnings.map((text) => warning(ABOUT, text, 'correct the line, or take it out'));
        return [...odd, ...(await Promise.all(buses.map((bus) => verdictOn(bus, directory, silenceMs))))];
      } catch (error) {
        if (!(error instanceof BusFileError)) throw error;
        return [failed(ABOUT, error.message, 'correct that file (docs/notifications.md); no worker starts with it')];
      }
    },
  };
}

async function verdictOn(bus: BusSettings, directory: string, silenceMs: number): Promise<Verdict> {
  const about = `message bus ${bus.id}`;
  const transport = createTransport(bus, { connectMs: silenceMs, confirmMs: silenceMs });
  try {
    await transport.connect();
    return ok(about, `${transport.address} takes our login`);
  } catch (error) {
    if (!(error instanceof BusUnavailable)) throw error;
    return failed(about, whyOf(error), `compare its file in ${directory} with the broker; messages wait in state_dir`);
  } finally {
    await transport.close();
  }
}
