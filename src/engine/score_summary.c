/*
 * score_summary.c
 *	  The type score_summary: text and binary forms, and the slow half of
 *	  its arithmetic.
 *
 * Text: (count,sum of weights,sum of score times weight).  The numbers carry
 * their display scales in their trailing zeros, so the text loses nothing.
 */
#include "score_summary.h"

#include "common/int.h"
#include "libpq/pqformat.h"
#include "scanner.h"
#include "utils/builtins.h"
#include "wire.h"

#define SCORE_SUMMARY_VERSION	1

PG_FUNCTION_INFO_V1(score_summary_in);
PG_FUNCTION_INFO_V1(score_summary_out);
PG_FUNCTION_INFO_V1(score_summary_recv);
PG_FUNCTION_INFO_V1(score_summary_send);

static Numeric
zero(void)
{
	return decimal_make(0, 0, 0);
}

/*
 * Read a pair that is not fixed-point, or refuse its weight.
 */
static void
read_wide_score(Datum score, Datum weight, WeightedScore *result)
{
	Numeric		w = DatumGetNumeric(weight);
	Numeric		product;

	if (!is_finite_numeric(w) || sign_of_numeric(w) < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("weight must be a number and not negative, not %s",
						numeric_text(w))));

	product = DatumGetNumeric(DirectFunctionCall2(numeric_mul, score, weight));
	result->weight = 0;
	result->product = 0;
	result->wide_weight = w;
	result->wide_product = product;
	result->weight_dscale = dscale_of_numeric(w);
	result->product_dscale = dscale_of_numeric(product);
}

/*
 * Read a score and its weight; a negative, NaN or infinite weight is an
 * error.
 */
void
read_weighted_score(Datum score, Datum weight, WeightedScore *result)
{
	int64		value;
	int			value_dscale;

	if (decimal_read(score, &value, &value_dscale) &&
		decimal_read(weight, &result->weight, &result->weight_dscale) &&
		result->weight >= 0 &&
		value_dscale + result->weight_dscale <= NUMERIC_DSCALE_LIMIT)
	{
		result->product_dscale = value_dscale + result->weight_dscale;
		result->product = (int128) value * result->weight;
		result->wide_weight = NULL;
		result->wide_product = NULL;
	}
	else
		read_wide_score(score, weight, result);
}

static bool
has_wide_sums(const ScoreSummary *summary)
{
	return VARSIZE(summary) > offsetof(ScoreSummary, wide);
}

static Numeric
wide_weight(const ScoreSummary *summary)
{
	return has_wide_sums(summary) ? (Numeric) summary->wide : zero();
}

static Numeric
wide_product(const ScoreSummary *summary)
{
	return has_wide_sums(summary) ?
		(Numeric) (summary->wide + INTALIGN(VARSIZE(summary->wide))) : zero();
}

/*
 * A summary like this one, but with these sums beside its integers.
 */
static ScoreSummary *
with_wide_sums(const ScoreSummary *summary, Numeric weight, Numeric product)
{
	Size		header = offsetof(ScoreSummary, wide);
	Size		size = header + INTALIGN(VARSIZE(weight)) + VARSIZE(product);
	ScoreSummary *result = palloc0(size);

	memcpy(result, summary, header);
	SET_VARSIZE(result, size);
	memcpy(result->wide, weight, VARSIZE(weight));
	memcpy(result->wide + INTALIGN(VARSIZE(weight)), product, VARSIZE(product));
	return result;
}

static Numeric
fixed_weight(const ScoreSummary *summary)
{
	return decimal_make(summary->weight, DECIMAL_PLACES, summary->weight_dscale);
}

static Numeric
fixed_product(const ScoreSummary *summary)
{
	return decimal_make(summary->product, DECIMAL_PRODUCT_PLACES, summary->product_dscale);
}

/*
 * Add a score.  The summary is changed in place, unless the score is no
 * fixed-point pair or the integers have no room for it: then it grows, and
 * they are emptied into its numerics.
 */
ScoreSummary *
score_summary_add(ScoreSummary *summary, const WeightedScore *score)
{
	if (score->wide_weight != NULL || !has_room_for_product(summary->product))
	{
		Numeric		weight = wide_weight(summary);
		Numeric		product = wide_product(summary);

		if (score->wide_weight != NULL)
		{
			weight = add_numerics(weight, score->wide_weight);
			product = add_numerics(product, score->wide_product);
		}
		if (!has_room_for_product(summary->product))
		{
			product = add_numerics(product, fixed_product(summary));
			summary->product = 0;
		}
		summary = with_wide_sums(summary, weight, product);
	}
	score_summary_add_fixed(summary, score->weight, score->weight_dscale,
							score->product, score->product_dscale);
	return summary;
}

/*
 * The summary of both sets, newly palloc'd.
 */
