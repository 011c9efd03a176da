/* Decides what a configuration file may contain: libyaml's events become the JSON tree that field tables are read from, with the
 * place of each value kept beside it. Test: tests/unit/wire/test_yaml.c */
#include "wire/yaml.h"

#include "base/error.h"
#include "base/number.h"
#include "wire/json_path.h"

#include <string.h>
#include <yaml.h>

enum { MAX_BYTES = 1024 * 1024, MAX_DEPTH = 16, MAX_VALUES = 50000 };

typedef struct {
  size_t line, column; /* from 1 */
} Mark;

typedef struct {
  Mark mark;
  char *path;
  char *message;
} Located;

typedef struct {
  yaml_parser_t parser;
  const char *text;  /* the whole of it */
  GString *path;     /* of the value being read */
  GHashTable *marks; /* path -> Mark */
  GPtrArray *found;  /* of Located: what is wrong so far */
  size_t n_values;
  ReeveErrorCode code; /* of the error that ends the reading */
} Reader;

/* What a field table knows of a value before it is read: `7` is text where the field is text. */
typedef struct {
  const FieldTable *table; /* a mapping of these fields, or NULL */
  bool text;               /* scalars stand for themselves */
  bool list;               /* a sequence; the rest is said of its items */
} Shape;

typedef yaml_event_t Event;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Event, yaml_event_delete)

static void located_free(void *data)
{
  Located *located = data;
  g_free(located->path);
  g_free(located->message);
  g_free(located);
}

static Mark mark_of(yaml_mark_t mark)
{
  return (Mark){.line = mark.line + 1, .column = mark.column + 1};
}

/* libyaml gives only a byte offset for text it cannot decode. */
static Mark mark_at(const char *text, size_t offset)
{
  Mark mark = {1, 1};
  for (size_t i = 0; i < offset; i++) {
    if (text[i] == '\n')
      mark = (Mark){mark.line + 1, 1};
    else
      mark.column += (text[i] & 0xc0) != 0x80;
  }
  return mark;
}

static void add_error(Reader *reader, const char *path, Mark mark, const char *message)
{
  if (reader->found->len >= FIELD_ERRORS_MAX)
    return;
  Located *located = g_new(Located, 1);
  *located = (Located){.mark = mark, .path = g_strdup(path), .message = g_strdup(message)};
  g_ptr_array_add(reader->found, located);
}

/* An error after which nothing more can be read. Returns false. */
static bool stop(Reader *reader, ReeveErrorCode code, Mark mark, const char *message)
{
  g_ptr_array_set_size(reader->found, 0);
  reader->code = code;
  add_error(reader, reader->path->str, mark, message);
  return false;
}

static bool next_event(Reader *reader, Event *event)
{
  if (yaml_parser_parse(&reader->parser, event))
    return true;
  const yaml_parser_t *parser = &reader->parser;
  g_autofree char *message = g_strdup_printf("The YAML is not valid: %s%s%s", parser->context ? parser->context : "",
                                             parser->context ? ", " : "", parser->problem ? parser->problem : "out of memory");
  g_string_truncate(reader->path, 0);
  Mark mark = mark_of(parser->problem_mark);
  if (parser->error == YAML_READER_ERROR)
    mark = mark_at(reader->text, parser->problem_offset);
  return stop(reader, REEVE_ERROR_INVALID, mark, message);
}

static void set_mark(Reader *reader, Mark mark)
{
  Mark *kept = g_new(Mark, 1);
  *kept = mark;
  g_hash_table_insert(reader->marks, g_strdup(reader->path->str), kept);
}

/* The place of a path, or of the nearest thing around it that stands in the text. */
static Mark find_mark(const Reader *reader, const char *path)
{
  g_autofree char *at = g_strdup(path);
  for (;;) {
    const Mark *mark = g_hash_table_lookup(reader->marks, at);
    if (mark)
      return *mark;
    char *dot = strrchr(at, '.');
    if (!dot)
      break;
    *dot = '\0';
  }
  const Mark *root = g_hash_table_lookup(reader->marks, "");
  return root ? *root : (Mark){1, 1};
}

/* Replaces ${NAME} by the environment's value and $$ by a dollar sign; any other $ stays. NULL, with a message, if a name is
 * unset or not well formed. */
