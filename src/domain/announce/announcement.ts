import { z } from 'zod';

/** The announced events, in the order in which it happens to a build (docs/notifications.md). */
export const ANNOUNCEMENT_TOPICS = ['build.start', 'chroot.start', 'build.end'] as const;
export type AnnouncementTopic = (typeof ANNOUNCEMENT_TOPICS)[number];

/** An event of a build, independent of the format of any bus. */
export const Announcement = z.object({
  topic: z.enum(ANNOUNCEMENT_TOPICS),
  taskId: z.string(),
  buildId: z.number(),
  owner: z.string(),
  /** Project name, without a CoprDir's suffix. */
  project: z.string(),
  /** `srpm-builds` for a source build. */
  chroot: z.string(),
  packageName: z.string().nullable(),
  packageVersion: z.string().nullable(),
  submitter: z.string().nullable(),
  /** Host name of the last builder; null if none was taken. */
  host: z.string().nullable(),
  /** Process that announces. */
  pid: z.number(),
  /** `running` at both starts. */
  status: z.enum(['running', 'succeeded', 'failed']),
});
export type Announcement = Readonly<z.infer<typeof Announcement>>;

/** The message does not fit its readers' schema, so it must not be sent: they would drop it unseen. */
export class AnnouncementInvalid extends Error {
  override readonly name = 'AnnouncementInvalid';
}

/** Checks the composed message; the error names every invalid field. */
export function insistOn<T>(schema: z.ZodType<T>, composed: unknown, topic: AnnouncementTopic): T {
  const checked = schema.safeParse(composed);
  if (checked.success) return checked.data;
  const issues = checked.error.issues.map(({ path, message }) => `${path.join('.') || 'the message'}: ${message}`);
  throw new AnnouncementInvalid(`${topic} does not fit its schema: ${issues.join('; ')}`, { cause: checked.error });
}

/** Python's `format` of a value that may be missing; readers know `None`. */
export function pythonText(value: string | number | null): string {
  return value === null ? 'None' : String(value);
}
