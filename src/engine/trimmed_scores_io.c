/*
 * trimmed_scores_io.c
 *	  Text and binary forms of the type trimmed_scores.
 *
 * Text: (k,scores in the middle,their sum,{other scores in order}).  The
 * numbers carry their display scales in their trailing zeros, so the text
 * loses nothing.
 */
#include "trimmed_scores.h"

#include "libpq/pqformat.h"
#include "scanner.h"
#include "utils/builtins.h"
#include "wire.h"

PG_FUNCTION_INFO_V1(trimmed_scores_in);
PG_FUNCTION_INFO_V1(trimmed_scores_out);
PG_FUNCTION_INFO_V1(trimmed_scores_recv);
PG_FUNCTION_INFO_V1(trimmed_scores_send);

/* what both forms say */
typedef struct Parts
{
	int64		k;
	int64		nmiddle;
	Numeric		middle;
	Numeric    *others;
	uint32		nothers;
	uint32		room;			/* for others */
} Parts;

/*
 * Others beyond the number that any state has are not kept.
 */
static void
add_other(Parts *parts, Numeric score)
{
	if (parts->nothers > 2 * TRIMMED_SCORES_MAX_K)
		return;
	if (parts->nothers == parts->room)
	{
		parts->room = parts->room == 0 ? 16 : 2 * parts->room;
		parts->others = parts->others == NULL ?
			palloc(parts->room * sizeof(Numeric)) :
			repalloc(parts->others, parts->room * sizeof(Numeric));
	}
	parts->others[parts->nothers++] = score;
}

static bool
scan_part(Scanner *scanner, const char *before)
{
	scanner->item++;
	if (scan_symbol(scanner, before))
		return true;
	scan_failed(scanner, psprintf("\"%s\"", before));
	return false;
}

static bool
scan_parts(Scanner *scanner, Parts *parts)
{
	Numeric		score;

	if (!scan_part(scanner, "(") || !scan_count(scanner, &parts->k) ||
		!scan_part(scanner, ",") || !scan_count(scanner, &parts->nmiddle) ||
		!scan_part(scanner, ",") || !scan_number(scanner, &parts->middle) ||
		!scan_part(scanner, ",") || !scan_part(scanner, "{"))
		return false;
	for (bool first = true; !scan_symbol(scanner, "}"); first = false)
	{
		if ((!first && !scan_part(scanner, ",")) || !scan_number(scanner, &score))
			return false;
		add_other(parts, score);
	}
	if (scan_symbol(scanner, ")") && scan_end(scanner))
		return true;
	scan_failed(scanner, "\")\" and the end");
	return false;
}

static TrimmedScores *
make_scores(const Parts *parts)
{
	if (parts->k > TRIMMED_SCORES_MAX_K)
		return NULL;
	return trimmed_scores_make((uint32) parts->k, parts->nmiddle, parts->middle,
							   parts->others, parts->nothers);
}

/*
 * The parts of a state that may be changed.
 */
static Parts
parts_of(TrimmedScores *scores)
{
	Parts		parts = {0};

	scores = trimmed_scores_settle(scores, scores->k);
	parts.k = scores->k;
	parts.nmiddle = scores->nmiddle;
	parts.middle = trimmed_scores_middle(scores);
	parts.others = trimmed_scores_sorted(scores, &parts.nothers);
	return parts;
}

/*
 * trimmed_scores_in(cstring) -> trimmed_scores
 */
Datum
trimmed_scores_in(PG_FUNCTION_ARGS)
{
	char	   *input = PG_GETARG_CSTRING(0);
	Scanner		scanner = {
		.start = input, .next = input, .type_name = "trimmed_scores",
		.item_name = "number", .escontext = SOFT_ERROR_CONTEXT(fcinfo)
	};
	Parts		parts = {0};
	TrimmedScores *scores;

	if (!scan_parts(&scanner, &parts))
		PG_RETURN_NULL();
	scores = make_scores(&parts);
	if (scores == NULL)
		ereturn(scanner.escontext, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("no set of scores has the trimmed_scores %s",
						quoted_excerpt(input, strlen(input)))));
	PG_RETURN_POINTER(scores);
}

/*
 * trimmed_scores_out(trimmed_scores) -> cstring
 */
Datum
trimmed_scores_out(PG_FUNCTION_ARGS)
{
	Parts		parts = parts_of((TrimmedScores *) PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(0)));
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfo(&out, "(" INT64_FORMAT "," INT64_FORMAT ",%s,{",
					 parts.k, parts.nmiddle, numeric_text(parts.middle));
	for (uint32 i = 0; i < parts.nothers; i++)
		appendStringInfo(&out, "%s%s", i > 0 ? "," : "", numeric_text(parts.others[i]));
	appendStringInfoString(&out, "})");
	PG_RETURN_CSTRING(out.data);
}

/*
 * Binary: version, k, number of scores in the middle, their sum, number of
 * other scores, other scores in order.
 */
Datum
trimmed_scores_send(PG_FUNCTION_ARGS)
{
	Parts		parts = parts_of((TrimmedScores *) PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(0)));
	StringInfoData out;

	pq_begintypsend(&out);
	pq_sendbyte(&out, TRIMMED_SCORES_VERSION);
	pq_sendint32(&out, (uint32) parts.k);
	pq_sendint64(&out, parts.nmiddle);
	wire_write_numeric(parts.middle, &out);
	pq_sendint32(&out, parts.nothers);
	for (uint32 i = 0; i < parts.nothers; i++)
		wire_write_numeric(parts.others[i], &out);
	PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}

Datum
trimmed_scores_recv(PG_FUNCTION_ARGS)
{
	static const char *const type = "trimmed_scores";
	StringInfo	in = (StringInfo) PG_GETARG_POINTER(0);
	Parts		parts = {0};
	uint32		nothers;
	TrimmedScores *scores;

	wire_check_field(type, "version", pq_getmsgbyte(in),
					 TRIMMED_SCORES_VERSION, TRIMMED_SCORES_VERSION);
	parts.k = wire_check_field(type, "k", (int32) pq_getmsgint(in, 4), 0, TRIMMED_SCORES_MAX_K);
	parts.nmiddle = wire_check_field(type, "number of scores in the middle",
									 pq_getmsgint64(in), 0, PG_INT64_MAX);
	parts.middle = wire_read_numeric(in);
	nothers = wire_check_field(type, "number of other scores", (int32) pq_getmsgint(in, 4),
							   0, 2 * parts.k);
	for (uint32 i = 0; i < nothers; i++)
		add_other(&parts, wire_read_numeric(in));
	scores = make_scores(&parts);
	if (scores == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("no set of scores has the external \"%s\" value", type)));
	PG_RETURN_POINTER(scores);
}
