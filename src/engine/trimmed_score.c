/*
 * trimmed_score.c
 *	  The aggregate trimmed_score: the mean of a group's scores without the k
 *	  highest and the k lowest.
 */
#include "trimmed_scores.h"

PG_FUNCTION_INFO_V1(trimmed_score_add);
PG_FUNCTION_INFO_V1(trimmed_score_combine);
PG_FUNCTION_INFO_V1(trimmed_score_final);

static uint32
check_k(int32 k)
{
	if (k < 0 || k > TRIMMED_SCORES_MAX_K)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("k must be between 0 and %d, not %d", TRIMMED_SCORES_MAX_K, k)));
	return (uint32) k;
}

static void
check_same_k(const TrimmedScores *scores, uint32 k)
{
	if (unlikely(scores->k != k))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("k must be the same in all rows of a group"),
				 errhint("Group by k, too.")));
}

/*
 * trimmed_score_add(trimmed_scores, score numeric, k integer)
 *
 * k is looked at even where there is no score, so that the order of the rows
 * does not matter.
 */
Datum
trimmed_score_add(PG_FUNCTION_ARGS)
{
	uint32		k;
	TrimmedScores *scores;

	if (PG_ARGISNULL(2))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("k must not be null")));
	k = check_k(PG_GETARG_INT32(2));
	if (PG_ARGISNULL(0))
		scores = trimmed_scores_create(k);
	else
	{
		scores = writable_argument(fcinfo);
		check_same_k(scores, k);
	}
	if (!PG_ARGISNULL(1) && !trimmed_scores_insert_quick(scores, PG_GETARG_DATUM(1)))
		scores = trimmed_scores_insert(scores, PG_GETARG_DATUM(1));
	PG_RETURN_POINTER(scores);
}

/*
 * trimmed_score_combine(trimmed_scores, trimmed_scores)
 */
Datum
trimmed_score_combine(PG_FUNCTION_ARGS)
{
	TrimmedScores *a = DatumGetTrimmedScores(PG_GETARG_DATUM(0));
	TrimmedScores *b = DatumGetTrimmedScores(PG_GETARG_DATUM(1));

	check_same_k(a, b->k);
	PG_RETURN_POINTER(trimmed_scores_merge(a, b));
}

/*
 * trimmed_score_final(trimmed_scores) -> numeric, null if there is no score
 */
Datum
trimmed_score_final(PG_FUNCTION_ARGS)
{
	/* a window calls this again and again: its state must stay as it is */
	Numeric		mean = trimmed_scores_mean((TrimmedScores *) PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(0)));

	if (mean == NULL)
		PG_RETURN_NULL();
	PG_RETURN_NUMERIC(mean);
}