ScoreSummary *
score_summary_merge(const ScoreSummary *a, const ScoreSummary *b)
{
	ScoreSummary sum;
	bool		is_wide = has_wide_sums(a) || has_wide_sums(b);
	Numeric		product = NULL;
	ScoreSummary *result;

	memcpy(&sum, a, offsetof(ScoreSummary, wide));
	if (pg_add_s64_overflow(a->n, b->n, &sum.n))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("too many scores in a score_summary")));
	sum.weight += b->weight;
	sum.weight_dscale = Max(a->weight_dscale, b->weight_dscale);
	sum.product_dscale = Max(a->product_dscale, b->product_dscale);
	if (has_room_for_product(a->product) && has_room_for_product(b->product))
		sum.product += b->product;
	else
	{
		is_wide = true;
		product = add_numerics(fixed_product(a), fixed_product(b));
		sum.product = 0;
	}

	if (is_wide)
	{
		Numeric		wide = add_numerics(wide_product(a), wide_product(b));

		return with_wide_sums(&sum, add_numerics(wide_weight(a), wide_weight(b)),
							  product ? add_numerics(wide, product) : wide);
	}
	result = palloc(offsetof(ScoreSummary, wide));
	memcpy(result, &sum, offsetof(ScoreSummary, wide));
	SET_VARSIZE(result, offsetof(ScoreSummary, wide));
	return result;
}

/*
 * Is there any weight at all?  Weights are never negative.
 */
bool
score_summary_has_weight(const ScoreSummary *summary)
{
	return summary->weight > 0 || sign_of_numeric(wide_weight(summary)) > 0;
}

/*
 * Both sums, with the digits and the display scale that numeric's own sums
 * would have.
 */
void
score_summary_sums(const ScoreSummary *summary, Numeric *weight, Numeric *product)
{
	*weight = fixed_weight(summary);
	*product = fixed_product(summary);
	if (has_wide_sums(summary))
	{
		*weight = add_numerics(*weight, wide_weight(summary));
		*product = add_numerics(*product, wide_product(summary));
	}
}

/*
 * A summary with given sums; false when no set of scores can have them.
 */
static bool
make_summary(int64 n, Numeric weight, Numeric product, ScoreSummary **summary)
{
	ScoreSummary header = {0};

	if (n < 0 || !is_finite_numeric(weight) || sign_of_numeric(weight) < 0)
		return false;
	header.version = SCORE_SUMMARY_VERSION;
	if (n == 0)
	{
		if (sign_of_numeric(weight) != 0 || dscale_of_numeric(weight) != 0 ||
			sign_of_numeric(product) != 0 || dscale_of_numeric(product) != 0)
			return false;
		*summary = palloc(offsetof(ScoreSummary, wide));
		memcpy(*summary, &header, offsetof(ScoreSummary, wide));
		SET_VARSIZE(*summary, offsetof(ScoreSummary, wide));
		return true;
	}
	header.n = n;
	header.weight_dscale = dscale_of_numeric(weight);
	header.product_dscale = dscale_of_numeric(product);
	*summary = with_wide_sums(&header, weight, product);
	return true;
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
		.item_name = "number", .escontext = SOFT_ERROR_CONTEXT(fcinfo)
	};
	static const char *const separators[] = {"(", ",", ","};
	int64		n;
	Numeric		sums[3];		/* of weights and of products, in 1 and 2 */
	ScoreSummary *summary;

	for (int i = 0; i < 3; i++)
	{
		scanner.item = i + 1;
		if (!scan_symbol(&scanner, separators[i]))
		{
			scan_failed(&scanner, psprintf("\"%s\"", separators[i]));
			PG_RETURN_NULL();
		}
		if (i == 0 ? !scan_count(&scanner, &n) : !scan_number(&scanner, &sums[i]))
			PG_RETURN_NULL();
	}
	if (!scan_symbol(&scanner, ")") || !scan_end(&scanner))
	{
		scan_failed(&scanner, "\")\" and the end");
		PG_RETURN_NULL();
	}
	if (!make_summary(n, sums[1], sums[2], &summary))
		ereturn(scanner.escontext, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("no set of scores has the score_summary %s",
						quoted_excerpt(input, strlen(input)))));
	PG_RETURN_POINTER(summary);
}

/*
 * score_summary_out(score_summary) -> cstring
 */
Datum
score_summary_out(PG_FUNCTION_ARGS)
{
	ScoreSummary *summary = DatumGetScoreSummary(PG_GETARG_DATUM(0));
	Numeric		weight;
	Numeric		product;

	score_summary_sums(summary, &weight, &product);
	PG_RETURN_CSTRING(psprintf("(" INT64_FORMAT ",%s,%s)", summary->n,
							   numeric_text(weight),
							   numeric_text(product)));
}

/*
 * Binary: version, count, sum of weights, sum of score times weight.
 */
Datum
score_summary_send(PG_FUNCTION_ARGS)
{
	ScoreSummary *summary = DatumGetScoreSummary(PG_GETARG_DATUM(0));
	Numeric		weight;
	Numeric		product;
	StringInfoData out;

	score_summary_sums(summary, &weight, &product);
	pq_begintypsend(&out);
	pq_sendbyte(&out, SCORE_SUMMARY_VERSION);
	pq_sendint64(&out, summary->n);
	wire_write_numeric(weight, &out);
	wire_write_numeric(product, &out);
	PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}

Datum
score_summary_recv(PG_FUNCTION_ARGS)
{
	StringInfo	in = (StringInfo) PG_GETARG_POINTER(0);
	int64		n;
	Numeric		weight;
	Numeric		product;
	ScoreSummary *summary;

	wire_check_field("score_summary", "version", pq_getmsgbyte(in),
					 SCORE_SUMMARY_VERSION, SCORE_SUMMARY_VERSION);
	n = pq_getmsgint64(in);
	weight = wire_read_numeric(in);
	product = wire_read_numeric(in);
	if (!make_summary(n, weight, product, &summary))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("no set of scores has the external \"score_summary\" value")));
	PG_RETURN_POINTER(summary);
}
