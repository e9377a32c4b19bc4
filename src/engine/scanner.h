/*
 * scanner.h
 *	  The words that the text forms of grade_scale and quota are made of.
 *
 * Both are lists of labelled items, so labels, numbers and error reports are
 * the same in both and live here.
 */
#ifndef APPRAISAL_SCANNER_H
#define APPRAISAL_SCANNER_H

#include "compat.h"

#include "lib/stringinfo.h"
#include "nodes/nodes.h"
#include "utils/numeric.h"

typedef struct Scanner
{
	const char *start;			/* the whole text */
	const char *next;			/* what has not been read yet */
	const char *type_name;		/* for messages: the SQL type being read */
	const char *item_name;		/* for messages: what its items are called */
	int			item;			/* number of the item being read, from 1 */
	Node	   *escontext;		/* where a soft error goes, or NULL */
} Scanner;

/* a label as written by the user, unquoted; not terminated */
typedef struct Label
{
	const char *data;
	int			len;
} Label;

extern bool scan_symbol(Scanner *scanner, const char *symbol);
extern bool scan_word(Scanner *scanner, const char *word);
extern bool scan_end(Scanner *scanner);
extern bool scan_label(Scanner *scanner, Label *label);
extern bool scan_number(Scanner *scanner, Numeric *number);
extern bool scan_count(Scanner *scanner, int64 *count);
extern void scan_failed(Scanner *scanner, const char *expected);

extern void append_label(StringInfo out, Label label);
extern char *quoted_excerpt(const char *data, int len);

static inline bool
labels_equal(Label a, Label b)
{
	return a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}

#endif							/* APPRAISAL_SCANNER_H */
