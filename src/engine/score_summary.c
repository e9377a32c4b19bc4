/*
 * score_summary.c
 *	  The arithmetic of score_summary, but for the quick case of
 *	  weighted_score, which is in the header.
 *
 * A summary is changed in place as long as what comes fits its integers.
 * What does not makes a new one, with numerics behind the integers.
 */
#include "score_summary.h"

#include "common/int.h"
#include "port/pg_bitutils.h"
#include "quotient.h"

/* decimals of each integer sum */
static const int part_places[PARTS_WITH_SQUARES] = {
	[SUM_WEIGHT] = DECIMAL_PLACES,
	[SUM_PRODUCT] = DECIMAL_PRODUCT_PLACES,
	[SUM_SQUARE] = 3 * DECIMAL_PLACES,
	[SUM_WEIGHT_SQUARE] = DECIMAL_PRODUCT_PLACES
};

/*
 * Refuse a weight that makes no sense.
 */
void
check_weight(Numeric weight)
{
	if (!is_finite_numeric(weight) || sign_of_numeric(weight) < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("weight must be a number and not negative, not %s",
						numeric_text(weight))));
}

/*
 * Read a pair that is not fixed-point, or refuse its weight.
 */
static void
read_wide_score(Datum score, Datum weight, WeightedScore *result)
{
	Numeric		s = DatumGetNumeric(score);
	Numeric		w = DatumGetNumeric(weight);

	check_weight(w);
	result->is_wide = true;
	result->wide[SUM_WEIGHT] = w;
	result->wide[SUM_PRODUCT] = multiply_numerics(s, w);
	if (result->nparts == PARTS_WITH_SQUARES)
	{
		result->wide[SUM_SQUARE] = multiply_numerics(result->wide[SUM_PRODUCT], s);
		result->wide[SUM_WEIGHT_SQUARE] = multiply_numerics(w, w);
	}
	for (int i = 0; i < result->nparts; i++)
	{
		result->fixed[i] = 0;
		result->dscale[i] = dscale_of_numeric(result->wide[i]);
	}
}

static int
bits(uint128 value)
{
	uint64		high = (uint64) (value >> 64);
	uint64		low = (uint64) value;

	if (high != 0)
		return 65 + pg_leftmost_one_pos64(high);
	return low != 0 ? 1 + pg_leftmost_one_pos64(low) : 0;
}

/*
 * The squares of a fixed-point pair; false when they need more than 127 bits.
 */
static bool
square_fixed_score(int64 value, int64 weight, WeightedScore *result)
{
	uint128		square = (uint128) ((int128) value * value);

	if (bits(square) + bits(weight) > 127)
		return false;
	result->fixed[SUM_SQUARE] = (int128) (square * weight);
	result->fixed[SUM_WEIGHT_SQUARE] = (int128) weight * weight;
	return true;
}

/*
 * Read a score and its weight; a negative, NaN or infinite weight is an
 * error.
 */
void
read_weighted_score(Datum score, Datum weight, int nparts, WeightedScore *result)
{
	int64		value;
	int64		fixed_weight;
	int			value_dscale;
	int			weight_dscale;

	result->nparts = nparts;
	if (!decimal_read(score, &value, &value_dscale) ||
		!decimal_read(weight, &fixed_weight, &weight_dscale) ||
		fixed_weight < 0 ||
		2 * (value_dscale + weight_dscale) > NUMERIC_DSCALE_LIMIT ||
		(nparts == PARTS_WITH_SQUARES && !square_fixed_score(value, fixed_weight, result)))
	{
		read_wide_score(score, weight, result);
		return;
	}
	result->is_wide = false;
	result->fixed[SUM_WEIGHT] = fixed_weight;
	result->fixed[SUM_PRODUCT] = (int128) value * fixed_weight;
	result->dscale[SUM_WEIGHT] = weight_dscale;
	result->dscale[SUM_PRODUCT] = value_dscale + weight_dscale;
	result->dscale[SUM_SQUARE] = 2 * value_dscale + weight_dscale;
	result->dscale[SUM_WEIGHT_SQUARE] = 2 * weight_dscale;
}

static Size
narrow_size(int nparts)
{
	return offsetof(ScoreSummary, sum) + nparts * sizeof(int128);
}

static bool
has_wide_sums(const ScoreSummary *summary)
{
	return VARSIZE(summary) > narrow_size(summary->nparts);
}

static Numeric
wide_sum(const ScoreSummary *summary, SummaryPart part)
{
	const char *p = (const char *) summary + narrow_size(summary->nparts);

	if (!has_wide_sums(summary))
		return whole_numeric(0);
	for (; part > 0; part--)
		p += INTALIGN(VARSIZE(p));
	return (Numeric) p;
}

static Numeric
fixed_sum(const ScoreSummary *summary, SummaryPart part)
{
	return decimal_make(summary->sum[part], part_places[part], summary->dscale[part]);
}

/*
 * One of the sums, with the digits and the display scale that numeric's own
 * sum would have.
 */
