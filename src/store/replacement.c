/* The tables of the replacement journal, the trash and the history. Test: tests/unit/store/test_tables.c */
#include "store/replacement.h"

static const EnumRow replacement_state_rows[] = {
    {REPLACEMENT_STAGED, "staged", "A place for the new file is made; the original is untouched"},
    {REPLACEMENT_VERIFIED, "verified", "The new file is complete and checked; the original is untouched"},
    {REPLACEMENT_INTENT, "intent", "The files may be changing places"},
    {REPLACEMENT_SWAPPED, "swapped", "The new file has the original's place"},
    {REPLACEMENT_COMMITTED, "committed", "Done, and noted everywhere"},
    {REPLACEMENT_ABORTED, "aborted", "Undone; the original stands as it did"},
};
const EnumTable replacement_state_table = ENUM_TABLE("ReplacementState", replacement_state_rows);

static const EnumRow replacement_kind_rows[] = {
    {REPLACE_TRANSCODE, "transcode", "An encoded file takes the original's place"},
    {REPLACE_UNDO, "undo", "The original comes back"},
    {REPLACE_TRACKS, "tracks", "A copy with other track flags takes the original's place"},
};
const EnumTable replacement_kind_table = ENUM_TABLE("ReplacementKind", replacement_kind_rows);

static const Field replacement_fields[] = {
    FIELD_INT(Replacement, id, .flags = FIELD_KEY | FIELD_READ_ONLY, .help = "Number of the replacement."),
    FIELD_ENUM(Replacement, state, replacement_state_table, .flags = FIELD_READ_ONLY, .help = "How far it has come."),
    FIELD_ENUM(Replacement, kind, replacement_kind_table, .flags = FIELD_READ_ONLY, .help = "Why it is made."),
    FIELD_INT(Replacement, job_id, .flags = FIELD_READ_ONLY | FIELD_NULLABLE, .help = "Job that makes it."),
    FIELD_INT(Replacement, file_id, .flags = FIELD_READ_ONLY | FIELD_NULLABLE, .help = "File that is replaced."),
    FIELD_INT(Replacement, root_id, .flags = FIELD_READ_ONLY | FIELD_NULLABLE, .help = "Root of the file."),
    FIELD_INT(Replacement, lease_epoch, .flags = FIELD_READ_ONLY, .help = "The job's lease epoch when it began."),
    FIELD_TEXT(Replacement, source_path, .flags = FIELD_READ_ONLY, .help = "The library's file."),
    FIELD_TEXT(Replacement, target_path, .flags = FIELD_READ_ONLY, .help = "Name that the new file gets."),
    FIELD_TEXT(Replacement, stage_directory, .flags = FIELD_READ_ONLY, .help = "Where the new file is made."),
    FIELD_TEXT(Replacement, stage_path, .flags = FIELD_READ_ONLY, .help = "The new file while it is made."),
    FIELD_TEXT(Replacement, trash_path, .flags = FIELD_READ_ONLY | FIELD_NULLABLE,
               .help = "Where the original goes; null: it is not kept."),
    FIELD_INT(Replacement, source_device, .flags = FIELD_READ_ONLY, .help = "The original's file system."),
    FIELD_INT(Replacement, source_inode, .flags = FIELD_READ_ONLY, .help = "The original's inode number."),
    FIELD_INT(Replacement, source_size_bytes, .flags = FIELD_READ_ONLY, .help = "The original's size in bytes."),
    FIELD_INT(Replacement, source_mtime_ns, .flags = FIELD_READ_ONLY, .help = "The original's time, in ns since 1970."),
    FIELD_INT(Replacement, source_link_count, .flags = FIELD_READ_ONLY, .help = "The original's names (hard links)."),
    FIELD_INT(Replacement, staged_device, .flags = FIELD_READ_ONLY | FIELD_NULLABLE, .help = "The new file's file system."),
    FIELD_INT(Replacement, staged_inode, .flags = FIELD_READ_ONLY | FIELD_NULLABLE, .help = "The new file's inode number."),
    FIELD_INT(Replacement, staged_size_bytes, .flags = FIELD_READ_ONLY | FIELD_NULLABLE, .help = "The new file's size in bytes."),
    FIELD_TEXT(Replacement, source_fingerprint, .flags = FIELD_READ_ONLY | FIELD_NULLABLE, .help = "The original's fingerprint."),
    FIELD_TEXT(Replacement, staged_fingerprint, .flags = FIELD_READ_ONLY | FIELD_NULLABLE, .help = "The new file's fingerprint."),
    FIELD_INT(Replacement, undo_of, .flags = FIELD_READ_ONLY | FIELD_NULLABLE, .help = "History entry that is undone."),
    FIELD_JSON(Replacement, facts, .flags = FIELD_READ_ONLY | FIELD_NULLABLE, .help = "What the history entry will tell."),
    FIELD_TEXT(Replacement, error, .flags = FIELD_READ_ONLY | FIELD_NULLABLE, .help = "What stopped it."),
    FIELD_INT(Replacement, created_at_ms, .flags = FIELD_READ_ONLY, .help = "When it began, in ms since 1970."),
    FIELD_INT(Replacement, updated_at_ms, .flags = FIELD_READ_ONLY, .help = "When it last changed, in ms since 1970."),
};
const FieldTable replacement_table = FIELD_TABLE(Replacement, "Replacement", "replacements", replacement_fields);

