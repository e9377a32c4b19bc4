/*
 * score_summary_io.c
 *	  The text and binary forms of the type score_summary, and its equality.
 *
 * Text: (count,sum of weights,sum of score times weight), and with squares
 * also the sum of weight times score squared and the sum of squared weights.
 * The numbers carry their display scales in their trailing zeros, so the
 * text loses nothing.
 */
#include "score_summary.h"

#include "common/hashfn.h"
#include "libpq/pqformat.h"
#include "scanner.h"
#include "utils/builtins.h"
#include "wire.h"

PG_FUNCTION_INFO_V1(score_summary_in);
PG_FUNCTION_INFO_V1(score_summary_out);
PG_FUNCTION_INFO_V1(score_summary_recv);
PG_FUNCTION_INFO_V1(score_summary_send);
PG_FUNCTION_INFO_V1(score_summary_eq);
PG_FUNCTION_INFO_V1(score_summary_ne);
PG_FUNCTION_INFO_V1(score_summary_hash);

static bool
product_is_at_most(Numeric a, Numeric b, Numeric c, Numeric d)
{
	return compare_numerics(multiply_numerics(a, b), multiply_numerics(c, d)) <= 0;
}

static bool
is_plain_zero(Numeric num)
{
	return sign_of_numeric(num) == 0 && dscale_of_numeric(num) == 0;
}

/*
 * Can a set of n scores have these sums?  By Cauchy and Schwarz their squares
 * are not smaller than they can be.
 */
static bool
sums_are_possible(int64 n, int nparts, const Numeric *sum)
{
	int			weight_dscale = dscale_of_numeric(sum[SUM_WEIGHT]);
	Numeric		count = decimal_make(n, 0, 0);

	if (n == 0)
	{
		for (int i = 0; i < nparts; i++)
		{
			if (!is_plain_zero(sum[i]))
				return false;
		}
		return true;
	}
	if (!is_finite_numeric(sum[SUM_WEIGHT]) || sign_of_numeric(sum[SUM_WEIGHT]) < 0)
		return false;
	if (is_finite_numeric(sum[SUM_PRODUCT]) &&
		dscale_of_numeric(sum[SUM_PRODUCT]) < weight_dscale)
		return false;
	if (nparts == PARTS_WITHOUT_SQUARES)
		return true;

	if (!is_finite_numeric(sum[SUM_WEIGHT_SQUARE]) ||
		dscale_of_numeric(sum[SUM_WEIGHT_SQUARE]) != Min(2 * weight_dscale, NUMERIC_DSCALE_LIMIT) ||
		!product_is_at_most(sum[SUM_WEIGHT], sum[SUM_WEIGHT], count, sum[SUM_WEIGHT_SQUARE]) ||
		compare_numerics(sum[SUM_WEIGHT_SQUARE],
						 multiply_numerics(sum[SUM_WEIGHT], sum[SUM_WEIGHT])) > 0)
		return false;
	if (!is_finite_numeric(sum[SUM_PRODUCT]) || !is_finite_numeric(sum[SUM_SQUARE]))
		return is_finite_numeric(sum[SUM_PRODUCT]) == is_finite_numeric(sum[SUM_SQUARE]);
	return dscale_of_numeric(sum[SUM_SQUARE]) >= dscale_of_numeric(sum[SUM_PRODUCT]) &&
		product_is_at_most(sum[SUM_PRODUCT], sum[SUM_PRODUCT], sum[SUM_WEIGHT], sum[SUM_SQUARE]);
}

/*
 * score_summary_in(cstring) -> score_summary
 */
Datum
score_summary_in(PG_FUNCTION_ARGS)
{
	char	   *input = PG_GETARG_CSTRING(0);
	Scanner		scanner = {
		.start = input, .next = input, .type_name = "score_summary",
		.item_name = "number", .item = 1, .escontext = SOFT_ERROR_CONTEXT(fcinfo)
	};
	int64		n;
	int			nparts = 0;
	Numeric		sum[PARTS_WITH_SQUARES];

	if (!scan_symbol(&scanner, "("))
	{
		scan_failed(&scanner, "\"(\"");
		PG_RETURN_NULL();
	}
	if (!scan_count(&scanner, &n))
		PG_RETURN_NULL();
	while (nparts < PARTS_WITH_SQUARES && scan_symbol(&scanner, ","))
	{
		scanner.item++;
		if (!scan_number(&scanner, &sum[nparts++]))
			PG_RETURN_NULL();
	}
	if (nparts != PARTS_WITHOUT_SQUARES && nparts != PARTS_WITH_SQUARES)
	{
		scanner.item++;
		scan_failed(&scanner, "\",\"");
		PG_RETURN_NULL();
	}
	if (!scan_symbol(&scanner, ")") || !scan_end(&scanner))
	{
		scan_failed(&scanner, "\")\" and the end");
		PG_RETURN_NULL();
	}
	if (!sums_are_possible(n, nparts, sum))
		ereturn(scanner.escontext, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("no set of scores has the score_summary %s",
						quoted_excerpt(input, strlen(input)))));
	PG_RETURN_POINTER(summary_make(n, nparts, sum));
}

