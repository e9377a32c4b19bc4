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

	if (likely(!VARATT_IS_EXTENDED(state) && is_aggregate_call(fcinfo)))
		return (ScoreSummary *) state;
	return (ScoreSummary *) PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(0));
}

static pg_noinline Datum
add_any_score(FunctionCallInfo fcinfo)
{
	WeightedScore score;

	read_weighted_score(PG_GETARG_DATUM(1), PG_GETARG_DATUM(2), &score);
	PG_RETURN_POINTER(score_summary_add(writable_summary(fcinfo), &score));
}

/*
 * weighted_score_add(score_summary, score numeric, weight numeric)
 *
 * The usual case stands here in full, so that it needs no stack and no call.
 */
Datum
weighted_score_add(PG_FUNCTION_ARGS)
{
	ScoreSummary *summary = (ScoreSummary *) PG_GETARG_POINTER(0);
	int64		value;
	int64		weight;
	int			value_dscale;
	int			weight_dscale;

	if (unlikely(VARATT_IS_EXTENDED(summary) || !is_aggregate_call(fcinfo) ||
				 !decimal_read_quick(PG_GETARG_DATUM(1), &value, &value_dscale) ||
				 !decimal_read_quick(PG_GETARG_DATUM(2), &weight, &weight_dscale) ||
				 weight < 0 || !has_room_for_product(summary->product)))
		return add_any_score(fcinfo);

	score_summary_add_fixed(summary, weight, weight_dscale,
							(int128) value * weight, value_dscale + weight_dscale);
	PG_RETURN_POINTER(summary);
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

	if (!score_summary_has_weight(summary))
		PG_RETURN_NULL();
	score_summary_sums(summary, &weight, &product);
	PG_RETURN_NUMERIC(divide_numerics(product, weight));
}
