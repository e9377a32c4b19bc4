/*
 * standard_score.h
 *	  The standard score (z) of each of a set of scores: its distance from
 *	  their mean, in sample standard deviations.
 *
 * The result, mean + stddev * z for a given mean and standard deviation, is
 * exact or rounded once: to 16 decimals (as many as the given mean has, if
 * those are more), or to as many as it needs for 16 significant digits, but
 * to no more than 1000.  So all digits shown are right.
 */
#ifndef APPRAISAL_STANDARD_SCORE_H
#define APPRAISAL_STANDARD_SCORE_H

#include "decimal.h"

/*
 * The sums of the set.  All zeros is the empty set.
 *
 * Fixed-point scores are summed as integers, in units of DECIMAL_PLACES and
 * DECIMAL_PRODUCT_PLACES; other scores, and what outgrows the integers, are
 * wide and summed as numerics, palloc'd in "context".
 */
typedef struct ScoreSpread
{
	int			n;
	bool		has_special;	/* a score is NaN or infinite */
	bool		has_factor;		/* are "factor" and "shift" set? */
	MemoryContext context;
	int128		sum;
	int128		squares;
	Numeric		wide_sum;		/* or NULL */
	Numeric		wide_squares;
	int			wide_places;	/* decimals of the wide scores */
	int			places;			/* from here on, see standard_score.c */
	int128		units;
	uint128		factor;
	int			shift;
	Numeric		total_sum;		/* set when first needed ... */
	Numeric		total_spread;	/* ... n * (n * sum of squares - sum ^ 2) */
} ScoreSpread;

/* what becomes of a standard score: mean + stddev * z */
typedef struct StandardScale
{
	bool		is_plain;		/* the standard score itself: 0 and 1 */
	bool		is_fixed;		/* fixed-point, below; otherwise numeric */
	int64		fixed_mean;
	int64		fixed_stddev;
	Numeric		mean;
	Numeric		stddev;
} StandardScale;

extern void score_spread_add_wide(ScoreSpread *spread, Datum score);
extern bool score_spread_finish(ScoreSpread *spread, bool is_plain);
extern Numeric standard_score(ScoreSpread *spread, Datum score, const StandardScale *scale);

/* room for one more square of a fixed-point score in the sum of squares */
static inline bool
has_room_for_square(int128 squares)
{
	return squares >> 126 == 0;
}

/*
 * Add a score.
 */
static inline void
score_spread_add(ScoreSpread *spread, Datum score)
{
	int64		value;
	int			dscale;

	if (likely((decimal_read_quick(score, &value, &dscale) ||
				decimal_read(score, &value, &dscale)) &&
			   has_room_for_square(spread->squares)))
	{
		spread->n++;
		spread->sum += value;
		spread->squares += (int128) value * value;
	}
	else
		score_spread_add_wide(spread, score);
}

#endif							/* APPRAISAL_STANDARD_SCORE_H */
