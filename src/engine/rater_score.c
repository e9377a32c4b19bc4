/*
 * rater_score.c
 *	  The aggregates rater_score and rater_coverage: scores of one person from
 *	  several sources, averaged within each source and weighted over them.
 *
 * All means and weights are brought to one fraction, and only that one is
 * divided out: the result is rounded once.
 */
#include "rater_scores.h"

#include "miscadmin.h"
#include "quotient.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(rater_scores_add);
PG_FUNCTION_INFO_V1(rater_scores_combine);
PG_FUNCTION_INFO_V1(rater_score_final);
PG_FUNCTION_INFO_V1(rater_coverage_final);

/* in integers, the common denominator stays below this, and sums below 2^126 */
#define DENOMINATOR_LIMIT	(INT64CONST(1) << 31)
#define TERM_LIMIT_HIGH		(INT64CONST(1) << 62)

static pg_noinline Datum
add_any_score(FunctionCallInfo fcinfo)
{
	text	   *name;
	SourceSums	sums = {0};

	if (PG_ARGISNULL(2))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("source must not be null"),
				 errhint("Name the kind of rater in each row, or leave rows without one out by FILTER.")));
	if (PG_ARGISNULL(3))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("weight must not be null"),
				 errhint("A source that is not to count has weight 0.")));
	name = PG_GETARG_TEXT_PP(2);
	sums.name.data = VARDATA_ANY(name);
	sums.name.len = VARSIZE_ANY_EXHDR(name);
	set_source_weight(&sums, PG_GETARG_DATUM(3));
	if (!PG_ARGISNULL(1))
		set_source_score(&sums, PG_GETARG_DATUM(1));
	PG_RETURN_POINTER(rater_scores_absorb(PG_ARGISNULL(0) ? NULL : writable_argument(fcinfo), &sums));
}

/*
 * rater_scores_add(rater_scores, score numeric, source text, weight numeric)
 *
 * The usual case, a score of a source that is known already, stands here in
 * full.  A null score says that the source was asked.
 */
Datum
rater_scores_add(PG_FUNCTION_ARGS)
{
	RaterScores *scores = (RaterScores *) PG_GETARG_POINTER(0);
	struct varlena *text = (struct varlena *) PG_GETARG_POINTER(2);
	Label		name;
	int64		value;
	int64		weight;
	int			value_dscale;
	int			weight_dscale;
	RaterSource *source;

	if (unlikely(PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3) ||
				 VARATT_IS_EXTENDED(scores) || !is_aggregate_call(fcinfo) ||
				 VARATT_IS_EXTERNAL(text) || VARATT_IS_COMPRESSED(text) ||
				 !decimal_read_quick(PG_GETARG_DATUM(1), &value, &value_dscale) ||
				 !decimal_read_quick(PG_GETARG_DATUM(3), &weight, &weight_dscale)))
		return add_any_score(fcinfo);

	name.data = VARDATA_ANY(text);
	name.len = VARSIZE_ANY_EXHDR(text);
	source = find_source(scores, name);
	if (unlikely(source == NULL || source->weight != weight ||
				 source->weight == WIDE_WEIGHT || source->n == PG_INT64_MAX))
		return add_any_score(fcinfo);

	source->n++;
	source->sum += value;
	if (value_dscale > source->sum_dscale)
		source->sum_dscale = value_dscale;
	if (weight_dscale > source->weight_dscale)
		source->weight_dscale = weight_dscale;
	PG_RETURN_POINTER(scores);
}

/*
 * rater_scores_combine(rater_scores, rater_scores)
 */
Datum
rater_scores_combine(PG_FUNCTION_ARGS)
{
	RaterScores *scores = writable_argument(fcinfo);
	RaterScores *others = DatumGetRaterScores(PG_GETARG_DATUM(1));

	for (int i = 0; i < others->nsources; i++)
	{
		SourceSums	sums;

		rater_scores_get(others, i, &sums);
		scores = rater_scores_absorb(scores, &sums);
	}
	PG_RETURN_POINTER(scores);
}

/*
 * Does a source count in a score?
 */
static bool
counts(const RaterSource *source)
{
	return source->n > 0 && source->weight != 0;
}

/*
 * Least common multiple of the numbers of scores; 0 if it is too large.
 */
static int64
common_denominator(const RaterScores *scores)
{
	int64		result = 1;

	for (int i = 0; i < scores->nsources; i++)
	{
		int64		n = scores->sources[i].n;
		int64		a = result;
		int64		b = n;

		if (!counts(&scores->sources[i]))
			continue;
		if (n >= DENOMINATOR_LIMIT)
			return 0;
		while (b != 0)
		{
			int64		rest = a % b;

			a = b;
			b = rest;
		}
		result *= n / a;
		if (result >= DENOMINATOR_LIMIT)
			return 0;
	}
	return result;
}