static const EnumRow trash_state_rows[] = {
    {TRASH_KEPT, "kept", "In the trash"},
    {TRASH_RESTORED, "restored", "Back in the library"},
    {TRASH_PURGED, "purged", "Deleted"},
};
const EnumTable trash_state_table = ENUM_TABLE("TrashState", trash_state_rows);

static const Field trash_fields[] = {
    FIELD_INT(TrashEntry, id, .flags = FIELD_KEY | FIELD_READ_ONLY, .help = "Number of the entry."),
    FIELD_ENUM(TrashEntry, state, trash_state_table, .flags = FIELD_READ_ONLY, .help = "What became of the file."),
    FIELD_INT(TrashEntry, root_id, .flags = FIELD_READ_ONLY | FIELD_NULLABLE, .help = "Root it came from."),
    FIELD_INT(TrashEntry, file_id, .flags = FIELD_READ_ONLY | FIELD_NULLABLE, .help = "File that took its place."),
    FIELD_INT(TrashEntry, replacement_id, .flags = FIELD_READ_ONLY | FIELD_NULLABLE, .help = "Replacement that put it here."),
    FIELD_TEXT(TrashEntry, original_path, .flags = FIELD_READ_ONLY, .help = "Where it was."),
    FIELD_TEXT(TrashEntry, trash_path, .flags = FIELD_READ_ONLY, .help = "Where it is."),
    FIELD_INT(TrashEntry, device, .flags = FIELD_READ_ONLY | FIELD_ADVANCED, .help = "Number of its file system."),
    FIELD_INT(TrashEntry, inode, .flags = FIELD_READ_ONLY | FIELD_ADVANCED, .help = "Its inode number."),
    FIELD_INT(TrashEntry, size_bytes, .flags = FIELD_READ_ONLY, .help = "Size in bytes."),
    FIELD_INT(TrashEntry, mtime_ns, .flags = FIELD_READ_ONLY, .help = "When its content last changed, in ns since 1970."),
    FIELD_INT(TrashEntry, expires_at_ms, .flags = FIELD_READ_ONLY | FIELD_NULLABLE,
              .help = "When it is deleted, in ms since 1970; null: never."),
    FIELD_INT(TrashEntry, created_at_ms, .flags = FIELD_READ_ONLY, .help = "When it came here, in ms since 1970."),
    FIELD_INT(TrashEntry, updated_at_ms, .flags = FIELD_READ_ONLY, .help = "When this entry last changed, in ms since 1970."),
};
const FieldTable trash_table = FIELD_TABLE(TrashEntry, "TrashEntry", "trash", trash_fields);

static const EnumRow history_state_rows[] = {
    {HISTORY_REPLACED, "replaced", "A new file took the original's place"},
    {HISTORY_UNDONE, "undone", "A replacement that was undone later"},
    {HISTORY_RESTORED, "restored", "The original came back"},
    {HISTORY_EDITED, "edited", "Flags of tracks were changed in the file itself"},
    {HISTORY_EDIT_UNDONE, "edit-undone", "Such a change that was undone later"},
};
const EnumTable history_state_table = ENUM_TABLE("HistoryState", history_state_rows);

