/*
 * scanner.c
 *	  Reads labels, numbers and symbols out of the text form of a type, and
 *	  says what it missed where.
 *
 * Every scan_* function skips white space first and moves on only when it
 * has found what it was asked for.  scan_label and scan_number report their
 * own errors, softly where the caller can take that: false then means that
 * the input function must return.
 *
 * The text is in the server's encoding, in which no byte of a multibyte
 * character is ASCII; so it can be searched byte by byte.
 */
#include "scanner.h"

#include "common/int.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"

/* characters that end a bare label; a label that has one must be quoted */
#define LABEL_DELIMITERS	",+:<>=\"()%"

/* how much of a user's text an error message repeats, in bytes */
#define EXCERPT_LENGTH		60

static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_bare_label_char(char c)
{
	return c != '\0' && !is_space(c) && strchr(LABEL_DELIMITERS, c) == NULL;
}

static void
skip_space(Scanner *scanner)
{
	while (is_space(*scanner->next))
		scanner->next++;
}

/*
 * The beginning of a text that is too long to repeat in a message.
 */
char *
quoted_excerpt(const char *data, int len)
{
	int			shown = len > EXCERPT_LENGTH ? pg_mbcliplen(data, len, EXCERPT_LENGTH) : len;

	return psprintf("\"%.*s%s\"", shown, data, shown < len ? "..." : "");
}

/*
 * Report that something else was expected at the scanner's position.
 */
void
scan_failed(Scanner *scanner, const char *expected)
{
	int			position;

	skip_space(scanner);
	position = pg_mbstrlen_with_len(scanner->start, scanner->next - scanner->start) + 1;
	errsave(scanner->escontext,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid input syntax for type %s: %s", scanner->type_name,
					quoted_excerpt(scanner->start, strlen(scanner->start))),
			 errdetail("In %s %d, %s was expected at character %d.",
					   scanner->item_name, scanner->item, expected, position)));
}

bool
scan_symbol(Scanner *scanner, const char *symbol)
{
	size_t		len = strlen(symbol);

	skip_space(scanner);
	if (strncmp(scanner->next, symbol, len) != 0)
		return false;
	scanner->next += len;
	return true;
}

/*
 * A keyword, in either case, that does not go on as a longer word.
 */
bool
scan_word(Scanner *scanner, const char *word)
{
	size_t		len = strlen(word);

	skip_space(scanner);
	if (pg_strncasecmp(scanner->next, word, len) != 0 ||
		is_bare_label_char(scanner->next[len]))
		return false;
	scanner->next += len;
	return true;
}

bool
scan_end(Scanner *scanner)
{
	skip_space(scanner);
	return *scanner->next == '\0';
}

/*
 * A label in double quotes, in which two quotes stand for one.
 */
static bool
scan_quoted_label(Scanner *scanner, Label *label)
{
	char	   *copy = palloc(strlen(scanner->next));
	const char *p = scanner->next + 1;

	label->data = copy;
	label->len = 0;
	for (;; p++)
	{
		if (*p == '\0')
		{
			scan_failed(scanner, "a label with a closing quote");
			return false;
		}
		if (*p == '"' && *++p != '"')
			break;
		copy[label->len++] = *p;
	}
	if (label->len == 0)
	{
		scan_failed(scanner, "a label that is not empty");
		return false;
	}
	scanner->next = p;
	return true;
}

bool
scan_label(Scanner *scanner, Label *label)
{
	skip_space(scanner);
	if (*scanner->next == '"')
		return scan_quoted_label(scanner, label);

	label->data = scanner->next;
	while (is_bare_label_char(*scanner->next))
		scanner->next++;
	label->len = scanner->next - label->data;
	if (label->len == 0)
	{
		scan_failed(scanner, "a label");
		return false;
	}
	return true;
}

/*
 * The text of a number: digits with an optional sign and decimal point, or
 * Infinity or NaN.  NULL when there is none.
 */
static char *
scan_number_text(Scanner *scanner)
{
	const char *p;
	int			ndigits = 0;
	char	   *text;

	skip_space(scanner);
	p = scanner->next;
	if (*p == '-' || *p == '+')
		p++;
	if (pg_strncasecmp(p, "infinity", 8) == 0)
		p += 8;
	else if (pg_strncasecmp(p, "nan", 3) == 0)
		p += 3;
	else
	{
		for (; is_digit(*p); p++)
			ndigits++;
		if (*p == '.')
			for (p++; is_digit(*p); p++)
				ndigits++;
		if (ndigits == 0)
			return NULL;
	}
	text = pnstrdup(scanner->next, p - scanner->next);
	scanner->next = p;
	return text;
}

bool
scan_number(Scanner *scanner, Numeric *number)
{
	char	   *text = scan_number_text(scanner);
	Datum		result;

	if (text == NULL)
	{
		scan_failed(scanner, "a number");
		return false;
	}
	if (!DirectInputFunctionCallSafe(numeric_in, text, InvalidOid, -1,
									 scanner->escontext, &result))
		return false;
	*number = DatumGetNumeric(result);
	return true;
}

/*
 * A whole number without a sign.
 */
bool
scan_count(Scanner *scanner, int64 *count)
{
	const char *p;

	skip_space(scanner);
	*count = 0;
	for (p = scanner->next; is_digit(*p); p++)
	{
		if (pg_mul_s64_overflow(*count, 10, count) ||
			pg_add_s64_overflow(*count, *p - '0', count))
			break;
	}
	if (p == scanner->next || is_digit(*p))
	{
		scan_failed(scanner, "a count");
		return false;
	}
	scanner->next = p;
	return true;
}

/*
 * Write a label so that scan_label reads it back.
 */
void
append_label(StringInfo out, Label label)
{
	bool		bare = true;

	for (int i = 0; i < label.len && bare; i++)
		bare = is_bare_label_char(label.data[i]);
	if (bare)
	{
		appendBinaryStringInfo(out, label.data, label.len);
		return;
	}
	appendStringInfoChar(out, '"');
	for (int i = 0; i < label.len; i++)
	{
		if (label.data[i] == '"')
			appendStringInfoChar(out, '"');
		appendStringInfoChar(out, label.data[i]);
	}
	appendStringInfoChar(out, '"');
}
