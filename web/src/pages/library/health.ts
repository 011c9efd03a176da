// What a check found, in a word.
import type { LibraryFile } from "../../api/types.ts";

export const HEALTH_LABEL: Record<NonNullable<LibraryFile["health"]>, string> = { ok: "Sound", damaged: "Damaged", unreadable: "Does not decode" };
export const HEALTH = Object.entries(HEALTH_LABEL).map(([value, label]) => ({ value, label }));