static const Field history_fields[] = {
    FIELD_INT(HistoryEntry, id, .flags = FIELD_KEY | FIELD_READ_ONLY, .help = "Number of the entry."),
    FIELD_ENUM(HistoryEntry, state, history_state_table, .flags = FIELD_READ_ONLY, .help = "What happened."),
    FIELD_INT(HistoryEntry, file_id, .flags = FIELD_READ_ONLY | FIELD_NULLABLE, .help = "File that it happened to."),
    FIELD_INT(HistoryEntry, root_id, .flags = FIELD_READ_ONLY | FIELD_NULLABLE, .help = "Root of the file."),
    FIELD_INT(HistoryEntry, job_id, .flags = FIELD_READ_ONLY | FIELD_NULLABLE, .help = "Job that did it."),
    FIELD_INT(HistoryEntry, trash_id, .flags = FIELD_READ_ONLY | FIELD_NULLABLE,
              .help = "Trash entry of what was replaced; null: it was not kept."),
    FIELD_TEXT(HistoryEntry, path, .flags = FIELD_READ_ONLY, .format = "path", .help = "Path since then."),
    FIELD_TEXT(HistoryEntry, path_before, .flags = FIELD_READ_ONLY, .format = "path", .help = "Path before."),
    FIELD_INT(HistoryEntry, size_before_bytes, .flags = FIELD_READ_ONLY, .help = "Size before, in bytes."),
    FIELD_INT(HistoryEntry, size_after_bytes, .flags = FIELD_READ_ONLY, .help = "Size since then, in bytes."),
    FIELD_INT(HistoryEntry, bytes_saved, .flags = FIELD_READ_ONLY,
              .help = "Bytes saved, less what other names of the original still take."),
    FIELD_TEXT(HistoryEntry, codec_before, .flags = FIELD_READ_ONLY | FIELD_NULLABLE, .help = "Video codec before."),
    FIELD_TEXT(HistoryEntry, codec_after, .flags = FIELD_READ_ONLY | FIELD_NULLABLE, .help = "Video codec since then."),
    FIELD_TEXT(HistoryEntry, profile, .flags = FIELD_READ_ONLY | FIELD_NULLABLE, .help = "Name of the profile."),
    FIELD_TEXT(HistoryEntry, encoder, .flags = FIELD_READ_ONLY | FIELD_NULLABLE, .help = "Encoder that made the new file."),
    FIELD_REAL(HistoryEntry, seconds, .flags = FIELD_READ_ONLY, .help = "Time the work took, in s."),
    FIELD_TEXT(HistoryEntry, resolution, .flags = FIELD_READ_ONLY | FIELD_NULLABLE,
               .help = "Class of the new picture's size, such as 1080p."),
    FIELD_INT(HistoryEntry, film_ms, .flags = FIELD_READ_ONLY | FIELD_NULLABLE, .help = "Length of the film in ms."),
    FIELD_INT(HistoryEntry, predicted_bytes, .flags = FIELD_READ_ONLY | FIELD_NULLABLE,
              .help = "Size that was predicted before the work, in bytes."),
    FIELD_REAL(HistoryEntry, predicted_seconds, .flags = FIELD_READ_ONLY | FIELD_NULLABLE,
               .help = "Time that was predicted for the work, in s."),
    FIELD_JSON(HistoryEntry, detail, .flags = FIELD_READ_ONLY | FIELD_NULLABLE,
               .help = "What was done to each stream, and the quality if it was measured."),
    FIELD_BOOL(HistoryEntry, can_undo, .flags = FIELD_READ_ONLY, .help = "Whether the original can still come back."),
    FIELD_INT(HistoryEntry, created_at_ms, .flags = FIELD_READ_ONLY, .help = "When it happened, in ms since 1970."),
};
const FieldTable history_table = FIELD_TABLE(HistoryEntry, "HistoryEntry", "history", history_fields);
