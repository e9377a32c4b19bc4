/*
 * standardized_score.c
 *	  The window function standardized_score: each score of a partition as a
 *	  distance from the partition's mean, in standard deviations.
 *
 * The first row of a partition reads all its scores once, front to back; each
 * row then only looks at itself.  So a partition spilled to disk is read
 * twice, both times in order: the server reads the rows through a pointer of
 * its own, which ours does not disturb.  The mark stays at the head: moving
 * it would read the file a third time, and all rows are held by then anyway.
 */
#include "standard_score.h"

#include "miscadmin.h"
#include "utils/memutils.h"
#include "window_support.h"

PG_FUNCTION_INFO_V1(standardized_score);
PG_FUNCTION_INFO_V1(standardized_score_scaled);

/* what a partition remembers from row to row */
typedef struct StandardPartition
{
	bool		is_ready;
	bool		has_scores;		/* see score_spread_finish() */
	ScoreSpread spread;
} StandardPartition;

/*
 * Prepare a partition at its first row.
 */
static void
start_partition(WindowObject winobj, bool is_plain, StandardPartition *partition)
{
	MemoryContext context = GetMemoryChunkContext(partition);
	MemoryContext scratch = AllocSetContextCreate(context, "standardized_score",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(scratch);
	int			nrows = partition_row_count(winobj);

	partition->spread.context = context;
	for (int i = 0; i < nrows; i++)
	{
		bool		isnull;
		bool		isout;
		Datum		score = WinGetFuncArgInPartition(winobj, 0, i, WINDOW_SEEK_HEAD,
													 false, &isnull, &isout);

		CHECK_FOR_INTERRUPTS();
		if (!isnull)
			score_spread_add(&partition->spread, score);
		MemoryContextReset(scratch);
	}
	partition->has_scores = score_spread_finish(&partition->spread, is_plain);
	partition->is_ready = true;
	MemoryContextSwitchTo(old);
	MemoryContextDelete(scratch);
}

/*
 * An argument that must be finite, as fixed point if it has that view.
 */
static bool
read_argument(const char *name, Datum argument, int64 *fixed, Numeric *num)
{
	int			dscale;

	*num = NULL;
	if (decimal_read(argument, fixed, &dscale))
		return true;
	*num = DatumGetNumeric(argument);
	if (!is_finite_numeric(*num))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be a finite number, not %s", name, numeric_text(*num))));
	return false;
}

/*
 * Read the mean and the standard deviation that the row's result is to have.
 */
static void
read_scale(Datum mean, Datum stddev, StandardScale *scale)
{
	bool		mean_is_fixed = read_argument("mean", mean, &scale->fixed_mean, &scale->mean);
	bool		stddev_is_fixed = read_argument("stddev", stddev, &scale->fixed_stddev,
												&scale->stddev);

	scale->is_plain = false;
	scale->is_fixed = mean_is_fixed && stddev_is_fixed;
	if (stddev_is_fixed ? scale->fixed_stddev < 0 : sign_of_numeric(scale->stddev) < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("stddev must not be negative, but is %s",
						numeric_text(DatumGetNumeric(stddev)))));
	if (!scale->is_fixed)
	{
		scale->mean = DatumGetNumeric(mean);
		scale->stddev = DatumGetNumeric(stddev);
	}
}

/*
 * The partition of the current row, prepared.
 */
static StandardPartition *
current_partition(FunctionCallInfo fcinfo, bool is_plain)
{
	WindowObject winobj = PG_WINDOW_OBJECT();
	StandardPartition *partition = WinGetPartitionLocalMemory(winobj, sizeof(StandardPartition));

	begin_window_function(winobj, fcinfo);
	if (!partition->is_ready)
		start_partition(winobj, is_plain, partition);
	return partition;
}

/*
 * The result for the current row, null if it has none.
 */
static Datum
standardize_row(FunctionCallInfo fcinfo, StandardPartition *partition,
				const StandardScale *scale)
{
	bool		isnull;
	Datum		score = WinGetFuncArgCurrent(PG_WINDOW_OBJECT(), 0, &isnull);

	if (isnull || !partition->has_scores)
		PG_RETURN_NULL();
	PG_RETURN_NUMERIC(standard_score(&partition->spread, score, scale));
}

/*
 * standardized_score(score numeric) OVER (...) -> numeric
 */
Datum
standardized_score(PG_FUNCTION_ARGS)
{
	static const StandardScale plain = {
		.is_plain = true, .is_fixed = true, .fixed_mean = 0, .fixed_stddev = 1
	};

	return standardize_row(fcinfo, current_partition(fcinfo, true), &plain);
}

/*
 * standardized_score(score numeric, mean numeric, stddev numeric) OVER (...)
 * -> numeric
 */
Datum
standardized_score_scaled(PG_FUNCTION_ARGS)
{
	StandardPartition *partition = current_partition(fcinfo, false);
	WindowObject winobj = PG_WINDOW_OBJECT();
	StandardScale scale;
	bool		mean_isnull;
	bool		stddev_isnull;
	Datum		mean = WinGetFuncArgCurrent(winobj, 1, &mean_isnull);
	Datum		stddev = WinGetFuncArgCurrent(winobj, 2, &stddev_isnull);

	if (mean_isnull || stddev_isnull)
		PG_RETURN_NULL();
	read_scale(mean, stddev, &scale);
	return standardize_row(fcinfo, partition, &scale);
}