Numeric
summary_sum(const ScoreSummary *summary, SummaryPart part)
{
	Numeric		sum = fixed_sum(summary, part);

	return has_wide_sums(summary) ? add_numerics(sum, wide_sum(summary, part)) : sum;
}

/*
 * The summary of no scores.
 */
ScoreSummary *
summary_create(int nparts)
{
	ScoreSummary *summary = palloc0(narrow_size(nparts));

	SET_VARSIZE(summary, narrow_size(nparts));
	summary->version = SCORE_SUMMARY_VERSION;
	summary->nparts = nparts;
	return summary;
}

/*
 * A summary in the large form: a new one, unless it has that already.
 */
ScoreSummary *
large_summary(void *summary)
{
	const SmallSummary *small = summary;
	ScoreSummary *result;

	if (!is_small_summary(summary))
		return summary;
	result = summary_create(PARTS_WITHOUT_SQUARES);
	result->n = small->n;
	for (int i = 0; i < PARTS_WITHOUT_SQUARES; i++)
		result->dscale[i] = small->dscale[i];
	result->sum[SUM_WEIGHT] = small->weight;
	result->sum[SUM_PRODUCT] = small->product;
	return result;
}

/*
 * A summary in the small form, where it has one.
 */
static void *
compact_summary(ScoreSummary *summary)
{
	SmallSummary *small;

	if (VARSIZE(summary) != narrow_size(PARTS_WITHOUT_SQUARES) ||
		summary->sum[SUM_WEIGHT] != (int64) summary->sum[SUM_WEIGHT])
		return summary;
	small = palloc0(sizeof(SmallSummary));
	SET_VARSIZE(small, sizeof(SmallSummary));
	return small_summary_add(small, summary->n,
							 (int64) summary->sum[SUM_WEIGHT], summary->dscale[SUM_WEIGHT],
							 summary->sum[SUM_PRODUCT], summary->dscale[SUM_PRODUCT]) ?
		(void *) small : (void *) summary;
}

/*
 * A summary like this one, but with these sums beside its integers.
 */
static ScoreSummary *
with_wide_sums(const ScoreSummary *summary, const Numeric *wide)
{
	Size		narrow = narrow_size(summary->nparts);
	Size		size = narrow;
	ScoreSummary *result;
	char	   *p;

	for (int i = 0; i < summary->nparts; i++)
		size += INTALIGN(VARSIZE(wide[i]));
	result = palloc0(size);
	memcpy(result, summary, narrow);
	SET_VARSIZE(result, size);
	p = (char *) result + narrow;
	for (int i = 0; i < summary->nparts; i++)
	{
		memcpy(p, wide[i], VARSIZE(wide[i]));
		p += INTALIGN(VARSIZE(wide[i]));
	}
	return result;
}

/*
 * A summary like this one, with its integers emptied into its numerics.
 */
static ScoreSummary *
with_empty_integers(const ScoreSummary *summary)
{
	Numeric		wide[PARTS_WITH_SQUARES];
	ScoreSummary *result;

	for (int i = 0; i < summary->nparts; i++)
		wide[i] = summary_sum(summary, i);
	result = with_wide_sums(summary, wide);
	memset(result->sum, 0, result->nparts * sizeof(int128));
	return result;
}

/*
 * Add integers to each sum; false, and nothing changed, when one of them has
 * no room.
 */
static bool
add_integers(ScoreSummary *summary, const int128 *fixed)
{
	int128		sum[PARTS_WITH_SQUARES];

	for (int i = 0; i < summary->nparts; i++)
	{
		if (__builtin_add_overflow(summary->sum[i], fixed[i], &sum[i]))
			return false;
	}
	memcpy(summary->sum, sum, summary->nparts * sizeof(int128));
	return true;
}

/*
 * Add a score that has at least the parts of the summary.  The result is the
 * summary, changed, or a new one.
 */
ScoreSummary *
summary_add(ScoreSummary *summary, const WeightedScore *score)
{
	Numeric		wide[PARTS_WITH_SQUARES];

	Assert(score->nparts >= summary->nparts);
	if (score->is_wide)
	{
		for (int i = 0; i < summary->nparts; i++)
			wide[i] = add_numerics(wide_sum(summary, i), score->wide[i]);
		summary = with_wide_sums(summary, wide);
	}
	else if (!add_integers(summary, score->fixed))
	{
		summary = with_empty_integers(summary);
		add_integers(summary, score->fixed);
	}
	summary->n++;
	for (int i = 0; i < summary->nparts; i++)
		summary->dscale[i] = Max(summary->dscale[i], score->dscale[i]);
	return summary;
}

/*
 * The same for a summary of either form and a score still to be read.
 */
void *
summary_add_pair(void *summary, Datum score, Datum weight)
{
	bool		is_small = is_small_summary(summary);
	int			nparts = is_small ? PARTS_WITHOUT_SQUARES : ((ScoreSummary *) summary)->nparts;
	WeightedScore pair;

	read_weighted_score(score, weight, nparts, &pair);
	if (is_small && !pair.is_wide &&
		small_summary_add(summary, 1,
						  (int64) pair.fixed[SUM_WEIGHT], pair.dscale[SUM_WEIGHT],
						  pair.fixed[SUM_PRODUCT], pair.dscale[SUM_PRODUCT]))
		return summary;
	return summary_add(large_summary(summary), &pair);
}

