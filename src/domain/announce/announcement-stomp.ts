import { z } from 'zod';
import { STATUS_NUMBERS } from '../names/status-numbers.js';
import { insistOn, pythonText, type Announcement, type AnnouncementTopic } from './announcement.js';

/** All values are strings; a missing one is Python's `None`, which the readers of these messages expect. */
const BuildBody = z.strictObject({
  build: z.string(),
  owner: z.string(),
  copr: z.string(),
  submitter: z.string(),
  package: z.string(),
  chroot: z.string(),
  builder: z.string(),
  status: z.string(),
  status_int: z.string(),
});
const ChrootBody = z.strictObject({ chroot: z.string() });

export type StompMessage = {
  /** Value of the header `topic`; all messages have the same destination. */
  readonly topic: AnnouncementTopic;
  readonly body: z.infer<typeof BuildBody> | z.infer<typeof ChrootBody>;
};

/** StatusEnum as the old backend spelled it on this bus. */
const STATUS_NAMES: Readonly<Record<Announcement['status'], string>> = {
  ...{ failed: 'FAILURE', succeeded: 'SUCCEEDED', running: 'RUNNING' },
};

/** Makes the message that readers of the STOMP bus expect (docs/notifications.md). Throws AnnouncementInvalid. */
export function composeStompMessage(announcement: Announcement): StompMessage {
  const { topic, chroot, status } = announcement;
  if (topic === 'chroot.start') return { topic, body: insistOn(ChrootBody, { chroot }, topic) };
  const body = {
    build: String(announcement.buildId),
    owner: announcement.owner,
    copr: announcement.project,
    submitter: pythonText(announcement.submitter),
    package: `${pythonText(announcement.packageName)}-${pythonText(announcement.packageVersion)}`,
    chroot,
    builder: pythonText(announcement.host),
    status: STATUS_NAMES[status],
    status_int: String(STATUS_NUMBERS[status]),
  };
  return { topic, body: insistOn(BuildBody, body, topic) };
}
