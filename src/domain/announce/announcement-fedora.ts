import { z } from 'zod';
import { STATUS_NUMBERS } from '../names/status-numbers.js';
import { insistOn, pythonText, type Announcement, type AnnouncementTopic } from './announcement.js';

/** Body of the three Copr messages of fedora-messaging (copr_messaging's V1 classes share one schema). */
export const FedoraBody = z.strictObject({
  status: z.number(),
  chroot: z.string(),
  owner: z.string(),
  copr: z.string(),
  build: z.number(),
  pkg: z.string().nullable(),
  version: z.string().nullable(),
  user: z.string().nullable(),
  ip: z.string().nullable(),
  who: z.string(),
  pid: z.number(),
  what: z.string(),
});
export type FedoraBody = z.infer<typeof FedoraBody>;

export type FedoraMessage = {
  /** Topic without a prefix; also the name of the message's schema. */
  readonly topic: `copr.${AnnouncementTopic}`;
  /** Python's log levels: 10 is DEBUG, which notifies nobody, 20 is INFO. */
  readonly severity: 10 | 20;
  /** Users that the message is about, for filters; sorted. */
  readonly users: readonly string[];
  readonly body: FedoraBody;
};

/** AMQP's names and routing keys are short strings. */
const SHORT_STRING_BYTES = 255;
const USER_HEADER = 'fedora_messaging_user_';

/** Makes the message like copr_messaging's classes. Throws AnnouncementInvalid. */
export function composeFedoraMessage(announcement: Announcement): FedoraMessage {
  const { topic, submitter, owner } = announcement;
  const body = insistOn(FedoraBody, bodyOf(announcement), topic);
  const users = new Set<string>();
  if (submitter !== null && !submitter.includes(':') && !submitter.startsWith('@')) users.add(submitter);
  if (!owner.startsWith('@')) users.add(owner);
  const headers = z.array(z.string().refine(fitsHeader, 'is too long for a header'));
  return {
    topic: `copr.${topic}`,
    severity: topic === 'chroot.start' ? 10 : 20,
    users: insistOn(headers, [...users].sort(), topic),
    body,
  };
}

function fitsHeader(user: string): boolean {
  return new TextEncoder().encode(USER_HEADER + user).length <= SHORT_STRING_BYTES;
}

/** The keys in the order of the documented example. */
function bodyOf(announcement: Announcement): FedoraBody {
  return {
    status: STATUS_NUMBERS[announcement.status],
    chroot: announcement.chroot,
    owner: announcement.owner,
    copr: announcement.project,
    build: announcement.buildId,
    pkg: announcement.packageName,
    version: announcement.packageVersion,
    user: announcement.submitter,
    ip: announcement.host,
    who: `backend.worker-rpm_build_worker:${announcement.taskId}`,
    pid: announcement.pid,
    what: whatHappened(announcement),
  };
}

function whatHappened(announcement: Announcement): string {
  const { topic, buildId, pid, status, chroot } = announcement;
  const user = `user:${pythonText(announcement.submitter)} copr:${announcement.project}`;
  const pkg = `pkg:${pythonText(announcement.packageName)}`;
  const place = `ip:${pythonText(announcement.host)} pid:${pid}`;
  switch (topic) {
    case 'build.start':
      return `build start: ${user} ${pkg} build:${buildId} ${place}`;
    case 'chroot.start':
      return `chroot start: chroot:${chroot} ${user} ${pkg} build:${buildId} ${place}`;
    case 'build.end':
      return `build end: ${user} build:${buildId} ${pkg} version:${pythonText(announcement.packageVersion)} ${place} status:${STATUS_NUMBERS[status]}`;
  }
}
