import type { BusSettings } from './bus-settings.js';
import { createFedoraMessagingTransport } from './fedora-messaging-transport.js';
import { createStompTransport } from './stomp-transport.js';
import { TRANSPORT_TIMES, type Transport, type TransportTimes } from './transport.js';

/** The connection to a bus of either kind; nothing is sent yet. */
export function createTransport(settings: BusSettings, times: TransportTimes = TRANSPORT_TIMES): Transport {
  switch (settings.type) {
    case 'fedora-messaging':
      return createFedoraMessagingTransport(settings, times);
    case 'stomp':
      return createStompTransport(settings, times);
  }
}
