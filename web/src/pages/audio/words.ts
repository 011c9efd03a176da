// What the outcomes of default tracks are called, for people.
import type { AudioOutcome, TrackFlags, WebhookEvent } from "../../api/types.ts";

/** In the order in which they are listed: what changes first, then what does not, then what needs a look. */
export const OUTCOMES: readonly { outcome: AudioOutcome; label: string; help: string }[] = [
  { outcome: "edit", label: "Would be changed", help: "A few bytes of the file would be changed." },
  { outcome: "remux", label: "Needs a copy", help: "There is no room for the change in the file: a copy with the right marks would take its place, and the original would go to the trash." },
  { outcome: "edited", label: "Changed", help: "A few bytes of the file were changed. It can be undone." },
  { outcome: "replaced", label: "Copied", help: "A copy with the right marks took the file's place; the original is in the trash." },
  { outcome: "nothing", label: "Nothing to do", help: "The right track is the default already, or nothing can be chosen." },
  { outcome: "linked", label: "Has hard links", help: "The file has other names, whose content would change along: it is left alone." },
  { outcome: "waiting", label: "Waits", help: "The file cannot be changed now and is tried again later." },
  { outcome: "unsupported", label: "Not MKV or MP4", help: "Only Matroska, WebM, MP4 and MOV mark a default track." },
  { outcome: "failed", label: "Failed", help: "The file could not be changed and is as it was." },
];
const BY_NAME = new Map(OUTCOMES.map((row) => [row.outcome as string, row]));

export const outcomeLabel = (outcome: string): string => BY_NAME.get(outcome)?.label ?? outcome;
export const outcomeHelp = (outcome: string): string | undefined => BY_NAME.get(outcome)?.help;
/** The file would be touched. */
export const isChange = (outcome: string): boolean => outcome === "edit" || outcome === "remux";

export const MESSAGE_LABEL: Record<WebhookEvent["outcome"], string> = { accepted: "Acted upon", duplicate: "Said before", ignored: "Nothing to do", unmapped: "Not in the library" };

export type Mark = { text: string; kind: "new" | "kept" | "gone" };

/** What becomes of a track's marks. */
export function marksOf(track: TrackFlags): Mark[] {
  const mark = (was: boolean, is: boolean, name: string): Mark[] => (was && is ? [{ text: `stays ${name}`, kind: "kept" }] : is ? [{ text: `becomes ${name}`, kind: "new" }] : was ? [{ text: `no longer ${name}`, kind: "gone" }] : []);
  return [...mark(track.was_default, track.is_default, "the default"), ...mark(track.was_forced, track.is_forced, "forced")];
}
