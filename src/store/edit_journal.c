/* Decides when an edit may begin: once its row was committed. Test: tests/unit/store/test_edit_journal.c */
#include "store/edit_journal.h"

#include "base/error.h"
#include "store/record_sql.h"

static const Field edit_row_fields[] = {
    FIELD_INT(EditRow, id, .flags = FIELD_KEY | FIELD_READ_ONLY, .help = "Number of the edit."),
    FIELD_INT(EditRow, device, .help = "Device of the file before the edit."),
    FIELD_INT(EditRow, inode, .help = "Its inode."),
    FIELD_TEXT(EditRow, path, .max = 4 * 4096, .help = "The file, escaped."),
    FIELD_TEXT(EditRow, entry, .max = 8 * 1024 * 1024, .help = "What is overwritten."),
    FIELD_INT(EditRow, file_id, .flags = FIELD_NULLABLE, .help = "The library's file."),
    FIELD_INT(EditRow, job_id, .flags = FIELD_NULLABLE, .help = "Job that edits."),
    FIELD_INT(EditRow, lease_epoch, .help = "Its lease then."),
    FIELD_JSON(EditRow, detail, .flags = FIELD_NULLABLE, .help = "For the history."),
    FIELD_TEXT(EditRow, error, .flags = FIELD_NULLABLE, .help = "Why it could not be made whole."),
    FIELD_INT(EditRow, created_at_ms, .help = "When it was prepared, in ms since 1970."),
};
const FieldTable edit_row_table = FIELD_TABLE(EditRow, "EditRow", "edits", edit_row_fields);

typedef enum { EDIT_PREPARED, EDIT_BEGUN, EDIT_ENDED } EditState;

typedef struct {
  int64_t id; /* of the row */
  EditState state;
} PreparedEdit;

typedef struct {
  EditJournal base; /* first: an EditJournal * is a StoreJournal * */
  int64_t job_id, lease_epoch;
  const Clock *clock;
  GMutex lock;       /* guards edits */
  GHashTable *edits; /* "device:inode" -> PreparedEdit */
} StoreJournal;

static char *identity(const EditEntry *entry)
{
  return g_strdup_printf("%" G_GINT64_FORMAT ":%" G_GINT64_FORMAT, entry->device, entry->inode);
}

/* Moves an edit on; false if it is not where it should be. */
static bool advance(StoreJournal *journal, const EditEntry *entry, EditState from, EditState to)
{
  g_autofree char *key = identity(entry);
  g_mutex_lock(&journal->lock);
  PreparedEdit *edit = g_hash_table_lookup(journal->edits, key);
  bool good = edit && edit->state == from;
  if (good)
    edit->state = to;
  g_mutex_unlock(&journal->lock);
  return good;
}

static bool begin(EditJournal *self, const EditEntry *entry, GError **error)
{
  return advance((StoreJournal *)self, entry, EDIT_PREPARED, EDIT_BEGUN) ||
         fail(error, REEVE_ERROR_CONFLICT, "The edit was not prepared, or another one of the same file is under way.");
}

static bool end(EditJournal *self, const EditEntry *entry, GError **error)
{
  return advance((StoreJournal *)self, entry, EDIT_BEGUN, EDIT_ENDED) ||
         fail(error, REEVE_ERROR_INTERNAL, "An edit ended that had not begun.");
}

EditJournal *edit_journal_new(int64_t job_id, int64_t lease_epoch, const Clock *clock)
{
  StoreJournal *journal = g_new0(StoreJournal, 1);
  journal->base = (EditJournal){.begin = begin, .end = end};
  journal->job_id = job_id;
  journal->lease_epoch = lease_epoch;
  journal->clock = clock;
  g_mutex_init(&journal->lock);
  journal->edits = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  return &journal->base;
}

void edit_journal_free(EditJournal *self)
{
  StoreJournal *journal = (StoreJournal *)self;
  if (!journal)
    return;
  g_hash_table_unref(journal->edits);
  g_mutex_clear(&journal->lock);
  g_free(journal);
}

static bool insert(const StoreJournal *journal, DbConn *conn, const EditEntry *entry, int64_t file_id, const char *detail,
                   int64_t *ret_id, bool *ret_found, GError **error)
{
  g_autofree char *text = edit_entry_text(entry);
  return db_query_int(conn,
                      "INSERT INTO edits (device, inode, path, entry, file_id, job_id, lease_epoch, detail, created_at_ms) "
                      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (device, inode) DO NOTHING RETURNING id",
                      DB_ARGS(DB_INT(entry->device), DB_INT(entry->inode), DB_TEXT(entry->path), DB_TEXT(text),
                              DB_INT_OR_NULL(file_id), DB_INT_OR_NULL(journal->job_id), DB_INT(journal->lease_epoch),
                              DB_TEXT(detail), DB_INT(clock_now_ms(journal->clock))),
                      ret_id, ret_found, error);
}

bool edit_journal_prepare(EditJournal *self, DbConn *conn, const char *path, const EditPlan *plan, int64_t file_id,
                          const char *detail, bool *ret_taken, GError **error)
{
  StoreJournal *journal = (StoreJournal *)self;
  g_autoptr(EditEntry) entry = edit_entry_new(path, plan);
  int64_t id = 0;
  bool found = false;
  if (!insert(journal, conn, entry, file_id, detail, &id, &found, error))
    return false;
  *ret_taken = !found;
  if (!found)
    return true;
  PreparedEdit *edit = g_new(PreparedEdit, 1);
  *edit = (PreparedEdit){.id = id, .state = EDIT_PREPARED};
  g_mutex_lock(&journal->lock);
  g_hash_table_replace(journal->edits, identity(entry), edit);
  g_mutex_unlock(&journal->lock);
  return true;
}

bool edit_journal_settle(EditJournal *self, DbConn *conn, GError **error)
{
  StoreJournal *journal = (StoreJournal *)self;
  GHashTableIter iter;
  gpointer value;
  bool ok = true;
  g_mutex_lock(&journal->lock);
  g_hash_table_iter_init(&iter, journal->edits);
  while (ok && g_hash_table_iter_next(&iter, NULL, &value)) {
    const PreparedEdit *edit = value;
    /* One that began and did not end could not be put back: its entry is all there is to make it whole. */
    if (edit->state != EDIT_BEGUN)
      ok = db_exec(conn, "DELETE FROM edits WHERE id = $1", DB_ARGS(DB_INT(edit->id)), NULL, error);
  }
  g_mutex_unlock(&journal->lock);
  return ok;
}

void edit_journal_forget(EditJournal *self)
{
  StoreJournal *journal = (StoreJournal *)self;
  g_mutex_lock(&journal->lock);
  g_hash_table_remove_all(journal->edits);
  g_mutex_unlock(&journal->lock);
}

GPtrArray *edit_rows(DbConn *conn, GError **error)
{
  return record_all(conn, &edit_row_table, NULL, error);
}
