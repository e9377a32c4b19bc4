/*
 * points.c
 *	  What a measurement earns: the points of a scoring curve, the attainment
 *	  of a target, and levels passed in order.
 *
 * Interpolation is rational: the products are exact and one division is the
 * last step, so a result is rounded once or not at all (quotient.c).
 */
#include "score_curve.h"

#include "catalog/pg_type.h"
#include "common/int.h"
#include "quotient.h"
#include "utils/array.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(points);
PG_FUNCTION_INFO_V1(attainment);
PG_FUNCTION_INFO_V1(gated_score);

/*
 * How many knots lie at or before a measurement.
 */
static int
knots_reached_fixed(const ScoreCurve *curve, int64 x)
{
	int			low = 0;
	int			high = curve->nknots;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (x >= curve->knots[middle].least)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int
knots_reached(const ScoreCurve *curve, Numeric x)
{
	int			reached = 0;

	while (reached < curve->nknots &&
		   compare_numerics(x, knot_x(curve, reached)) >= 0)
		reached++;
	return reached;
}

/*
 * Points between knots i and i + 1: those of a straight line.
 */
static Numeric
interpolate(const ScoreCurve *curve, int i, Numeric x)
{
	Numeric		run = subtract_numerics(knot_x(curve, i + 1), knot_x(curve, i));
	Numeric		rise = subtract_numerics(knot_y(curve, i + 1), knot_y(curve, i));
	Numeric		along = subtract_numerics(x, knot_x(curve, i));
	Numeric		dividend = add_numerics(multiply_numerics(knot_y(curve, i), run),
										multiply_numerics(rise, along));

	return quotient_of_numerics(dividend, run);
}

/*
 * The same in integers; NULL when they are too large for that.
 */
static Numeric
interpolate_fixed(const ScoreCurve *curve, int i, int64 x)
{
	const Knot *left = &curve->knots[i];
	const Knot *right = &curve->knots[i + 1];
	int64		run;
	int64		rise;

	/* x lies in the run, so the way along it overflows only if the run does */
	if (pg_sub_s64_overflow(right->fixed_x, left->fixed_x, &run) ||
		pg_sub_s64_overflow(right->fixed_y, left->fixed_y, &rise))
		return NULL;

	/* two products of 63 bits each: their sum fits */
	return quotient_of_fixed((int128) left->fixed_y * run +
							 (int128) rise * (x - left->fixed_x), run);
}

/*
 * points(measurement numeric, score_curve) -> numeric
 */
Datum
points(PG_FUNCTION_ARGS)
{
	Datum		x = PG_GETARG_DATUM(0);
	ScoreCurve *curve = PG_GETARG_SCORE_CURVE(1);
	int64		fixed;
	int			dscale;
	bool		is_fixed = decimal_read_quick(x, &fixed, &dscale) ||
		decimal_read(x, &fixed, &dscale);
	int			reached;
	Numeric		result = NULL;

	if (!is_fixed && numeric_is_nan(DatumGetNumeric(x)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("measurement must not be NaN"),
				 errhint("A missing measurement is NULL.")));

	reached = is_fixed ? knots_reached_fixed(curve, fixed) :
		knots_reached(curve, DatumGetNumeric(x));
	if (reached == 0)
		PG_RETURN_NUMERIC(knot_y(curve, 0));
	if (reached == curve->nknots || curve->kind == CURVE_STEP)
		PG_RETURN_NUMERIC(knot_y(curve, reached - 1));

	if (is_fixed && curve->is_fixed)
		result = interpolate_fixed(curve, reached - 1, fixed);
	if (result == NULL)
		result = interpolate(curve, reached - 1, DatumGetNumeric(x));
	PG_RETURN_NUMERIC(result);
}

/*
 * attainment(actual numeric, target numeric) -> numeric
 *
 * 1 + (actual - target) / abs(target), as one quotient.
 */
Datum
attainment(PG_FUNCTION_ARGS)
{
	Numeric		actual = PG_GETARG_NUMERIC(0);
	Numeric		target = PG_GETARG_NUMERIC(1);
	int			sign = sign_of_numeric(target);

	if (sign == 0)
		ereport(ERROR,
				(errcode(ERRCODE_DIVISION_BY_ZERO),
				 errmsg("target must not be zero"),
				 errhint("Nothing can be said in relation to zero; score the measurement itself with points().")));
	if (sign < 0)
	{
		actual = subtract_numerics(subtract_numerics(actual, target), target);
		target = DatumGetNumeric(DirectFunctionCall1(numeric_uminus, NumericGetDatum(target)));
	}
	PG_RETURN_NUMERIC(quotient_of_numerics(actual, target));
}

/*
 * gated_score(levels numeric[]) -> numeric
 *
 * A level counts only if all before it are passed in full.
 */
Datum
gated_score(PG_FUNCTION_ARGS)
{
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P(0);
	Numeric		one = decimal_make(1, 0, 0);
	Numeric		sum = decimal_make(0, 0, 0);
	Datum	   *levels;
	bool	   *nulls;
	int			nlevels;

	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("levels must be a one-dimensional array")));
	deconstruct_array(array, NUMERICOID, -1, false, TYPALIGN_INT, &levels, &nulls, &nlevels);
	if (nlevels == 0)
		PG_RETURN_NULL();

	for (int i = 0; i < nlevels; i++)
	{
		Numeric		level;

		if (nulls[i])
			PG_RETURN_NULL();
		level = DatumGetNumeric(levels[i]);
		if (sign_of_numeric(level) < 0 || sign_of_numeric(subtract_numerics(level, one)) > 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("level %d must be from 0 (not passed) to 1 (passed), not %s",
							i + 1, numeric_text(level))));
		sum = add_numerics(sum, level);
		if (sign_of_numeric(subtract_numerics(level, one)) != 0)
			break;
	}
	PG_RETURN_NUMERIC(sum);
}
