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
 *
 * Without squares, and while the sums fit, it has a small form of 32 bytes:
 * a hash aggregate keeps a state for each group, mostly of a few scores, and
 * waits for memory more than it counts.  Whoever reads a summary gets the
 * large form; only adding knows both.
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

/* the small form; not a byte more, palloc would give it twice the memory */
typedef struct SmallSummary
{
	int32		vl_len_;		/* varlena header (do not touch directly!) */
	uint16		n;
	uint8		dscale[PARTS_WITHOUT_SQUARES];
	int64		weight;
	int128		product;
} SmallSummary;

StaticAssertDecl(sizeof(SmallSummary) == 32 && offsetof(ScoreSummary, sum) > 16,
				 "a summary's size tells its form");

/* a small one becomes a large one */
#define DatumGetScoreSummary(d)		large_summary(PG_DETOAST_DATUM(d))

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
extern ScoreSummary *large_summary(void *summary);
extern ScoreSummary *summary_create(int nparts);
extern void *summary_make(int64 n, int nparts, const Numeric *sums);
extern ScoreSummary *summary_add(ScoreSummary *summary, const WeightedScore *score);
extern void *summary_add_pair(void *summary, Datum score, Datum weight);
extern void *summary_merge(void *a, void *b);
extern Numeric summary_sum(const ScoreSummary *summary, SummaryPart part);
extern Numeric summary_mean_score(const void *summary);
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

static inline bool
is_small_summary(const void *summary)
{
	return VARATT_IS_4B_U(summary) && VARSIZE_4B(summary) == sizeof(SmallSummary);
}

/*
 * Add the sums of n scores.  False, and nothing changed, when there is no
 * room for them.
 */
static pg_attribute_always_inline bool
small_summary_add(SmallSummary *summary, int64 n, int64 weight, int weight_dscale,
				  int128 product, int product_dscale)
{
	int64		weight_sum;
	int128		product_sum;

	if (unlikely(n > PG_UINT16_MAX - summary->n ||
				 Max(weight_dscale, product_dscale) > PG_UINT8_MAX ||
				 __builtin_add_overflow(summary->weight, weight, &weight_sum) ||
				 __builtin_add_overflow(summary->product, product, &product_sum)))
		return false;
	summary->n += n;
	summary->weight = weight_sum;
	summary->product = product_sum;
	if (weight_dscale > summary->dscale[SUM_WEIGHT])
		summary->dscale[SUM_WEIGHT] = weight_dscale;
	if (product_dscale > summary->dscale[SUM_PRODUCT])
		summary->dscale[SUM_PRODUCT] = product_dscale;
	return true;
}

/*
 * The same for a score and the large form; false, too, if it has squares.
 */
static inline bool
summary_add_fixed(ScoreSummary *summary, int64 weight, int weight_dscale,
				  int128 product, int product_dscale)
{
	int128		sum;

	if (unlikely(summary->nparts != PARTS_WITHOUT_SQUARES ||
				 __builtin_add_overflow(summary->sum[SUM_PRODUCT], product, &sum)))
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