/*
 * score_summary_out(score_summary) -> cstring
 */
Datum
score_summary_out(PG_FUNCTION_ARGS)
{
	ScoreSummary *summary = DatumGetScoreSummary(PG_GETARG_DATUM(0));
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfo(&out, "(" INT64_FORMAT, summary->n);
	for (int i = 0; i < summary->nparts; i++)
		appendStringInfo(&out, ",%s", numeric_text(summary_sum(summary, i)));
	appendStringInfoChar(&out, ')');
	PG_RETURN_CSTRING(out.data);
}

/*
 * Binary: version, number of sums, count, sums.
 */
Datum
score_summary_send(PG_FUNCTION_ARGS)
{
	ScoreSummary *summary = DatumGetScoreSummary(PG_GETARG_DATUM(0));
	StringInfoData out;

	pq_begintypsend(&out);
	pq_sendbyte(&out, SCORE_SUMMARY_VERSION);
	pq_sendbyte(&out, summary->nparts);
	pq_sendint64(&out, summary->n);
	for (int i = 0; i < summary->nparts; i++)
		wire_write_numeric(summary_sum(summary, i), &out);
	PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}

Datum
score_summary_recv(PG_FUNCTION_ARGS)
{
	StringInfo	in = (StringInfo) PG_GETARG_POINTER(0);
	int			nparts;
	int64		n;
	Numeric		sum[PARTS_WITH_SQUARES] = {NULL};

	wire_check_field("score_summary", "version", pq_getmsgbyte(in),
					 SCORE_SUMMARY_VERSION, SCORE_SUMMARY_VERSION);
	nparts = pq_getmsgbyte(in);
	if (nparts != PARTS_WITHOUT_SQUARES)
		wire_check_field("score_summary", "number of sums", nparts,
						 PARTS_WITH_SQUARES, PARTS_WITH_SQUARES);
	n = wire_check_field("score_summary", "count", pq_getmsgint64(in), 0, PG_INT64_MAX);
	for (int i = 0; i < nparts; i++)
		sum[i] = wire_read_numeric(in);
	if (!sums_are_possible(n, nparts, sum))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("no set of scores has the external \"score_summary\" value")));
	PG_RETURN_POINTER(summary_make(n, nparts, sum));
}

/*
 * Equal are those that would be written the same.
 */
static bool
summaries_equal(const ScoreSummary *a, const ScoreSummary *b)
{
	if (a->n != b->n || a->nparts != b->nparts)
		return false;
	for (int i = 0; i < a->nparts; i++)
	{
		Numeric		x = summary_sum(a, i);
		Numeric		y = summary_sum(b, i);

		if (compare_numerics(x, y) != 0 || dscale_of_numeric(x) != dscale_of_numeric(y))
			return false;
	}
	return true;
}

Datum
score_summary_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(summaries_equal(DatumGetScoreSummary(PG_GETARG_DATUM(0)),
								   DatumGetScoreSummary(PG_GETARG_DATUM(1))));
}

Datum
score_summary_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!summaries_equal(DatumGetScoreSummary(PG_GETARG_DATUM(0)),
									DatumGetScoreSummary(PG_GETARG_DATUM(1))));
}

/*
 * NaN sums and sums of zero are common, so one sum would not tell enough.
 */
Datum
score_summary_hash(PG_FUNCTION_ARGS)
{
	ScoreSummary *summary = DatumGetScoreSummary(PG_GETARG_DATUM(0));
	uint32		hash = murmurhash32((uint32) summary->n);

	for (int i = 0; i < summary->nparts; i++)
		hash = hash_combine(hash,
							DatumGetUInt32(DirectFunctionCall1(hash_numeric,
															   NumericGetDatum(summary_sum(summary, i)))));
	PG_RETURN_UINT32(hash);
}
