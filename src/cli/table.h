/* Tables for people: columns aligned by what characters take on the screen, no blanks at line ends.
 *
 * Thread-safety: one thread. */
#pragma once

#include "cli/text.h"

typedef struct Table Table;

typedef enum { TABLE_LEFT, TABLE_RIGHT } TableAlign;

Table *table_new(void);
void table_free(Table *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Table, table_free)

/* All columns come before the first cell. `title` is constant. */
void table_column(Table *table, const char *title, TableAlign align);

/* The next cell; a row is complete when each column has one. Cells are escaped. */
void table_add(Table *table, const char *format, ...) G_GNUC_PRINTF(2, 3);
void table_add_coloured(Table *table, Colour colour, const char *format, ...) G_GNUC_PRINTF(3, 4);

size_t table_rows(const Table *table);

/* The title row and the rows; "" without rows. The caller frees it. */
char *table_render(const Table *table, bool coloured);

/* Prints it on standard output, coloured if that is a terminal. */
void table_print(const Table *table);
