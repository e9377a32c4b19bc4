/*
 * weighted_score.c
 *	  The aggregates weighted_score and weight_coverage: sums of weighted
 *	  scores divided once, at the end.
 *
 * The transition function runs once a row and changes its state in place;
 * the executor guarantees that it may, inside an aggregate only.
 */
#include "score_summary.h"

#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(weighted_score_add);
PG_FUNCTION_INFO_V1(weight_coverage_add);
PG_FUNCTION_INFO_V1(score_summary_combine);
PG_FUNCTION_INFO_V1(weighted_score_final);

/*
 * The state argument, as something that may be changed.
 */
static inline ScoreSummary *
writable_summary(FunctionCallInfo fcinfo)
{
	struct varlena *state = (struct varlena *) PG_GETARG_POINTER(0);

	if (likely(!VARATT_IS_EXTENDED(state) && AggCheckCallContext(fcinfo, NULL)))
		return (ScoreSummary *) state;
	return (ScoreSummary *) PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(0));
}

/*
 * weighted_score_add(score_summary, score numeric, weight numeric)
 */
Datum
weighted_score_add(PG_FUNCTION_ARGS)
{
	WeightedScore score;

	read_weighted_score(PG_GETARG_DATUM(1), PG_GETARG_DATUM(2), &score);
	PG_RETURN_POINTER(score_summary_add(writable_summary(fcinfo), &score));
}

/*
 * weight_coverage_add(score_summary, score numeric, weight numeric): the
 * weighted score of "there is a score", 1 or 0
 */
Datum
weight_coverage_add(PG_FUNCTION_ARGS)
{
	WeightedScore score;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(2))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	read_weighted_score(NumericGetDatum(decimal_make(PG_ARGISNULL(1) ? 0 : 1, 0, 0)),
						PG_GETARG_DATUM(2), &score);
	PG_RETURN_POINTER(score_summary_add(writable_summary(fcinfo), &score));
}

/*
 * score_summary_combine(score_summary, score_summary)
 */
Datum
score_summary_combine(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(score_summary_merge(DatumGetScoreSummary(PG_GETARG_DATUM(0)),
										  DatumGetScoreSummary(PG_GETARG_DATUM(1))));
}

/*
 * weighted_score_final(score_summary) -> numeric, null if there is no weight
 */
Datum
weighted_score_final(PG_FUNCTION_ARGS)
{
	ScoreSummary *summary = DatumGetScoreSummary(PG_GETARG_DATUM(0));
	Numeric		weight;
	Numeric		product;

	if (summary->n == 0)
		PG_RETURN_NULL();
	score_summary_sums(summary, &weight, &product);
	if (sign_of_numeric(weight) == 0)
		PG_RETURN_NULL();
	return DirectFunctionCall2(numeric_div, NumericGetDatum(product), NumericGetDatum(weight));
}
