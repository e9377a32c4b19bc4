/*
 * score_summary.h
 *	  The exact sums of a set of weighted scores: how many, the sum of their
 *	  weights, of score times weight, and, where they are wanted, of squares.
 *
 * Sums of fixed-point values are kept as integers; whatever does not fit
 * there goes into numerics behind them, so a summary is exact for every
 * input.  It remembers the largest display scales that it has seen, so that
 * its sums look like numeric's own.  There are no pointers in it: it can be
 * stored, shipped and merged anywhere.
 */
#ifndef APPRAISAL_SCORE_SUMMARY_H
#define APPRAISAL_SCORE_SUMMARY_H

#include "decimal.h"

/* the sums, in the order of the text and binary forms */
typedef enum SummaryPart
{
	SUM_WEIGHT,
	SUM_PRODUCT,				/* weight * score */
	SUM_SQUARE,					/* weight * score * score */
	SUM_WEIGHT_SQUARE			/* weight * weight */
} SummaryPart;

#define SCORE_SUMMARY_VERSION	1

#define PARTS_WITHOUT_SQUARES	2
#define PARTS_WITH_SQUARES		4

typedef struct ScoreSummary
{
	int32		vl_len_;		/* varlena header (do not touch directly!) */
	uint16		version;
	uint16		nparts;			/* PARTS_WITHOUT_SQUARES or PARTS_WITH_SQUARES */
	uint16		dscale[PARTS_WITH_SQUARES];
	int64		n;
	int128		sum[FLEXIBLE_ARRAY_MEMBER]; /* as many as parts; behind them
											 * nothing, or as many numerics */
} ScoreSummary;

#define DatumGetScoreSummary(d)		((ScoreSummary *) PG_DETOAST_DATUM(d))

/* one score and its weight, multiplied */
typedef struct WeightedScore
{
	int			nparts;
	int			dscale[PARTS_WITH_SQUARES];
	bool		is_wide;		/* which of these two it is */
	int128		fixed[PARTS_WITH_SQUARES];
	Numeric		wide[PARTS_WITH_SQUARES];
} WeightedScore;

extern void check_weight(Numeric weight);
extern void read_weighted_score(Datum score, Datum weight, int nparts, WeightedScore *result);
extern ScoreSummary *summary_create(int nparts);
extern ScoreSummary *summary_make(int64 n, int nparts, const Numeric *sums);
extern ScoreSummary *summary_add(ScoreSummary *summary, const WeightedScore *score);
extern ScoreSummary *summary_merge(ScoreSummary *a, ScoreSummary *b);
extern Numeric summary_sum(const ScoreSummary *summary, SummaryPart part);
extern Numeric summary_mean_score(const ScoreSummary *summary);
extern void summary_require_squares(const ScoreSummary *summary);
extern Numeric summary_deviation(const ScoreSummary *summary, Numeric weight);

/*
 * What a transition function returns for a row that adds nothing.
 */
static inline Datum
unchanged_state(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

/*
 * Add fixed-point sums to a summary without squares.  False, and nothing
 * changed, when there is no room for the product.
 */
static inline bool
summary_add_fixed(ScoreSummary *summary, int64 weight, int weight_dscale,
				  int128 product, int product_dscale)
{
	int128		sum;

	if (unlikely(__builtin_add_overflow(summary->sum[SUM_PRODUCT], product, &sum)))
		return false;
	summary->n++;
	summary->sum[SUM_WEIGHT] += (uint64) weight;
	summary->sum[SUM_PRODUCT] = sum;
	if (weight_dscale > summary->dscale[SUM_WEIGHT])
		summary->dscale[SUM_WEIGHT] = weight_dscale;
	if (product_dscale > summary->dscale[SUM_PRODUCT])
		summary->dscale[SUM_PRODUCT] = product_dscale;
	return true;
}

#endif							/* APPRAISAL_SCORE_SUMMARY_H */
