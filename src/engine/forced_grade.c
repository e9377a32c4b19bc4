/*
 * forced_grade.c
 *	  The window functions forced_grade and forced_grade_rank: the forced
 *	  distribution row by row, with ties split by the window's own order.
 *
 * The same solver as forced_scale, but every row is a position of its own.
 * The first row of a partition reads all scores once, front to back, and
 * leaves behind no more than the places of the cuts; each row then only
 * counts where it stands.
 */
#include "cut_line.h"
#include "grade.h"

#include "miscadmin.h"
#include "utils/datum.h"
#include "utils/memutils.h"
#include "window_support.h"

PG_FUNCTION_INFO_V1(forced_grade);
PG_FUNCTION_INFO_V1(forced_grade_rank);

/* what a partition remembers from row to row */
typedef struct ForcedPartition
{
	bool		is_ready;
	int64		graded_before;	/* rows with a natural grade so far */
	GradeScale *scale;			/* NULL if null, and so is ... */
	Quota	   *quota;
	int		   *cuts;			/* rows above each cut, 0 .. nbands - 1 */
} ForcedPartition;

/* the score of the row before, for finding rows out of order */
typedef struct PreviousScore
{
	bool		is_set;
	bool		is_fixed;
	int64		fixed;
	Numeric		wide;			/* palloc'd */
} PreviousScore;

static Numeric
previous_numeric(const PreviousScore *previous)
{
	return previous->is_fixed ?
		decimal_make(previous->fixed, DECIMAL_PLACES, DECIMAL_PLACES) : previous->wide;
}

/*
 * Scores must not rise from row to row.
 */
static void
check_order(PreviousScore *previous, Datum score)
{
	int64		fixed;
	int			dscale;
	bool		is_fixed = decimal_read_quick(score, &fixed, &dscale) ||
		decimal_read(score, &fixed, &dscale);
	bool		rises;

	if (!previous->is_set)
		rises = false;
	else if (is_fixed && previous->is_fixed)
		rises = fixed > previous->fixed;
	else
		rises = compare_numerics(DatumGetNumeric(score), previous_numeric(previous)) > 0;
	if (rises)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("rows of a partition must be in falling order of score"),
				 errhint("Write OVER (PARTITION BY ... ORDER BY score DESC, ...); further columns decide between equal scores.")));

	if (previous->wide)
		pfree(previous->wide);
	previous->wide = is_fixed ? NULL :
		DatumGetNumeric(datumCopy(PointerGetDatum(DatumGetNumeric(score)), false, -1));
	previous->is_set = true;
	previous->is_fixed = is_fixed;
	previous->fixed = fixed;
}

/*
 * Read all scores of the partition: natural[j] becomes the number of rows
 * that reach the j best grades, natural[nbands] that of all graded rows.
 */
static void
count_natural_grades(WindowObject winobj, const GradeScale *scale, bool nulls_last,
					 int *natural)
{
	int			nrows = partition_row_count(winobj);
	PreviousScore previous = {0};
	bool		null_seen = false;

	memset(natural, 0, (scale->nbands + 1) * sizeof(int));
	for (int i = 0; i < nrows; i++)
	{
		bool		isnull;
		bool		isout;
		Datum		score = WinGetFuncArgInPartition(winobj, 0, i, WINDOW_SEEK_HEAD,
													 false, &isnull, &isout);
		int			band;

		CHECK_FOR_INTERRUPTS();
		if (isnull)
		{
			null_seen = true;
			continue;
		}
		if (null_seen && nulls_last)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("null scores of a partition must come last"),
					 errhint("Write OVER (PARTITION BY ... ORDER BY score DESC NULLS LAST, ...).")));
		check_order(&previous, score);
		band = band_of_score(scale, score);
		if (band < scale->nbands)
			natural[band + 1]++;
	}
	for (int j = 1; j <= scale->nbands; j++)
		natural[j] += natural[j - 1];
}

/*
 * Find the cuts: every graded row is a position with one head.
 */
static void
solve_partition(const GradeScale *scale, const Quota *quota, const int *natural, int *cuts)
{
	int			nrows = natural[scale->nbands];
	GradeRun   *runs = quota_resolve(quota, scale);
	HeadLimit  *limits = palloc(quota->nrules * sizeof(HeadLimit));
	int64	   *heads_above = palloc_extended(((Size) nrows + 1) * sizeof(int64), MCXT_ALLOC_HUGE);
	CutLineProblem problem = {
		.ngrades = scale->nbands,
		.nscores = nrows,
		.heads_above = heads_above,
		.natural = natural,
		.nlimits = quota->nrules,
		.limits = limits
	};

	for (int i = 0; i <= nrows; i++)
		heads_above[i] = i;
	quota_head_limits(quota, runs, scale->nbands, nrows, limits);
	cut_line_solve(&problem, cuts);
}

