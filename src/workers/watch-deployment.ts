import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { tellDeploymentChanged } from '../adapters/temporal/versioned-workflows.js';
import { describeDeployment, setCurrentVersion } from '../adapters/temporal/worker-deployment.js';
import { type Deployment, takesNew } from '../ports/worker-deployment.js';
import { everyMinute } from './every-minute.js';

type Log = {
  readonly info: (fields: object, text: string) => void;
  readonly warn: (fields: object, text: string) => void;
};

/** Pause while the server does not know this build yet; its workers ask for work within a second or two. */
const EARLY_MS = 1000;
const TRIES_UNTIL_SAID = 60;
const LOOKS_PER_TELLING = 60;

/**
 * Looks every minute at the worker deployment: makes this build current if nothing ever was, says so if nothing begins
 * on it, and tells workflows on other builds to go on where the deployment says, in case its command was cut off. A
 * failed look is repeated a minute later. Returns a function that ends this, after the look under way.
 */
export function watchDeployment(deps: {
  readonly client: Client;
  readonly buildId: string;
  readonly identity: string;
  readonly log: Log;
  readonly pauseMs?: number;
}): () => Promise<void> {
  const { client, buildId, identity, log, pauseMs } = deps;
  let said = '';
  let isBlind = false;
  let lastSeen = '';
  let looks = 0;
  return everyMinute(async (ending) => {
    try {
      const deployment = await known(ending);
      if (deployment === null) return;
      if (isUntouched(deployment)) {
        await setCurrentVersion(client, buildId, { identity, token: deployment.token });
        say('current', 'this is the first version of the deployment: it is current');
      } else {
        await follow(deployment);
      }
      isBlind = false;
    } catch (err) {
      // Logged once, until it works again.
      if (!isBlind && !ending.aborted) log.warn({ err }, 'cannot look at the deployment; trying again every minute');
      isBlind = true;
    }
  }, pauseMs);

  /** The deployment once it knows this build; null if that is not to be. */
  async function known(ending: AbortSignal): Promise<Deployment | null> {
    for (let tries = 1; !ending.aborted; tries += 1) {
      if (tries === TRIES_UNTIL_SAID) log.warn({ buildId }, 'Temporal does not list this version yet; asking again');
      const deployment = await describeDeployment(client);
      if (deployment?.versions.some(({ build }) => build === buildId) === true) return deployment;
      await sleep(EARLY_MS, undefined, { signal: ending }).catch(() => undefined);
    }
    return null;
  }

  async function follow(deployment: Deployment): Promise<void> {
    const { current, ramping } = deployment;
    if (isDue(JSON.stringify([current, ramping]))) await tellOthers(deployment);
    if (current === buildId) say('current', 'this version is current');
    else if (takesNew(deployment, buildId)) say('ramping', 'a part of what begins comes to this version');
    else say('idle', 'nothing begins on this version: `copr-backend deploy current` makes it the current one');
  }

  /** At each change, and then once an hour: each telling is an event in a history that may have no worker. */
  function isDue(seen: string): boolean {
    looks = seen === lastSeen ? looks + 1 : 0;
    lastSeen = seen;
    return looks % LOOKS_PER_TELLING === 0;
  }

  async function tellOthers({ current, ramping }: Deployment): Promise<void> {
    const except = [current, ramping?.build].filter((build) => build != null);
    const told = await tellDeploymentChanged(client, { except });
    if (told > 0) log.info({ told, current, ramping }, 'workflows on other versions were told to go on');
  }

  function say(state: string, text: string): void {
    if (said === state) return;
    said = state;
    log.info({ buildId }, text);
  }
}

/** True if no version was ever current or ramping. */
function isUntouched({ current, ramping, versions }: Deployment): boolean {
  return current === null && ramping === null && versions.every(({ state }) => state === 'inactive');
}