static char *expand(const char *text, char **ret_message)
{
  g_autoptr(GString) expanded = g_string_new(NULL);
  for (const char *at = text; *at;) {
    if (at[0] == '$' && at[1] == '$') {
      g_string_append_c(expanded, '$');
      at += 2;
    } else if (at[0] == '$' && at[1] == '{') {
      size_t length = strspn(at + 2, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789");
      if (length == 0 || at[2 + length] != '}' || g_ascii_isdigit(at[2])) {
        *ret_message = g_strdup("has a ${ that is not followed by a name and }; write $$ for a dollar sign");
        return NULL;
      }
      g_autofree char *name = g_strndup(at + 2, length);
      const char *value = g_getenv(name);
      if (!value || !g_utf8_validate(value, -1, NULL)) {
        *ret_message = g_strdup_printf("needs the environment variable %s, which is %s", name, value ? "not UTF-8" : "not set");
        return NULL;
      }
      g_string_append(expanded, value);
      at += length + 3;
    } else {
      g_string_append_c(expanded, *at++);
    }
  }
  return g_string_free(g_steal_pointer(&expanded), FALSE);
}

/* A plain scalar by YAML 1.2's core schema, without octal and hexadecimal numbers. */
static json_t *resolve_plain(const char *text)
{
  if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
    return json_boolean(text[0] == 't');
  int64_t whole;
  double real;
  if (parse_int(text[0] == '+' ? text + 1 : text, INT64_MIN, INT64_MAX, &whole))
    return json_integer(whole);
  return parse_real(text, &real) ? json_real(real) : json_string(text);
}

static bool is_null(const char *text)
{
  return text[0] == '\0' || strcmp(text, "~") == 0 || strcmp(text, "null") == 0;
}

static bool read_scalar(Reader *reader, const Event *event, Shape shape, json_t **ret)
{
  const char *written = (const char *)event->data.scalar.value;
  bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
  if (strlen(written) != event->data.scalar.length)
    return stop(reader, REEVE_ERROR_INVALID, mark_of(event->start_mark), "The YAML has a NUL character in a value");
  if (plain && is_null(written)) {
    *ret = json_null();
    return true;
  }
  g_autofree char *complaint = NULL;
  g_autofree char *text = expand(written, &complaint);
  if (!text) {
    const char *path = reader->path->str;
    g_autofree char *message = g_strdup_printf("%s %s", path[0] ? path : "The input", complaint);
    add_error(reader, path, mark_of(event->start_mark), message);
    *ret = json_null(); /* what the field says of it is dropped for this error */
    return true;
  }
  *ret = plain && !shape.text ? resolve_plain(text) : json_string(text);
  return *ret || stop(reader, REEVE_ERROR_INVALID, mark_of(event->start_mark), "The YAML has text that is not valid UTF-8");
}

static bool read_node(Reader *reader, const Event *event, Shape shape, size_t depth, json_t **ret);

static Shape shape_of(const Field *field)
{
  if (!field)
    return (Shape){0};
  switch (field->kind) {
  case FIELD_KIND_TEXT:
  case FIELD_KIND_ENUM:
    return (Shape){.text = true};
  case FIELD_KIND_STRINGS:
    return (Shape){.text = true, .list = true};
  case FIELD_KIND_RECORD:
    return (Shape){.table = field->record};
  case FIELD_KIND_RECORDS:
    return (Shape){.table = field->record, .list = true};
  default:
    return (Shape){0};
  }
}

static bool read_sequence(Reader *reader, Shape shape, size_t depth, json_t **ret)
{
  Shape item_shape = shape.list ? (Shape){.table = shape.table, .text = shape.text} : (Shape){0};
  g_autoptr(json_t) array = json_array();
  for (size_t i = 0;; i++) {
    g_auto(Event) event = {0};
    if (!next_event(reader, &event))
      return false;
    if (event.type == YAML_SEQUENCE_END_EVENT)
      break;
    json_t *item;
    gsize before = json_path_push_index(reader->path, i);
    set_mark(reader, mark_of(event.start_mark));
    if (!read_node(reader, &event, item_shape, depth, &item))
      return false;
    json_path_pop(reader->path, before);
    json_array_append_new(array, item);
  }
  *ret = g_steal_pointer(&array);
  return true;
}

static bool check_key(Reader *reader, const Event *event, const json_t *object)
{
  Mark mark = mark_of(event->start_mark);
  if (event->type != YAML_SCALAR_EVENT || event->data.scalar.anchor || event->data.scalar.tag)
    return stop(reader, REEVE_ERROR_INVALID, mark, "The YAML has a key that is not plain text");
  const char *key = (const char *)event->data.scalar.value;
  if (strlen(key) != event->data.scalar.length)
    return stop(reader, REEVE_ERROR_INVALID, mark, "The YAML has a NUL character in a key");
  if (!json_object_get(object, key))
    return true;
  json_path_push(reader->path, key);
  g_autofree char *message = g_strdup_printf("%s is there twice", reader->path->str);
  return stop(reader, REEVE_ERROR_INVALID, mark, message);
}

/* Reads the value that follows a key. */
static bool read_pair(Reader *reader, const Event *key_event, Shape shape, size_t depth, json_t *object)
{
  const char *key = (const char *)key_event->data.scalar.value;
  const Field *field = shape.table && !shape.list ? field_find(shape.table, key) : NULL;
  g_auto(Event) event = {0};
  if (!next_event(reader, &event))
    return false;
  gsize before = json_path_push(reader->path, key);
  /* What is wrong with an unknown field is its name, and an absent value stands nowhere. */
  bool empty =
      event.type == YAML_SCALAR_EVENT && event.data.scalar.length == 0 && event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
  set_mark(reader, mark_of(field && !empty ? event.start_mark : key_event->start_mark));
  json_t *value;
  if (!read_node(reader, &event, shape_of(field), depth, &value))
    return false;
  json_path_pop(reader->path, before);
  return json_object_set_new(object, key, value) == 0 ||
         stop(reader, REEVE_ERROR_INVALID, mark_of(key_event->start_mark), "The YAML has a key that is not valid UTF-8");
}

static bool read_mapping(Reader *reader, Shape shape, size_t depth, json_t **ret)
{
  g_autoptr(json_t) object = json_object();
  for (;;) {
    g_auto(Event) event = {0};
    if (!next_event(reader, &event))
      return false;
    if (event.type == YAML_MAPPING_END_EVENT)
      break;
    if (!check_key(reader, &event, object) || !read_pair(reader, &event, shape, depth, object))
      return false;
  }
  *ret = g_steal_pointer(&object);
  return true;
}

static bool check_node(Reader *reader, const Event *event, size_t depth)
{
  const yaml_char_t *anchor = NULL, *tag = NULL;
  if (event->type == YAML_SCALAR_EVENT) {
    anchor = event->data.scalar.anchor;
    tag = event->data.scalar.tag;
  } else if (event->type == YAML_SEQUENCE_START_EVENT) {
    anchor = event->data.sequence_start.anchor;
    tag = event->data.sequence_start.tag;
  } else if (event->type == YAML_MAPPING_START_EVENT) {
    anchor = event->data.mapping_start.anchor;
    tag = event->data.mapping_start.tag;
  }
  Mark mark = mark_of(event->start_mark);
  if (anchor || event->type == YAML_ALIAS_EVENT)
    return stop(reader, REEVE_ERROR_INVALID, mark, "Anchors and aliases (& and *) are not used in this YAML");
  if (tag)
    return stop(reader, REEVE_ERROR_INVALID, mark, "Tags (!) are not used in this YAML; put text in quotation marks");
  if (depth > MAX_DEPTH)
    return stop(reader, REEVE_ERROR_LIMIT, mark, "The YAML nests deeper than 16 levels");
  if (++reader->n_values > MAX_VALUES)
    return stop(reader, REEVE_ERROR_LIMIT, mark, "The YAML has more than 50000 values");
  return true;
}

/* `event` begins the node; its path is pushed and its mark set. `depth` counts the containers around it. */
static bool read_node(Reader *reader, const Event *event, Shape shape, size_t depth, json_t **ret)
{
  bool is_scalar = event->type == YAML_SCALAR_EVENT;
  if (!check_node(reader, event, is_scalar ? depth : depth + 1))
    return false;
  if (is_scalar)
    return read_scalar(reader, event, shape, ret);
  if (event->type == YAML_SEQUENCE_START_EVENT)
    return read_sequence(reader, shape, depth + 1, ret);
  return read_mapping(reader, shape, depth + 1, ret);
}

/* The whole text: at most one document. An empty one is an object without fields. */
static bool read_stream(Reader *reader, const FieldTable *table, json_t **ret)
{
  g_auto(Event) stream_start = {0};
  g_auto(Event) document_start = {0};
  if (!next_event(reader, &stream_start) || !next_event(reader, &document_start))
    return false;
  if (document_start.type == YAML_STREAM_END_EVENT) {
    *ret = json_object();
    return true;
  }
  g_autoptr(json_t) root = NULL;
  g_auto(Event) node = {0};
  g_auto(Event) document_end = {0};
  g_auto(Event) stream_end = {0};
  if (!next_event(reader, &node))
    return false;
  set_mark(reader, mark_of(node.start_mark));
  if (!read_node(reader, &node, (Shape){.table = table}, 0, &root) || !next_event(reader, &document_end) ||
      !next_event(reader, &stream_end))
    return false;
  if (stream_end.type != YAML_STREAM_END_EVENT)
    return stop(reader, REEVE_ERROR_INVALID, mark_of(stream_end.start_mark), "The YAML has more than one document");
  *ret = json_is_null(root) && reader->found->len == 0 ? json_object() : g_steal_pointer(&root);
  return true;
}

static bool has_error_at(const Reader *reader, const char *path)
{
  for (guint i = 0; i < reader->found->len; i++)
    if (strcmp(((const Located *)reader->found->pdata[i])->path, path) == 0)
      return true;
  return false;
}

/* Reads the tree into a copy of the record, so that all that is wrong is known. Takes over the copy if nothing is. */
static void read_tree(Reader *reader, const FieldTable *table, const json_t *tree, void *record)
{
  g_autoptr(GPtrArray) errors = field_errors_new();
  g_autofree void *draft = g_malloc0(table->size);
  record_copy(table, record, draft);
  json_to_record(table, tree, JSON_CREATE, draft, errors, NULL);
  for (guint i = 0; i < errors->len; i++) {
    const FieldError *error = errors->pdata[i];
    if (!has_error_at(reader, error->field))
      add_error(reader, error->field, find_mark(reader, error->field), error->message);
  }
  if (reader->found->len > 0) {
    record_clear(table, draft);
    return;
  }
  record_clear(table, record);
  memcpy(record, draft, table->size);
}

static int compare_places(const void *a, const void *b)
{
  const Located *one = *(Located *const *)a, *other = *(Located *const *)b;
  if (one->mark.line != other->mark.line)
    return one->mark.line < other->mark.line ? -1 : 1;
  return (one->mark.column > other->mark.column) - (one->mark.column < other->mark.column);
}

static bool report(Reader *reader, const char *name, GPtrArray *errors, GError **error)
{
  g_ptr_array_sort(reader->found, compare_places); /* a merge sort: what is at one place stays in order */
  for (guint i = 0; i < reader->found->len; i++) {
    const Located *located = reader->found->pdata[i];
    g_autofree char *message =
        g_strdup_printf("%s (line %zu, column %zu)", located->message, located->mark.line, located->mark.column);
    if (errors)
      field_errors_add(errors, located->path, "%s", message);
    if (i == 0)
      fail(error, reader->code, "%s: %s", name, message);
  }
  return reader->found->len == 0;
}

static void read_text(Reader *reader, const FieldTable *table, const char *text, size_t length, void *record)
{
  const char *end = NULL;
  if (length > MAX_BYTES) {
    stop(reader, REEVE_ERROR_LIMIT, (Mark){1, 1}, "The YAML is larger than 1 MiB");
    return;
  }
  if (!g_utf8_validate(text, (gssize)length, &end)) {
    stop(reader, REEVE_ERROR_INVALID, mark_at(text, (size_t)(end - text)), "The YAML is not valid UTF-8 text");
    return;
  }
  g_autoptr(json_t) tree = NULL;
  yaml_parser_initialize(&reader->parser); /* fails for want of memory only; then so does the first event */
  yaml_parser_set_encoding(&reader->parser, YAML_UTF8_ENCODING);
  yaml_parser_set_input_string(&reader->parser, (const unsigned char *)text, length);
  if (read_stream(reader, table, &tree))
    read_tree(reader, table, tree, record);
  yaml_parser_delete(&reader->parser);
}

bool yaml_to_record(const FieldTable *table, const char *name, const char *text, size_t length, void *record, GPtrArray *errors,
                    GError **error)
{
  Reader reader = {
      .text = text,
      .path = g_string_new(NULL),
      .marks = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free),
      .found = g_ptr_array_new_with_free_func(located_free),
      .code = REEVE_ERROR_INVALID,
  };
  read_text(&reader, table, text, length, record);
  bool good = report(&reader, name, errors, error);
  g_ptr_array_unref(reader.found);
  g_hash_table_unref(reader.marks);
  g_string_free(reader.path, TRUE);
  return good;
}
