/*
 * summarize.c
 *	  The aggregates score_summary and merge_summaries, and the transition and
 *	  combine functions of all that count in a score_summary.
 *
 * The transition function runs once a row and changes its state in place;
 * the executor guarantees that it may, inside an aggregate only.
 */
#include "score_summary.h"

PG_FUNCTION_INFO_V1(score_summary_add);
PG_FUNCTION_INFO_V1(score_summary_add_unweighted);
PG_FUNCTION_INFO_V1(score_summary_combine);

static pg_noinline Datum
add_any_score(FunctionCallInfo fcinfo)
{
	PG_RETURN_POINTER(summary_add_pair(writable_argument(fcinfo),
									   PG_GETARG_DATUM(1), PG_GETARG_DATUM(2)));
}

/*
 * score_summary_add(score_summary, score numeric, weight numeric)
 *
 * Not strict: it sees its nulls cheaper than the executor would.  The usual
 * cases of weighted_score stand here in full, so that they need no call.
 */
Datum
score_summary_add(PG_FUNCTION_ARGS)
{
	void	   *state = PG_GETARG_POINTER(0);
	int64		value;
	int64		weight;
	int			value_dscale;
	int			weight_dscale;

	if (unlikely(PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(0)))
		return unchanged_state(fcinfo);
	if (unlikely(VARATT_IS_EXTENDED(state) || !is_aggregate_call(fcinfo) ||
				 !decimal_read_quick(PG_GETARG_DATUM(1), &value, &value_dscale) ||
				 !decimal_read_quick(PG_GETARG_DATUM(2), &weight, &weight_dscale)))
		return add_any_score(fcinfo);
	if (likely(is_small_summary(state) ?
			   small_summary_add(state, 1, weight, weight_dscale,
								 (int128) value * weight, value_dscale + weight_dscale) :
			   summary_add_fixed(state, weight, weight_dscale,
								 (int128) value * weight, value_dscale + weight_dscale)))
		PG_RETURN_POINTER(state);
	return add_any_score(fcinfo);
}

/*
 * score_summary_add(score_summary, score numeric): the weight is 1
 */
Datum
score_summary_add_unweighted(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return unchanged_state(fcinfo);
	if (fcinfo->flinfo->fn_extra == NULL)
	{
		MemoryContext caller = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);

		fcinfo->flinfo->fn_extra = decimal_make(1, 0, 0);
		MemoryContextSwitchTo(caller);
	}
	PG_RETURN_POINTER(summary_add_pair(writable_argument(fcinfo), PG_GETARG_DATUM(1),
									   PointerGetDatum(fcinfo->flinfo->fn_extra)));
}

/*
 * score_summary_combine(score_summary, score_summary)
 */
Datum
score_summary_combine(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(summary_merge(writable_argument(fcinfo),
									PG_DETOAST_DATUM(PG_GETARG_DATUM(1))));
}