/*
 * A summary that has lost its squares.
 */
static ScoreSummary *
without_squares(const ScoreSummary *summary)
{
	ScoreSummary *result = summary_create(PARTS_WITHOUT_SQUARES);
	Numeric		wide[] = {wide_sum(summary, SUM_WEIGHT), wide_sum(summary, SUM_PRODUCT)};

	result->n = summary->n;
	memcpy(result->dscale, summary->dscale, PARTS_WITHOUT_SQUARES * sizeof(uint16));
	memcpy(result->sum, summary->sum, PARTS_WITHOUT_SQUARES * sizeof(int128));
	return has_wide_sums(summary) ? with_wide_sums(result, wide) : result;
}

static ScoreSummary *
merge_large_summaries(ScoreSummary *a, ScoreSummary *b)
{
	int64		n;

	if (b->n == 0)
		return a;
	if (a->n == 0)
		return b;
	if (pg_add_s64_overflow(a->n, b->n, &n))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("too many scores in a score_summary")));
	if (a->nparts > b->nparts)
		a = without_squares(a);
	if (b->nparts > a->nparts)
		b = without_squares(b);

	if (!add_integers(a, b->sum))
	{
		a = with_empty_integers(a);
		add_integers(a, b->sum);
	}
	if (has_wide_sums(b))
	{
		Numeric		wide[PARTS_WITH_SQUARES];

		for (int i = 0; i < a->nparts; i++)
			wide[i] = add_numerics(wide_sum(a, i), wide_sum(b, i));
		a = with_wide_sums(a, wide);
	}
	a->n = n;
	for (int i = 0; i < a->nparts; i++)
		a->dscale[i] = Max(a->dscale[i], b->dscale[i]);
	return a;
}

/*
 * The summary of both sets: a changed, or b, or a new one.  It has squares
 * when both have; a summary of nothing does not count.
 */
void *
summary_merge(void *a, void *b)
{
	const SmallSummary *small = b;

	if (is_small_summary(a) && is_small_summary(b) &&
		small_summary_add(a, small->n, small->weight, small->dscale[SUM_WEIGHT],
						  small->product, small->dscale[SUM_PRODUCT]))
		return a;
	return merge_large_summaries(large_summary(a), large_summary(b));
}

static Numeric
fixed_mean(int128 product, int product_dscale, int128 weight, int weight_dscale)
{
	if (weight == 0)
		return NULL;
	return divide_fixed(product, DECIMAL_PRODUCT_PLACES, product_dscale, weight, weight_dscale);
}

/*
 * The mean of a summary of either form as numeric would divide it, or NULL if
 * there is no weight.
 */
Numeric
summary_mean_score(const void *summary)
{
	const SmallSummary *small = summary;
	const ScoreSummary *large = summary;
	Numeric		weight;

	if (is_small_summary(summary))
		return fixed_mean(small->product, small->dscale[SUM_PRODUCT],
						  small->weight, small->dscale[SUM_WEIGHT]);
	if (!has_wide_sums(large))
		return fixed_mean(large->sum[SUM_PRODUCT], large->dscale[SUM_PRODUCT],
						  large->sum[SUM_WEIGHT], large->dscale[SUM_WEIGHT]);
	weight = summary_sum(large, SUM_WEIGHT);
	if (sign_of_numeric(weight) == 0)
		return NULL;
	return divide_numerics(summary_sum(large, SUM_PRODUCT), weight);
}

void
summary_require_squares(const ScoreSummary *summary)
{
	if (summary->nparts != PARTS_WITH_SQUARES)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("score_summary has no sums of squares"),
				 errhint("Make it with the aggregate score_summary().")));
}

/*
 * The weighted squares of the scores' deviations from their mean, times the
 * sum of the weights: without a division it is exact.
 */
Numeric
summary_deviation(const ScoreSummary *summary, Numeric weight)
{
	Numeric		product = summary_sum(summary, SUM_PRODUCT);

	return subtract_numerics(multiply_numerics(weight, summary_sum(summary, SUM_SQUARE)),
							 multiply_numerics(product, product));
}

/*
 * A summary with given sums, in the small form or at least in integers where
 * they fit.
 */
void *
summary_make(int64 n, int nparts, const Numeric *sums)
{
	ScoreSummary *summary = summary_create(nparts);

	summary->n = n;
	for (int i = 0; i < nparts; i++)
		summary->dscale[i] = dscale_of_numeric(sums[i]);
	for (int i = 0; i < nparts; i++)
	{
		if (!decimal_read_long(sums[i], part_places[i], &summary->sum[i]))
		{
			memset(summary->sum, 0, nparts * sizeof(int128));
			return with_wide_sums(summary, sums);
		}
	}
	return compact_summary(summary);
}
