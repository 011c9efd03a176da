// Entries of the history in words.
import { audioEdit, type HistoryEntry } from "../../api/types.ts";
import { languageName } from "../../languages.ts";

/** What was done to the marks of tracks, in words. */
export function editWords(entry: HistoryEntry): string | null {
  const edit = audioEdit(entry);
  if (!edit) return null;
  if (entry.state === "restored" || !edit.language) return "The marks of its tracks were set back";
  return `${languageName(edit.language)} ${entry.state === "edit-undone" ? "was the default track, until it was undone" : "became the default track"}`;
}
