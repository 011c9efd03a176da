/* How columns are aligned. Test: tests/unit/cli/test_output.c */
#include "cli/table.h"

#include <string.h>

enum { COLUMN_GAP = 2 };

typedef struct {
  const char *title;
  TableAlign align;
  int width; /* of its widest cell or its title */
} Column;

typedef struct {
  char *text;
  int width;
  Colour colour;
} Cell;

struct Table {
  GArray *columns; /* Column */
  GArray *cells;   /* Cell, row after row */
};

static void cell_clear(void *cell)
{
  g_free(((Cell *)cell)->text);
}

Table *table_new(void)
{
  Table *table = g_new(Table, 1);
  table->columns = g_array_new(FALSE, FALSE, sizeof(Column));
  table->cells = g_array_new(FALSE, FALSE, sizeof(Cell));
  g_array_set_clear_func(table->cells, cell_clear);
  return table;
}

void table_free(Table *table)
{
  if (!table)
    return;
  g_array_unref(table->columns);
  g_array_unref(table->cells);
  g_free(table);
}

void table_column(Table *table, const char *title, TableAlign align)
{
  Column column = {.title = title, .align = align, .width = text_width(title)};
  g_array_append_val(table->columns, column);
}

static void add(Table *table, Colour colour, const char *format, va_list args)
{
  g_autofree char *raw = g_strdup_vprintf(format, args);
  Cell cell = {.text = text_escape(raw), .colour = colour};
  cell.width = text_width(cell.text);
  Column *column = &g_array_index(table->columns, Column, table->cells->len % table->columns->len);
  column->width = MAX(column->width, cell.width);
  g_array_append_val(table->cells, cell);
}

void table_add(Table *table, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  add(table, COLOUR_NONE, format, args);
  va_end(args);
}

void table_add_coloured(Table *table, Colour colour, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  add(table, colour, format, args);
  va_end(args);
}

size_t table_rows(const Table *table)
{
  return table->columns->len ? table->cells->len / table->columns->len : 0;
}

/* `pending` blanks are owed: they are paid only if something follows on the line. */
static void append_cell(GString *line, const Column *column, const Cell *cell, bool coloured, int *pending)
{
  int fill = column->width - cell->width;
  if (!*cell->text) {
    *pending += column->width + COLUMN_GAP;
    return;
  }
  g_string_append_printf(line, "%*s%s", *pending + (column->align == TABLE_RIGHT ? fill : 0), "",
                         coloured ? colour_start(cell->colour) : "");
  g_string_append(line, cell->text);
  g_string_append(line, coloured ? colour_end(cell->colour) : "");
  *pending = (column->align == TABLE_LEFT ? fill : 0) + COLUMN_GAP;
}

char *table_render(const Table *table, bool coloured)
{
  GString *text = g_string_new(NULL);
  size_t n = table->columns->len, rows = table_rows(table);
  for (size_t row = 0; rows > 0 && row <= rows; row++) {
    int pending = 0;
    for (size_t i = 0; i < n; i++) {
      const Column *column = &g_array_index(table->columns, Column, i);
      const Cell title = {.text = (char *)column->title, .width = text_width(column->title), .colour = COLOUR_BOLD};
      append_cell(text, column, row == 0 ? &title : &g_array_index(table->cells, Cell, (row - 1) * n + i), coloured, &pending);
    }
    g_string_append_c(text, '\n');
  }
  return g_string_free(text, FALSE);
}

void table_print(const Table *table)
{
  g_autofree char *text = table_render(table, text_coloured(stdout));
  fputs(text, stdout);
}
