/* The table of roots. Test: tests/unit/store/test_tables.c */
#include "store/root.h"

static const EnumRow root_type_rows[] = {
    {ROOT_MOVIES, "movies", "Films"},
    {ROOT_TV, "tv", "Series"},
    {ROOT_ANIME, "anime", "Anime"},
    {ROOT_HOME_VIDEO, "home-video", "Home videos"},
    {ROOT_MUSIC_VIDEO, "music-video", "Music videos and concerts"},
    {ROOT_OTHER, "other", "Anything else"},
};
const EnumTable root_type_table = ENUM_TABLE("RootType", root_type_rows);

static const EnumRow root_state_rows[] = {
    {ROOT_ACTIVE, "active", "Scanned and worked on"},
    {ROOT_FROZEN, "frozen", "Something is wrong with the disk or share; nothing is changed until someone confirms"},
};
const EnumTable root_state_table = ENUM_TABLE("RootState", root_state_rows);

static const EnumRow link_policy_rows[] = {
    {LINKS_SKIP, "skip", "Leave files alone that have other names"},
    {LINKS_REPLACE, "replace", "Replace this name only; the space stays taken while other names exist"},
    {LINKS_RELINK, "relink", "Replace all names that the library knows"},
};
const EnumTable link_policy_table = ENUM_TABLE("LinkPolicy", link_policy_rows);

static const EnumRow watch_policy_rows[] = {
    {WATCH_AUTO, "auto", "As the kernel tells of changes; network shares and FUSE are polled"},
    {WATCH_INOTIFY, "inotify", "As the kernel tells of changes"},
    {WATCH_POLL, "poll", "By looking through it again and again"},
    {WATCH_OFF, "off", "Not at all: changes are noticed by scans"},
};
const EnumTable watch_policy_table = ENUM_TABLE("WatchPolicy", watch_policy_rows);

static const Field root_fields[] = {
    FIELD_INT(Root, id, .flags = FIELD_KEY | FIELD_READ_ONLY, .help = "Number of the root."),
    FIELD_TEXT(Root, path, .flags = FIELD_REQUIRED, .min = 1, .max = 4096, .format = "path",
               .help = "Absolute path of the directory."),
    FIELD_TEXT(Root, name, .max = 200, .help = "Name to show; empty: the directory's."),
    FIELD_ENUM(Root, type, root_type_table, .preset = "other", .help = "What kind of videos it holds."),
    FIELD_INT(Root, profile_id, .flags = FIELD_NULLABLE, .help = "Profile that its files are encoded by; null: none."),
    FIELD_INT(Root, schedule_id, .flags = FIELD_NULLABLE, .min = 1, .max = 9e15,
              .help = "Schedule that its jobs hold to; null: the one that holds everywhere, if there is one."),
    FIELD_BOOL(Root, enabled, .preset = "true", .help = "Whether it is scanned and worked on."),
    FIELD_BOOL(Root, recursive, .preset = "true", .help = "Whether directories below it belong to it."),
    FIELD_STRINGS(Root, include, .max = 100, .help = "Globs on the path below the root, one of which must fit; empty: all fit."),
    FIELD_STRINGS(Root, exclude, .max = 100, .help = "Globs on the path below the root, none of which may fit."),
    FIELD_STRINGS(Root, extensions, .max = 100, .flags = FIELD_ADVANCED,
                  .help = "Further file name extensions that are videos, without dots."),
    FIELD_BOOL(Root, follow_links, .flags = FIELD_ADVANCED, .help = "Whether symbolic links are followed."),
    FIELD_BOOL(Root, cross_filesystems, .flags = FIELD_ADVANCED,
               .help = "Whether other file systems mounted below belong to it."),
    FIELD_ENUM(Root, link_policy, link_policy_table, .help = "What to do with files that have several names (hard links)."),
    FIELD_BOOL(Root, keep_mtime, .flags = FIELD_ADVANCED,
               .help = "Give a new file the old one's time; media servers may then not notice the change."),
    FIELD_TEXT(Root, trash_path, .flags = FIELD_NULLABLE | FIELD_ADVANCED, .min = 1, .max = 4096, .format = "path",
               .help = "Directory for replaced originals; null: .reeve-trash in the root."),
    FIELD_INT(Root, trash_days, .flags = FIELD_NULLABLE, .min = 0, .max = 3650,
              .help = "Days that replaced originals are kept; 0: not kept; null: as the profile says."),
    FIELD_ENUM(Root, watch, watch_policy_table, .preset = "auto",
               .help = "How changes in it are noticed: auto, inotify, poll (for network shares) or off."),
    FIELD_INT(Root, poll_s, .preset = "300", .min = 10, .max = 7 * 86400, .flags = FIELD_ADVANCED,
              .help = "Seconds between two looks, where it is polled."),
    FIELD_BOOL(Root, encode_new, .help = "Whether files that are noticed are encoded by its profile without being asked for."),
    FIELD_INT(Root, check_days, .flags = FIELD_NULLABLE, .min = 1, .max = 3650,
              .help = "Each file is decoded every so many days to find damage; null: only when asked for."),
    FIELD_ENUM(Root, state, root_state_table, .flags = FIELD_READ_ONLY, .help = "Whether the root can be trusted."),
    FIELD_TEXT(Root, frozen_reason, .flags = FIELD_READ_ONLY | FIELD_NULLABLE, .help = "Why it is frozen."),
    FIELD_INT(Root, device, .flags = FIELD_READ_ONLY | FIELD_NULLABLE | FIELD_ADVANCED,
              .help = "Number of the file system at the last good scan."),
    FIELD_INT(Root, scanned_at_ms, .flags = FIELD_READ_ONLY | FIELD_NULLABLE,
              .help = "When the last good scan ended, in ms since 1970."),
    FIELD_INT(Root, file_count, .flags = FIELD_READ_ONLY, .help = "Files found by the last good scan."),
    FIELD_INT(Root, created_at_ms, .flags = FIELD_READ_ONLY, .help = "When it was added, in ms since 1970."),
    FIELD_INT(Root, updated_at_ms, .flags = FIELD_READ_ONLY, .help = "When it was last changed, in ms since 1970."),
};
const FieldTable root_table = FIELD_TABLE(Root, "Root", "roots", root_fields);

void root_free(Root *root)
{
  record_free(&root_table, root);
}
