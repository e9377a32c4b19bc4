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

extern void read_weighted_score(Datum score, Datum weight, WeightedScore *result);
extern ScoreSummary *score_summary_add(ScoreSummary *summary, const WeightedScore *score);
extern ScoreSummary *score_summary_merge(const ScoreSummary *a, const ScoreSummary *b);
extern bool score_summary_has_weight(const ScoreSummary *summary);
extern void score_summary_sums(const ScoreSummary *summary, Numeric *weight, Numeric *product);

/*
 * Add fixed-point sums.  There must be room for the product.
 */
static inline void
score_summary_add_fixed(ScoreSummary *summary, int64 weight, int weight_dscale,
						int128 product, int product_dscale)
{
	summary->n++;
	summary->weight += weight;
	summary->product += product;
	if (weight_dscale > summary->weight_dscale)
		summary->weight_dscale = weight_dscale;
	if (product_dscale > summary->product_dscale)
		summary->product_dscale = product_dscale;
}

#endif							/* APPRAISAL_SCORE_SUMMARY_H */
