/*
 * forced_scale.c
 *	  The aggregate forced_scale: the scale that is in force for a group once
 *	  a quota is applied.
 *
 * The scores are collected in a ScoreGroup, the cuts found by cut_line.c;
 * this file turns scores into the solver's numbers and its cuts into a scale.
 * A cut that stays where the natural bound already separates people keeps
 * that bound, so that a scale that needs no force is returned as it is.
 *
 * Scores below a bounded last band have no grade: they are not in the group,
 * as NULL scores are not, and no cut ever reaches them.
 */
#include "cut_line.h"
#include "grade.h"
#include "score_group.h"

#include "miscadmin.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(forced_scale_add);
PG_FUNCTION_INFO_V1(forced_scale_combine);
PG_FUNCTION_INFO_V1(forced_scale_final);

/*
 * The distinct scores of a group, best first: all of them fixed-point or all
 * numeric.
 */
typedef struct RankedScores
{
	int			nscores;
	ScoreHeads *fixed;			/* NULL if they are numeric */
	Numeric    *wide;			/* NULL if they are fixed-point */
	int64	   *heads_above;	/* people above each position, 0 .. nscores */
} RankedScores;

typedef struct WideScore
{
	Numeric		score;
	int64		heads;
} WideScore;

static void
check_rules(bool same)
{
	if (!same)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("scale and quota must be the same in all rows of a group"),
				 errhint("Group by the scale and the quota, too.")));
}

/*
 * forced_scale_add(score_group, score numeric, grade_scale, quota)
 */
Datum
forced_scale_add(PG_FUNCTION_ARGS)
{
	GradeScale *scale = PG_ARGISNULL(2) ? NULL : PG_GETARG_GRADE_SCALE(2);
	Quota	   *quota = PG_ARGISNULL(3) ? NULL : PG_GETARG_QUOTA(3);
	ScoreGroup *group;

	if (PG_ARGISNULL(0))
		group = score_group_create(scale, quota);
	else
	{
		group = writable_argument(fcinfo);
		check_rules(score_group_has_rules(group, scale, quota));
	}
	if (!PG_ARGISNULL(1) && group->has_rules)
		group = score_group_add(group, PG_GETARG_DATUM(1));
	PG_RETURN_POINTER(group);
}

/*
 * forced_scale_combine(score_group, score_group)
 */
Datum
forced_scale_combine(PG_FUNCTION_ARGS)
{
	ScoreGroup *a = DatumGetScoreGroup(PG_GETARG_DATUM(0));
	ScoreGroup *b = DatumGetScoreGroup(PG_GETARG_DATUM(1));

	check_rules(a->has_rules ?
				score_group_has_rules(b, score_group_scale(a), score_group_quota(a)) :
				!b->has_rules);
	PG_RETURN_POINTER(score_group_merge(a, b));
}

static int
compare_wide_falling(const void *a, const void *b)
{
	CHECK_FOR_INTERRUPTS();
	return compare_numerics(((const WideScore *) b)->score, ((const WideScore *) a)->score);
}

/*
 * All scores of a group as numerics, best first, with equals next to each
 * other.
 */
static WideScore *
wide_scores(const ScoreGroup *group, const ScoreHeads *pairs, uint32 npairs, uint32 *count)
{
	char	   *wide = score_group_wide(group);
	/* the shortest numeric, Infinity, takes eight bytes */
	WideScore  *scores = palloc_extended((npairs + group->wide_used / 8 + 1) * sizeof(WideScore),
										 MCXT_ALLOC_HUGE);
	uint32		n = 0;

	for (uint32 i = 0; i < npairs; i++)
		scores[n++] = (WideScore) {decimal_make(pairs[i].score, DECIMAL_PLACES, DECIMAL_PLACES),
								   pairs[i].heads};
	for (uint32 at = 0; at < group->wide_used; at += INTALIGN(VARSIZE(wide + at)))
		scores[n++] = (WideScore) {(Numeric) (wide + at), 1};
	qsort(scores, n, sizeof(WideScore), compare_wide_falling);
	*count = n;
	return scores;
}

static void
rank_wide_scores(const ScoreGroup *group, const ScoreHeads *pairs, uint32 npairs,
				 RankedScores *ranked)
{
	uint32		count;
	WideScore  *scores = wide_scores(group, pairs, npairs, &count);
	int			n = 0;

	ranked->wide = palloc_extended(count * sizeof(Numeric), MCXT_ALLOC_HUGE);
	ranked->heads_above = palloc_extended((count + 1) * sizeof(int64), MCXT_ALLOC_HUGE);
	ranked->heads_above[0] = 0;
	for (uint32 i = 0; i < count; i++)
	{
		if (i == 0 || compare_wide_falling(&scores[i - 1], &scores[i]) != 0)
		{
			ranked->wide[n] = scores[i].score;
			n++;
			ranked->heads_above[n] = ranked->heads_above[n - 1];
		}
		ranked->heads_above[n] += scores[i].heads;
	}
	ranked->nscores = n;
}