/*
 * The score by integers; NULL when they are too large.
 */
static Numeric
fixed_score(const RaterScores *scores)
{
	int64		denominator = common_denominator(scores);
	int128		sum = 0;
	int128		weight = 0;
	int			sum_dscale = 0;
	int			weight_dscale = 0;

	if (denominator == 0)
		return NULL;
	for (int i = 0; i < scores->nsources; i++)
	{
		const RaterSource *source = &scores->sources[i];
		int64		factor;
		int128		product;

		if (!counts(source))
			continue;
		if (source->weight == WIDE_WEIGHT || source->wide_sum != 0 ||
			source->sum != (int64) source->sum ||
			source->sum_dscale + source->weight_dscale > NUMERIC_DSCALE_LIMIT)
			return NULL;
		factor = denominator / source->n;
		product = (int128) (int64) source->sum * source->weight;
		if ((uint128) ((product < 0 ? -product : product) >> 64) + 1 > TERM_LIMIT_HIGH / factor)
			return NULL;
		if (__builtin_add_overflow(sum, product * factor, &sum))
			return NULL;
		weight += source->weight;
		sum_dscale = Max(sum_dscale, source->sum_dscale + source->weight_dscale);
		weight_dscale = Max(weight_dscale, source->weight_dscale);
	}
	return divide_fixed(sum, DECIMAL_PRODUCT_PLACES, sum_dscale, weight * denominator, weight_dscale);
}

/*
 * The same for numbers of any size.
 */
static Numeric
any_score(const RaterScores *scores)
{
	Numeric		denominator = whole_numeric(1);
	Numeric		sum = whole_numeric(0);
	Numeric		weight = whole_numeric(0);

	for (int i = 0; i < scores->nsources; i++)
	{
		if (counts(&scores->sources[i]))
			denominator = DatumGetNumeric(DirectFunctionCall2(numeric_lcm,
															  NumericGetDatum(denominator),
															  NumericGetDatum(whole_numeric(scores->sources[i].n))));
	}
	for (int i = 0; i < scores->nsources; i++)
	{
		SourceSums	sums;
		Numeric		product;

		CHECK_FOR_INTERRUPTS();
		if (!counts(&scores->sources[i]))
			continue;
		rater_scores_get(scores, i, &sums);
		product = multiply_numerics(source_weight(&sums), source_sum(&sums));
		product = multiply_numerics(product,
									DatumGetNumeric(DirectFunctionCall2(numeric_div_trunc,
																		NumericGetDatum(denominator),
																		NumericGetDatum(whole_numeric(sums.n)))));
		sum = add_numerics(sum, product);
		weight = add_numerics(weight, source_weight(&sums));
	}
	return divide_numerics(sum, multiply_numerics(weight, denominator));
}

/*
 * Mean within each source, then by weight over them; NULL if no source counts.
 */
Numeric
rater_scores_mean(const RaterScores *scores)
{
	Numeric		mean;
	int			i = 0;

	while (i < scores->nsources && !counts(&scores->sources[i]))
		i++;
	if (i == scores->nsources)
		return NULL;
	mean = fixed_score(scores);
	return mean ? mean : any_score(scores);
}

/*
 * rater_score_final(rater_scores) -> numeric, null if no source counts
 */
Datum
rater_score_final(PG_FUNCTION_ARGS)
{
	Numeric		mean = rater_scores_mean(DatumGetRaterScores(PG_GETARG_DATUM(0)));

	if (mean == NULL)
		PG_RETURN_NULL();
	PG_RETURN_NUMERIC(mean);
}

/*
 * rater_coverage_final(rater_scores) -> numeric, null if there is no weight
 */
Datum
rater_coverage_final(PG_FUNCTION_ARGS)
{
	RaterScores *scores = DatumGetRaterScores(PG_GETARG_DATUM(0));
	Numeric		present = whole_numeric(0);
	Numeric		whole = whole_numeric(0);

	for (int i = 0; i < scores->nsources; i++)
	{
		SourceSums	sums;
		Numeric		weight;

		rater_scores_get(scores, i, &sums);
		weight = source_weight(&sums);
		whole = add_numerics(whole, weight);
		if (sums.n > 0)
			present = add_numerics(present, weight);
	}
	if (sign_of_numeric(whole) == 0)
		PG_RETURN_NULL();
	PG_RETURN_NUMERIC(divide_numerics(present, whole));
}