/*
 * Prepare a partition at its first row.
 */
static void
start_partition(WindowObject winobj, bool nulls_last, ForcedPartition *partition)
{
	bool		scale_isnull;
	bool		quota_isnull;
	Datum		scale = WinGetFuncArgCurrent(winobj, 1, &scale_isnull);
	Datum		quota = WinGetFuncArgCurrent(winobj, 2, &quota_isnull);
	MemoryContext context = GetMemoryChunkContext(partition);
	MemoryContext scratch;
	MemoryContext old = MemoryContextSwitchTo(context);
	int		   *natural;

	partition->is_ready = true;
	if (!scale_isnull)
		partition->scale = (GradeScale *) PG_DETOAST_DATUM_COPY(scale);
	if (!quota_isnull)
		partition->quota = (Quota *) PG_DETOAST_DATUM_COPY(quota);
	if (partition->scale != NULL && partition->quota != NULL)
	{
		/* what stays lives as long as the partition, what does not goes now */
		partition->cuts = palloc(partition->scale->nbands * sizeof(int));
		scratch = AllocSetContextCreate(context, "forced_grade", ALLOCSET_DEFAULT_SIZES);
		MemoryContextSwitchTo(scratch);
		natural = palloc((partition->scale->nbands + 1) * sizeof(int));
		count_natural_grades(winobj, partition->scale, nulls_last, natural);
		solve_partition(partition->scale, partition->quota, natural, partition->cuts);
		MemoryContextSwitchTo(old);
		MemoryContextDelete(scratch);
	}
	MemoryContextSwitchTo(old);
}

/*
 * Does an argument have this value in the current row, too?
 */
static bool
is_same_argument(WindowObject winobj, int argno, const void *value)
{
	bool		isnull;
	Datum		argument = WinGetFuncArgCurrent(winobj, argno, &isnull);
	struct varlena *packed;

	if (isnull || value == NULL)
		return isnull && value == NULL;
	packed = PG_DETOAST_DATUM_PACKED(argument);
	return VARSIZE_ANY_EXHDR(packed) == VARSIZE_ANY_EXHDR(value) &&
		memcmp(VARDATA_ANY(packed), VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value)) == 0;
}

/*
 * The band of the current row, or -1 for a row without a grade.
 */
static int
current_band(FunctionCallInfo fcinfo, bool nulls_last, ForcedPartition **result)
{
	WindowObject winobj = PG_WINDOW_OBJECT();
	ForcedPartition *partition = WinGetPartitionLocalMemory(winobj, sizeof(ForcedPartition));
	bool		isnull;
	Datum		score;
	int			band;

	begin_window_function(winobj, fcinfo);
	if (!partition->is_ready)
		start_partition(winobj, nulls_last, partition);
	else if (!is_same_argument(winobj, 1, partition->scale) ||
			 !is_same_argument(winobj, 2, partition->quota))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("scale and quota must be the same in all rows of a partition"),
				 errhint("Partition by the scale and the quota, too.")));
	*result = partition;

	score = WinGetFuncArgCurrent(winobj, 0, &isnull);
	WinSetMarkPosition(winobj, WinGetCurrentPosition(winobj));
	if (isnull || partition->cuts == NULL ||
		band_of_score(partition->scale, score) == partition->scale->nbands)
		return -1;

	for (band = 0; band < partition->scale->nbands - 1; band++)
	{
		if (partition->graded_before < partition->cuts[band + 1])
			break;
	}
	partition->graded_before++;
	return band;
}

/*
 * forced_grade(score numeric, grade_scale, quota) OVER (...) -> text
 */
Datum
forced_grade(PG_FUNCTION_ARGS)
{
	ForcedPartition *partition;
	int			band = current_band(fcinfo, false, &partition);

	if (band < 0)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(band_label_text(partition->scale, band));
}

/*
 * forced_grade_rank(score numeric, grade_scale, quota) OVER (...) -> integer
 *
 * Never falls from row to row, so that "WHERE rank <= 2" can stop a partition
 * early.  A null in front would stop it at once: null scores must come last.
 */
Datum
forced_grade_rank(PG_FUNCTION_ARGS)
{
	ForcedPartition *partition;
	int			band = current_band(fcinfo, true, &partition);

	if (band < 0)
		PG_RETURN_NULL();
	PG_RETURN_INT32(band + 1);
}