static void
rank_fixed_scores(ScoreHeads *pairs, uint32 npairs, RankedScores *ranked)
{
	ranked->fixed = pairs;
	ranked->nscores = npairs;
	ranked->heads_above = palloc_extended((npairs + 1) * sizeof(int64), MCXT_ALLOC_HUGE);
	for (uint32 i = 0, j = npairs; i + 1 < j; i++)
	{
		ScoreHeads	swap = pairs[i];

		pairs[i] = pairs[--j];
		pairs[j] = swap;
	}
	ranked->heads_above[0] = 0;
	for (uint32 i = 0; i < npairs; i++)
		ranked->heads_above[i + 1] = ranked->heads_above[i] + pairs[i].heads;
}

static void
rank_scores(const ScoreGroup *group, RankedScores *ranked)
{
	uint32		npairs;
	ScoreHeads *pairs = score_group_pairs(group, &npairs);

	memset(ranked, 0, sizeof(RankedScores));
	if (group->wide_used > 0)
		rank_wide_scores(group, pairs, npairs, ranked);
	else
		rank_fixed_scores(pairs, npairs, ranked);
}

/*
 * How many distinct scores reach a band or a better one.
 */
static int
scores_reaching(const RankedScores *ranked, const GradeScale *scale, int band)
{
	int			low = 0;
	int			high = ranked->nscores;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;
		bool		reaches = ranked->wide ?
			score_reaches_band(ranked->wide[middle], scale, band) :
			ranked->fixed[middle].score >= scale->bands[band].least;

		if (reaches)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static Numeric
ranked_score(const RankedScores *ranked, int i)
{
	return ranked->wide ? ranked->wide[i] :
		decimal_make(ranked->fixed[i].score, DECIMAL_PLACES, DECIMAL_PLACES);
}

/*
 * Give a band the bound that puts its cut where it was moved to: at the
 * lowest score admitted; above the highest, if nobody is admitted to the top
 * grade; and at its upper neighbour's, if it alone is emptied.
 */
static void
move_bound(BandSpec *bands, int i, const RankedScores *ranked, const int *cuts)
{
	int			admitted = cuts[i + 1];

	if (i > 0 && admitted == cuts[i])
	{
		bands[i].kind = bands[i - 1].kind;
		bands[i].bound = bands[i - 1].bound;
	}
	else if (admitted == 0)
	{
		bands[i].kind = BOUND_ABOVE;
		bands[i].bound = ranked_score(ranked, 0);
	}
	else
	{
		bands[i].kind = BOUND_AT_LEAST;
		bands[i].bound = ranked_score(ranked, admitted - 1);
	}
}

/*
 * The scale whose grades are the runs of scores between the cuts.
 */
static GradeScale *
scale_of_cuts(const GradeScale *scale, const RankedScores *ranked,
			  const int *natural, const int *cuts)
{
	BandSpec   *bands = palloc(scale->nbands * sizeof(BandSpec));

	for (int i = 0; i < scale->nbands; i++)
	{
		bands[i].label = band_label(scale, i);
		bands[i].kind = scale->bands[i].kind;
		bands[i].bound = band_bound(scale, i);
		bands[i].coefficient = band_coefficient(scale, i);
		if (i < scale->nbands - 1 && cuts[i + 1] != natural[i + 1])
			move_bound(bands, i, ranked, cuts);
	}
	return grade_scale_make(bands, scale->nbands, NULL);
}

/*
 * Apply the quota to the scores.
 */
static GradeScale *
force_scale(const GradeScale *scale, const Quota *quota, const RankedScores *ranked)
{
	GradeRun   *runs = quota_resolve(quota, scale);
	HeadLimit  *limits = palloc(quota->nrules * sizeof(HeadLimit));
	int		   *natural = palloc(scale->nbands * sizeof(int));
	int		   *cuts = palloc(scale->nbands * sizeof(int));
	int			ngraded = scores_reaching(ranked, scale, scale->nbands - 1);
	CutLineProblem problem = {
		.ngrades = scale->nbands,
		.nscores = ngraded,
		.heads_above = ranked->heads_above,
		.natural = natural,
		.nlimits = quota->nrules,
		.limits = limits
	};

	if (ranked->heads_above[ngraded] > PG_INT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("group has more than %d people", PG_INT32_MAX)));

	natural[0] = 0;
	for (int i = 1; i < scale->nbands; i++)
		natural[i] = scores_reaching(ranked, scale, i - 1);
	quota_head_limits(quota, runs, scale->nbands, ranked->heads_above[ngraded], limits);
	cut_line_solve(&problem, cuts);
	return scale_of_cuts(scale, ranked, natural, cuts);
}

/*
 * forced_scale_final(score_group) -> grade_scale
 */
Datum
forced_scale_final(PG_FUNCTION_ARGS)
{
	ScoreGroup *group = DatumGetScoreGroup(PG_GETARG_DATUM(0));
	RankedScores ranked;

	if (!group->has_rules)
		PG_RETURN_NULL();
	rank_scores(group, &ranked);
	PG_RETURN_POINTER(force_scale(score_group_scale(group), score_group_quota(group), &ranked));
}
