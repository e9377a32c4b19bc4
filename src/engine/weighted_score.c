/*
 * weighted_score.c
 *	  What weight_coverage counts.  The rest of it and all of weighted_score
 *	  is a score_summary: summarize.c adds, summary_statistics.c divides.
 */
#include "score_summary.h"

#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(weight_coverage_add);

/*
 * weight_coverage_add(score_summary, score numeric, weight numeric): the
 * weighted score of "there is a score", 1 or 0
 */
Datum
weight_coverage_add(PG_FUNCTION_ARGS)
{
	Numeric		score;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(2))
		return unchanged_state(fcinfo);
	score = whole_numeric(PG_ARGISNULL(1) ? 0 : 1);
	PG_RETURN_POINTER(summary_add_pair(writable_argument(fcinfo), NumericGetDatum(score),
									   PG_GETARG_DATUM(2)));
}
