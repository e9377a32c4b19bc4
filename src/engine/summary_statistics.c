/*
 * summary_statistics.c
 *	  What a score_summary says: count, weight, mean and standard deviation.
 *
 * Mean and deviation have the digits that numeric's own functions would give
 * for the scores: each is made of exact sums and divided once.
 */
#include "score_summary.h"

#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(summary_count);
PG_FUNCTION_INFO_V1(summary_weight);
PG_FUNCTION_INFO_V1(summary_mean);
PG_FUNCTION_INFO_V1(summary_stddev);

/*
 * summary_count(score_summary) -> bigint
 */
Datum
summary_count(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(DatumGetScoreSummary(PG_GETARG_DATUM(0))->n);
}

/*
 * summary_weight(score_summary) -> numeric
 */
Datum
summary_weight(PG_FUNCTION_ARGS)
{
	PG_RETURN_NUMERIC(summary_sum(DatumGetScoreSummary(PG_GETARG_DATUM(0)), SUM_WEIGHT));
}

/*
 * summary_mean(score_summary) -> numeric, null if there is no weight
 */
Datum
summary_mean(PG_FUNCTION_ARGS)
{
	Numeric		mean = summary_mean_score(PG_DETOAST_DATUM(PG_GETARG_DATUM(0)));

	if (mean == NULL)
		PG_RETURN_NULL();
	PG_RETURN_NUMERIC(mean);
}

static Datum
round_numeric(Datum num, int decimals)
{
	return DirectFunctionCall2(numeric_round, num, Int32GetDatum(decimals));
}

/*
 * The root of a variance with as many decimals as the variance has, as in
 * stddev_samp.  numeric_sqrt chooses its own number, so let it take some more
 * and round those away.
 */
static Datum
root_of_variance(Numeric variance)
{
	int			decimals = dscale_of_numeric(variance);

	if (!is_finite_numeric(variance))
		return NumericGetDatum(variance);
	return round_numeric(DirectFunctionCall1(numeric_sqrt,
											 round_numeric(NumericGetDatum(variance),
														   decimals + 20)),
						 decimals);
}

/*
 * summary_stddev(score_summary) -> numeric, null if only one score has weight
 *
 * The sample standard deviation with reliability weights (GNU Scientific
 * Library, manual, "Weighted Samples"):
 *
 *	   sum(w) / (sum(w)^2 - sum(w^2)) * sum(w (s - mean)^2)
 *
 * under the root, which multiplied out is (Q W - P^2) / (W^2 - V).  Weights
 * count by their proportions only; weights of 1 make it stddev_samp.
 */
Datum
summary_stddev(PG_FUNCTION_ARGS)
{
	ScoreSummary *summary = DatumGetScoreSummary(PG_GETARG_DATUM(0));
	Numeric		weight = summary_sum(summary, SUM_WEIGHT);
	Numeric		divisor;
	Numeric		dividend;

	summary_require_squares(summary);
	divisor = subtract_numerics(multiply_numerics(weight, weight),
								summary_sum(summary, SUM_WEIGHT_SQUARE));
	if (sign_of_numeric(divisor) == 0)
		PG_RETURN_NULL();
	dividend = summary_deviation(summary, weight);
	if (sign_of_numeric(dividend) == 0)
		PG_RETURN_NUMERIC(decimal_make(0, 0, 0));
	PG_RETURN_DATUM(root_of_variance(divide_numerics(dividend, divisor)));
}
