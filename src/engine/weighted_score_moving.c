/*
 * weighted_score_moving.c
 *	  weighted_score as a moving aggregate: scores enter the frame and leave
 *	  it again, and the sums stay exact.
 *
 * This state never leaves its window, so it is an ordinary C struct.
 */
#include "score_summary.h"

#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(weighted_score_moving_add);
PG_FUNCTION_INFO_V1(weighted_score_moving_remove);
PG_FUNCTION_INFO_V1(weighted_score_moving_final);

/*
 * The sums under a moving frame.  Scores leave it in any order, so it counts
 * what a sum cannot give back: display scales, NaN and infinite products.
 */
#define COUNTED_DSCALES		64

typedef struct MovingScore
{
	MemoryContext context;		/* where the numerics are */
	int64		n;
	int64		nwide;
	int64		nnan;			/* products that are NaN ... */
	int64		nplus;			/* ... or Infinity ... */
	int64		nminus;			/* ... or -Infinity */
	int128		weight;			/* as in ScoreSummary */
	int128		product;
	Numeric		wide_weight;	/* sums of finite wide scores, or NULL */
	Numeric		wide_product;
	int			long_weight_dscale; /* the largest, if not counted below */
	int			long_product_dscale;
	int64		weight_dscales[COUNTED_DSCALES];
	int64		product_dscales[COUNTED_DSCALES];
} MovingScore;

static MovingScore *
moving_score_create(FunctionCallInfo fcinfo)
{
	MemoryContext context;
	MovingScore *moving;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "weighted_score_moving_add called in non-aggregate context");
	moving = MemoryContextAllocZero(context, sizeof(MovingScore));
	moving->context = context;
	return moving;
}

/*
 * Replace a numeric in the aggregate's context.
 */
static void
set_wide_sum(MovingScore *moving, Numeric *sum, Numeric value)
{
	Numeric		copy = MemoryContextAlloc(moving->context, VARSIZE(value));

	memcpy(copy, value, VARSIZE(value));
	if (*sum)
		pfree(*sum);
	*sum = copy;
}

static void
add_to_wide_sum(MovingScore *moving, Numeric *sum, Numeric value, int sign)
{
	Numeric		old = *sum ? *sum : decimal_make(0, 0, 0);

	if (sign < 0)
		value = DatumGetNumeric(DirectFunctionCall1(numeric_uminus, NumericGetDatum(value)));
	set_wide_sum(moving, sum, add_numerics(old, value));
}

/*
 * Make room in the integer sum of products.
 */
static void
spill_product(MovingScore *moving)
{
	add_to_wide_sum(moving, &moving->wide_product,
					decimal_make(moving->product, DECIMAL_PRODUCT_PLACES,
								 DECIMAL_PRODUCT_PLACES), 1);
	moving->product = 0;
}

static void
move_wide_score(MovingScore *moving, const WeightedScore *score, int sign)
{
	moving->nwide += sign;
	add_to_wide_sum(moving, &moving->wide_weight, score->wide[SUM_WEIGHT], sign);
	if (numeric_is_nan(score->wide[SUM_PRODUCT]))
		moving->nnan += sign;
	else if (!numeric_is_inf(score->wide[SUM_PRODUCT]))
		add_to_wide_sum(moving, &moving->wide_product, score->wide[SUM_PRODUCT], sign);
	else if (sign_of_numeric(score->wide[SUM_PRODUCT]) > 0)
		moving->nplus += sign;
	else
		moving->nminus += sign;
}

/*
 * Count a display scale; one too long to be counted never leaves.
 */
static void
count_dscale(int64 *counts, int *longest, int dscale, int sign)
{
	if (dscale < COUNTED_DSCALES)
		counts[dscale] += sign;
	else
		*longest = Max(*longest, dscale);
}

/*
 * Let a score enter (sign 1) or leave (sign -1) the frame.
 */
static void
move_score(MovingScore *moving, const WeightedScore *score, int sign)
{
	int128		product;
	int128		sum;

	moving->n += sign;
	count_dscale(moving->weight_dscales, &moving->long_weight_dscale,
				 score->dscale[SUM_WEIGHT], sign);
	count_dscale(moving->product_dscales, &moving->long_product_dscale,
				 score->dscale[SUM_PRODUCT], sign);

	if (score->is_wide)
	{
		move_wide_score(moving, score, sign);
		return;
	}
	product = sign * score->fixed[SUM_PRODUCT];
	if (__builtin_add_overflow(moving->product, product, &sum))
	{
		spill_product(moving);
		sum = product;
	}
	moving->weight += sign * score->fixed[SUM_WEIGHT];
	moving->product = sum;
}

