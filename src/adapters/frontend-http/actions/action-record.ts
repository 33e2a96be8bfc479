import { z } from 'zod';

/** Maximum nesting; the frontend's records stay far below it. */
const MAX_DEPTH = 32;
/**
 * Largest accepted `data` of an action, in MiB of JSON text: a project of 100,000 builds, all named in pairs and with
 * long names, needs 23 (decision 0048).
 */
export const MAX_DATA_MIB = 32;

const text = z.string().nullish();

const JsonText = z
  .string()
  .max(MAX_DATA_MIB * 1024 ** 2, `is larger than ${MAX_DATA_MIB} MiB`)
  .transform((json, context): unknown => {
    try {
      const value: unknown = JSON.parse(json);
      if (isDeeper(value, MAX_DEPTH))
        context.addIssue({ code: 'custom', message: `is nested deeper than ${MAX_DEPTH}` });
      return value;
    } catch (error) {
      // Only JSON.parse throws here, and its message quotes the hostile text.
      if (!(error instanceof SyntaxError)) throw error;
      context.addIssue({ code: 'custom', message: 'is not JSON' });
      return null;
    }
  });

/** An action's record with our names. */
export type ActionRecord = {
  readonly id: number;
  readonly typeNumber: number;
  readonly objectType: string | null;
  readonly objectId: number | null;
  readonly oldValue: string | null;
  readonly newValue: string | null;
  /** Its shape depends on the type; null when absent. */
  readonly data: unknown;
};

/** `action/<id>` (docs/neighbours/frontend.md#actions); `data` is parsed from its JSON text. */
export const ActionRecord = z
  .object({
    id: z.int().nonnegative(),
    action_type: z.int(),
    object_type: text,
    object_id: z.int().nullish(),
    old_value: text,
    new_value: text,
    data: JsonText.nullish(),
  })
  .transform((action): ActionRecord => ({
    id: action.id,
    typeNumber: action.action_type,
    objectType: action.object_type ?? null,
    objectId: action.object_id ?? null,
    oldValue: action.old_value ?? null,
    newValue: action.new_value ?? null,
    data: action.data ?? null,
  }));

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1));
}
