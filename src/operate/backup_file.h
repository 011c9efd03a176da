/* The file of a backup: gzip'd lines of JSON, so that `zcat` shows it and either database can take it.
 *
 *   {"reeve_backup":1,"version":"0.1.0","database":"sqlite","created_at_ms":…,"reason":"daily","migrations":[…],"tables":[…]}
 *   {"table":"files"}            what follows are rows of this table
 *   [1,2,"/films/a.mkv",…]       a row, in the order of the table's columns in the header
 *   {"rows":1000000}             the table's end
 *   …
 *   {"total_rows":…,"sha256":"…"}  the end; the digest is of all bytes before this line
 *
 * A file is written under another name and gets its own when it is complete and on the disk.
 *
 * Thread-safety: a reader and a writer belong to one thread. */
#pragma once

#include "store/catalog.h"
#include "wire/json.h"

typedef enum { BACKUP_MANUAL, BACKUP_DAILY, BACKUP_BEFORE_RESTORE, BACKUP_BEFORE_MIGRATION } BackupReason;
extern const EnumTable backup_reason_table;

enum { BACKUP_FORMAT = 1 };

typedef struct {
  int64_t reeve_backup; /* BACKUP_FORMAT */
  char *version;
  char *database;
  int64_t created_at_ms;
  int reason;            /* BackupReason */
  GPtrArray *migrations; /* AppliedMigration */
  GPtrArray *tables;     /* CatalogTable */
} BackupHeader;
extern const FieldTable backup_header_table;

/* --- writing --- */

typedef struct BackupWriter BackupWriter;

/* Begins "PATH.part" with mode 0600 and writes the header. As long as a writer lives, the directory is locked (flock, shared):
 * who gets it exclusively knows that every "….part" in it was left over. */
BackupWriter *backup_writer_new(const char *path, const BackupHeader *header, GError **error);
/* A DumpLine; `writer` is the BackupWriter. */
bool backup_writer_row(const char *line, size_t length, void *writer, GError **error);
bool backup_writer_table(BackupWriter *writer, const char *name, GError **error);
bool backup_writer_table_end(BackupWriter *writer, int64_t rows, GError **error);
/* Writes the end, makes it durable and gives it its name. */
bool backup_writer_commit(BackupWriter *writer, GError **error);
/* Removes what was not committed. NULL is fine. */
void backup_writer_free(BackupWriter *writer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BackupWriter, backup_writer_free)

/* --- reading --- */

typedef struct BackupReader BackupReader;

/* Opens and reads the header. CORRUPT ("… is no backup of Reeve.") for anything else. */
BackupReader *backup_reader_new(const char *path, GError **error);
void backup_reader_free(BackupReader *reader);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BackupReader, backup_reader_free)
const BackupHeader *backup_reader_header(const BackupReader *reader);

typedef enum { BACKUP_TABLE, BACKUP_ROW, BACKUP_END } BackupItem;

/* The next thing in the file. BACKUP_TABLE: *ret_table is the header's table, borrowed. BACKUP_ROW: a row of it. BACKUP_END: the
 * end was there, all counts and the digest are right. CORRUPT for a file that is cut off, changed or wrong in any way; LIMIT for
 * a line that is longer than any of ours. *ret_row is the caller's. */
bool backup_reader_next(BackupReader *reader, BackupItem *ret_item, const CatalogTable **ret_table, json_t **ret_row,
                        GError **error);