/*
 * weighted_score_moving_add(internal, score numeric, weight numeric)
 */
Datum
weighted_score_moving_add(PG_FUNCTION_ARGS)
{
	MovingScore *moving = PG_ARGISNULL(0) ? NULL : (MovingScore *) PG_GETARG_POINTER(0);
	WeightedScore score;

	if (moving == NULL)
		moving = moving_score_create(fcinfo);
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_POINTER(moving);
	read_weighted_score(PG_GETARG_DATUM(1), PG_GETARG_DATUM(2), PARTS_WITHOUT_SQUARES, &score);
	move_score(moving, &score, 1);
	PG_RETURN_POINTER(moving);
}

/*
 * weighted_score_moving_remove(internal, score numeric, weight numeric)
 *
 * Null makes the executor start the frame anew: done for display scales too
 * long to be counted.
 */
Datum
weighted_score_moving_remove(PG_FUNCTION_ARGS)
{
	MovingScore *moving = PG_ARGISNULL(0) ? NULL : (MovingScore *) PG_GETARG_POINTER(0);
	WeightedScore score;

	if (moving == NULL)
		elog(ERROR, "weighted_score_moving_remove called with NULL state");
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_POINTER(moving);
	read_weighted_score(PG_GETARG_DATUM(1), PG_GETARG_DATUM(2), PARTS_WITHOUT_SQUARES, &score);
	if (score.dscale[SUM_WEIGHT] >= COUNTED_DSCALES || score.dscale[SUM_PRODUCT] >= COUNTED_DSCALES)
		PG_RETURN_NULL();
	move_score(moving, &score, -1);
	PG_RETURN_POINTER(moving);
}

/*
 * The display scale that numeric's sum would have now.
 */
static int
current_dscale(const int64 *counts, int longest)
{
	int			dscale = COUNTED_DSCALES - 1;

	if (longest > 0)
		return longest;
	while (dscale > 0 && counts[dscale] == 0)
		dscale--;
	return dscale;
}

/*
 * One of the sums, integers and numeric together.
 *
 * The numeric may still show decimals of scores that have left; all its
 * digits lie within the current display scale, so rounding loses nothing.
 * Display scales too long to be counted never leave, so nothing is longer.
 */
static Numeric
total_sum(int128 fixed, int places, Numeric wide, int dscale)
{
	Numeric		sum;

	if (wide == NULL)
		return decimal_make(fixed, places, dscale);
	sum = add_numerics(decimal_make(fixed, places, Max(places, dscale)), wide);
	if (dscale >= COUNTED_DSCALES)
		return sum;
	return DatumGetNumeric(DirectFunctionCall2(numeric_round, NumericGetDatum(sum),
											   Int32GetDatum(dscale)));
}

/*
 * weighted_score_moving_final(internal) -> numeric
 */
Datum
weighted_score_moving_final(PG_FUNCTION_ARGS)
{
	MovingScore *moving = PG_ARGISNULL(0) ? NULL : (MovingScore *) PG_GETARG_POINTER(0);
	Numeric		weight;
	Numeric		product;

	if (moving == NULL || moving->n == 0)
		PG_RETURN_NULL();
	weight = total_sum(moving->weight, DECIMAL_PLACES, moving->wide_weight,
					   current_dscale(moving->weight_dscales, moving->long_weight_dscale));
	if (sign_of_numeric(weight) == 0)
		PG_RETURN_NULL();
	if (moving->nnan > 0 || (moving->nplus > 0 && moving->nminus > 0))
		PG_RETURN_NUMERIC(numeric_from_text("NaN"));
	if (moving->nplus > 0 || moving->nminus > 0)
		PG_RETURN_NUMERIC(numeric_from_text(moving->nplus > 0 ? "Infinity" : "-Infinity"));
	product = total_sum(moving->product, DECIMAL_PRODUCT_PLACES, moving->wide_product,
						current_dscale(moving->product_dscales, moving->long_product_dscale));
	PG_RETURN_NUMERIC(divide_numerics(product, weight));
}
