/*
 * score_summary.h
 *	  The exact sums of a set of weighted scores: how many, the sum of their
 *	  weights, and the sum of score times weight.
 *
 * Sums of fixed-point pairs are kept as integers; whatever does not fit
 * there goes into two numerics behind them, so a summary is exact for every
 * input.  It remembers the largest display scales that it has seen, so that
 * its sums look like numeric's own.  There are no pointers in it: it can be
 * stored, shipped and merged anywhere.
 */
#ifndef APPRAISAL_SCORE_SUMMARY_H
#define APPRAISAL_SCORE_SUMMARY_H

#include "decimal.h"

typedef struct ScoreSummary
{
	int32		vl_len_;		/* varlena header (do not touch directly!) */
	uint16		version;
	uint16		weight_dscale;
	uint16		product_dscale;
	uint16		unused;
	int64		n;
	int128		weight;			/* at DECIMAL_PLACES */
	int128		product;		/* at DECIMAL_PRODUCT_PLACES */
	char		wide[FLEXIBLE_ARRAY_MEMBER];	/* nothing, or two numerics:
												 * weight, product */
} ScoreSummary;

#define DatumGetScoreSummary(d)		((ScoreSummary *) PG_DETOAST_DATUM(d))

/* one score and its weight, multiplied */
typedef struct WeightedScore
{
	int			weight_dscale;
	int			product_dscale;
	int64		weight;			/* if it is fixed-point ... */
	int128		product;
	Numeric		wide_weight;	/* ... and if it is not, else NULL */
	Numeric		wide_product;
} WeightedScore;

/* room for one more product of two fixed-point values in an int128 */
static inline bool
has_room_for_product(int128 sum)
{
	int64		high = (int64) (sum >> 64);

	return high >= -(INT64CONST(1) << 62) && high < (INT64CONST(1) << 62);
}

extern void read_wide_score(Datum score, Datum weight, WeightedScore *result);
extern ScoreSummary *score_summary_add_wide(ScoreSummary *summary, const WeightedScore *score);
extern ScoreSummary *score_summary_merge(const ScoreSummary *a, const ScoreSummary *b);
extern void score_summary_sums(const ScoreSummary *summary, Numeric *weight, Numeric *product);
extern Numeric add_numerics(Numeric a, Numeric b);

/*
 * Read a score and its weight; a negative, NaN or infinite weight is an
 * error.
 */
static inline void
read_weighted_score(Datum score, Datum weight, WeightedScore *result)
{
	int64		value;
	int			value_dscale;

	if (likely(decimal_read(score, &value, &value_dscale) &&
			   decimal_read(weight, &result->weight, &result->weight_dscale) &&
			   result->weight >= 0 &&
			   value_dscale + result->weight_dscale <= NUMERIC_DSCALE_LIMIT))
	{
		result->product_dscale = value_dscale + result->weight_dscale;
		result->product = (int128) value * result->weight;
		result->wide_weight = NULL;
	}
	else
		read_wide_score(score, weight, result);
}

/*
 * Add one score.  The summary is changed in place, unless it must grow.
 */
static inline ScoreSummary *
score_summary_add(ScoreSummary *summary, const WeightedScore *score)
{
	if (unlikely(score->wide_weight != NULL || !has_room_for_product(summary->product)))
		return score_summary_add_wide(summary, score);
	summary->n++;
	summary->weight += score->weight;
	summary->product += score->product;
	if (score->weight_dscale > summary->weight_dscale)
		summary->weight_dscale = score->weight_dscale;
	if (score->product_dscale > summary->product_dscale)
		summary->product_dscale = score->product_dscale;
	return summary;
}

#endif							/* APPRAISAL_SCORE_SUMMARY_H */
