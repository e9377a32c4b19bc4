/*
 * standard_score.c
 *	  The standard score (z) of each of a set of scores, rounded once.
 *
 * With n scores x, their sum S and the sum of their squares Q, all exact,
 *
 *		z = (n*x - S) * sqrt((n - 1) / M)	where M = n * (n*Q - S^2).
 *
 * The second factor is the same for all.  Scores are read as integers, which
 * count units of so many decimals ("places") that all are whole; the factor
 * does not depend on the unit.  It is found once, to about a hundred bits, and
 * each score costs two multiplications: by a little less and by a little more
 * than the factor.  If both round to the same result, that is the result.  If
 * not (always when the result is exact), and for numbers that are too long,
 * numeric decides exactly: a square root is at least r when its square is at
 * least r^2.
 *
 * Results are first counted in half units of their last decimal and cut off,
 * so that adding one and halving rounds them.
 */
#include "standard_score.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/builtins.h"

#define MIN_DECIMALS	16
#define MAX_DECIMALS	1000	/* as numeric's own division */

/* a result of this many half units has 16 digits */
#define ENOUGH_HALVES	INT64CONST(2000000000000000)

/* |factor - what it stands for|; see find_factor() */
#define FACTOR_ERROR	(1 << 14)

/* a score in units below this can be multiplied by n */
#define UNITS_LIMIT		((uint128) 1 << 95)

/* a magnitude below the first fits an int128, below the other ten times, too */
#define MAGNITUDE_MAX	((uint128) 1 << 126)
#define MAGNITUDE_LIMIT	((uint128) 1 << 123)

#define INT128_MAGNITUDE(x)	((x) < 0 ? -(uint128) (x) : (uint128) (x))

/*
 * a * b, in 256 bits.
 */
static inline void
multiply_wide(uint128 a, uint128 b, uint128 *high, uint128 *low)
{
	uint64		a1 = (uint64) (a >> 64);
	uint64		a0 = (uint64) a;
	uint64		b1 = (uint64) (b >> 64);
	uint64		b0 = (uint64) b;
	uint128		bottom = (uint128) a0 * b0;
	uint128		cross = (uint128) a1 * b0 + (uint64) (bottom >> 64);
	uint128		cross2 = (uint128) a0 * b1 + (uint64) cross;

	*low = (cross2 << 64) | (uint64) bottom;
	*high = (uint128) a1 * b1 + (cross >> 64) + (cross2 >> 64);
}

/*
 * a * b / 2^shift, cut off.  It must fit.
 */
static inline uint128
multiply_and_shift(uint128 a, uint128 b, int shift)
{
	uint128		high;
	uint128		low;

	multiply_wide(a, b, &high, &low);
	if (shift >= 128)
		return high >> (shift - 128);
	Assert(high >> shift == 0);
	return (high << (128 - shift)) | (low >> shift);
}

/*
 * n * (n * squares - sum^2), in 256 bits.
 */
static void
fixed_spread(const ScoreSpread *spread, uint128 *high, uint128 *low)
{
	uint128		n = (uint128) spread->n;
	uint128		sum = INT128_MAGNITUDE(spread->sum);
	uint128		high2;
	uint128		low2;

	multiply_wide(n * n, (uint128) spread->squares, high, low);
	multiply_wide(sum, n * sum, &high2, &low2);
	*high -= high2 + (*low < low2 ? 1 : 0);
	*low -= low2;
}

/*
 * Find factor and shift: factor / 2^shift = 2 * 10^decimals * sqrt((n - 1) / M).
 *
 * With N = (n - 1) * 5^(2 * decimals), and M as top * 2^exponent where top has
 * 127 or 128 bits, the root of N / top is found in floating point and improved
 * by one step of Newton's method, whose residue is taken in 256 bits.
 *
 * The first root y is off by less than 2^-51 of itself, the improved one by
 * half the square of that, 2^-103, and by the rounding of the step, less than
 * 2^-102; cutting off M costs 2^-126.  The factor is below 2^113, so it is off
 * by less than 2^12.
 */
static void
find_factor(ScoreSpread *spread, int decimals, uint128 high, uint128 low)
{
	uint128		n = (uint128) (spread->n - 1);
	uint128		residue_high;
	uint128		residue_low;
	int			exponent = 0;
	int			y_exponent;
	int			y_places;
	uint64		y;
	double		step;

	for (int i = 0; i < 2 * decimals; i++)
		n *= 5;
	for (; high != 0; exponent += 2)
	{
		low = (low >> 2) | (high << 126);
		high >>= 2;
	}
	for (; low >> 126 == 0; exponent -= 2)
		low <<= 2;

	/* the root is y / 2^y_places, y has 63 bits */
	y = (uint64) ldexp(frexp(sqrt((double) n / (double) low), &y_exponent), 63);
	y_places = 63 - y_exponent;

	/* residue = n * 2^(2 * y_places) - top * y^2 */
	Assert(2 * y_places >= 128);
	multiply_wide(low, (uint128) y * y, &residue_high, &residue_low);
	residue_high = (n << (2 * y_places - 128)) - residue_high - (residue_low != 0 ? 1 : 0);
	residue_low = -residue_low;
	step = (ldexp((double) (int128) residue_high, 128) + (double) residue_low) /
		(2.0 * (double) low * (double) y);

	spread->factor = ((uint128) y << 50) + (int128) (int64) ldexp(step, 50);
	spread->shift = y_places + 50 + exponent / 2 - decimals - 1;
	spread->has_factor = true;
}

/*
 * Replace a numeric in the set's context by its sum with another.
 */
static void
add_to_sum(ScoreSpread *spread, Numeric *sum, Numeric value)
{
	Numeric		total = *sum ? add_numerics(*sum, value) : value;
	Numeric		copy = MemoryContextAlloc(spread->context, VARSIZE(total));

	memcpy(copy, total, VARSIZE(total));
	if (*sum)
		pfree(*sum);
	*sum = copy;
}

/*
 * Add a score that is not fixed-point, or for which the integers have no
 * room; then they are emptied into the numerics.  A square too long for
 * numeric is numeric's own error.
 */
void
score_spread_add_wide(ScoreSpread *spread, Datum score)
{
	Numeric		num = DatumGetNumeric(score);

	if (is_finite_numeric(num))
	{
		add_to_sum(spread, &spread->wide_sum, num);
		add_to_sum(spread, &spread->wide_squares, multiply_numerics(num, num));
		spread->wide_places = Max(spread->wide_places, decimal_places(num));
	}
	else
		spread->has_special = true;
	if (!has_room_for_square(spread->squares))
	{
		add_to_sum(spread, &spread->wide_squares,
				   decimal_make(spread->squares, DECIMAL_PRODUCT_PLACES,
								DECIMAL_PRODUCT_PLACES));
		spread->squares = 0;
	}
	spread->n++;
}

/*
 * The sums as numerics.
 */
static void
find_totals(ScoreSpread *spread)
{
	Numeric		n = decimal_make(spread->n, 0, 0);
	Numeric		sum = decimal_make(spread->sum, DECIMAL_PLACES, DECIMAL_PLACES);
	Numeric		squares = decimal_make(spread->squares, DECIMAL_PRODUCT_PLACES,
									   DECIMAL_PRODUCT_PLACES);

	if (spread->wide_squares)
	{
		sum = spread->wide_sum ? add_numerics(sum, spread->wide_sum) : sum;
		squares = add_numerics(squares, spread->wide_squares);
	}
	squares = subtract_numerics(multiply_numerics(n, squares), multiply_numerics(sum, sum));
	add_to_sum(spread, &spread->total_sum, trim_numeric(sum));
	add_to_sum(spread, &spread->total_spread, trim_numeric(multiply_numerics(n, squares)));
}

/*
 * Find the factor of scores that are not all fixed-point, if they are not too
 * long.
 */
static void
find_wide_factor(ScoreSpread *spread, int decimals)
{
	int			places = Max(spread->wide_places, DECIMAL_PLACES);
	uint128		high;
	uint128		low;

	if (decimal_read_long(spread->total_sum, places, &spread->units) &&
		decimal_read_longest(spread->total_spread, 2 * places, &high, &low))
	{
		spread->places = places;
		find_factor(spread, decimals, high, low);
	}
}

/*
 * All scores are there.  False if they have no standard scores: there are
 * fewer than two, or all are equal.
 *
 * is_plain: the scale will be the plain one.
 */
bool
score_spread_finish(ScoreSpread *spread, bool is_plain)
{
	/* the decimals of a fixed-point stddev come with it */
	int			decimals = is_plain ? MIN_DECIMALS : MIN_DECIMALS - DECIMAL_PLACES;
	uint128		high;
	uint128		low;

	if (spread->n < 2)
		return false;
	if (spread->has_special)
		return true;
	if (spread->wide_squares)
	{
		find_totals(spread);
		if (sign_of_numeric(spread->total_spread) <= 0)
			return false;
		find_wide_factor(spread, decimals);
		return true;
	}
	fixed_spread(spread, &high, &low);
	if (high == 0 && low == 0)
		return false;
	spread->places = DECIMAL_PLACES;
	spread->units = spread->sum;
	find_factor(spread, decimals, high, low);
	return true;
}

/*
 * Read a score in the set's units.
 */
static bool
read_units(const ScoreSpread *spread, Datum score, int128 *units)
{
	int64		fixed;
	int			dscale;

	if (spread->places == DECIMAL_PLACES &&
		(decimal_read_quick(score, &fixed, &dscale) || decimal_read(score, &fixed, &dscale)))
	{
		*units = fixed;
		return true;
	}
	return decimal_read_long(DatumGetNumeric(score), spread->places, units) &&
		INT128_MAGNITUDE(*units) < UNITS_LIMIT;
}

/*
 * The standard score by the factor; NULL if that does not decide it.
 */
static Numeric
quick_standard_score(const ScoreSpread *spread, int128 units, const StandardScale *scale)
{
	int128		deviation = spread->n * units - spread->units;
	int			sign = deviation < 0 ? -1 : 1;
	int128		mean = (int128) scale->fixed_mean * 2 * DECIMAL_UNIT;
	uint128		magnitude = INT128_MAGNITUDE(deviation);
	int128		halves;
	uint128		result;
	int			decimals;
	int			places;

	if (magnitude == 0 && scale->is_plain)
		return decimal_make(0, 0, 0);
	if (!scale->is_plain)
	{
		if (scale->fixed_stddev == 0 || magnitude == 0 ||
			magnitude >= MAGNITUDE_MAX / (uint64) scale->fixed_stddev)
			return NULL;
		magnitude *= (uint64) scale->fixed_stddev;
	}
	for (decimals = MIN_DECIMALS;; decimals++)
	{
		uint128		part = multiply_and_shift(magnitude, spread->factor - FACTOR_ERROR,
											  spread->shift);

		if (part != multiply_and_shift(magnitude, spread->factor + FACTOR_ERROR,
									   spread->shift))
			return NULL;
		/* the rest that was cut off leads away from zero, or towards it */
		halves = mean + sign * (int128) part;
		if (sign < 0 ? halves > 0 : halves < 0)
			halves += sign;
		if (halves >= ENOUGH_HALVES || halves <= -ENOUGH_HALVES)
			break;
		if (magnitude >= MAGNITUDE_LIMIT)
			return NULL;
		magnitude *= 10;
		mean *= 10;
	}

	result = (INT128_MAGNITUDE(halves) + 1) / 2;
	/* the factor would not have decided a result of more than 100 bits */
	Assert(result >> 101 == 0);
	for (places = decimals; places % DECIMAL_BASE_PLACES != 0; places++)
		result *= 10;
	return decimal_make(halves < 0 ? -(int128) result : (int128) result, places, decimals);
}

/*
 * The whole part of a square root; num is whole and not negative.
 */
static Numeric
whole_root(Numeric num)
{
	Numeric		root = DatumGetNumeric(DirectFunctionCall1(numeric_floor,
														   DirectFunctionCall1(numeric_sqrt,
																			   NumericGetDatum(num))));

	/* numeric_sqrt() may have rounded up to it */
	if (compare_numerics(multiply_numerics(root, root), num) > 0)
		root = subtract_numerics(root, decimal_make(1, 0, 0));
	return root;
}

/*
 * mean + deviation * sqrt((n - 1) / M) in half units of so many decimals, cut
 * off; and whether anything was.
 */
static Numeric
exact_halves(const ScoreSpread *spread, Numeric deviation, Numeric mean, int decimals,
			 bool *is_exact)
{
	Numeric		unit = multiply_numerics(decimal_make(2, 0, 0), power_of_ten(decimals));
	Numeric		square = multiply_numerics(deviation, unit);
	int			sign = sign_of_numeric(deviation);
	Numeric		part;
	Numeric		halves;

	square = multiply_numerics(multiply_numerics(square, square),
							   decimal_make(spread->n - 1, 0, 0));
	part = whole_root(DatumGetNumeric(DirectFunctionCall2(numeric_div_trunc,
														  NumericGetDatum(square),
														  NumericGetDatum(spread->total_spread))));
	*is_exact = compare_numerics(multiply_numerics(multiply_numerics(part, part),
												   spread->total_spread), square) == 0;
	halves = multiply_numerics(mean, unit);
	halves = sign < 0 ? subtract_numerics(halves, part) : add_numerics(halves, part);
	/* the rest that was cut off leads away from zero, or towards it */
	if (!*is_exact && sign_of_numeric(halves) == -sign)
		halves = add_numerics(halves, decimal_make(sign, 0, 0));
	return halves;
}

/*
 * How many decimals so many half units lack for 16 digits.
 */
static int
missing_decimals(Numeric halves)
{
	Numeric		magnitude = DatumGetNumeric(DirectFunctionCall1(numeric_abs,
																NumericGetDatum(halves)));
	int64		enough = ENOUGH_HALVES;
	int			missing = 0;

	for (; enough > 0 && compare_numerics(magnitude, decimal_make(enough, 0, 0)) < 0;
		 enough /= 10)
		missing++;
	return missing;
}

/*
 * The standard score by numeric arithmetic.
 */
static Numeric
exact_standard_score(ScoreSpread *spread, Numeric score, Numeric mean, Numeric stddev)
{
	int			decimals;
	int			missing;
	bool		is_exact;
	Numeric		deviation;
	Numeric		halves;
	Numeric		rounded;
	Numeric		two = decimal_make(2, 0, 0);
	Numeric		result;

	if (spread->total_sum == NULL)
		find_totals(spread);
	deviation = multiply_numerics(stddev,
								  subtract_numerics(multiply_numerics(decimal_make(spread->n, 0, 0), score),
													spread->total_sum));
	mean = trim_numeric(mean);
	decimals = Max(MIN_DECIMALS, dscale_of_numeric(mean));
	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		halves = exact_halves(spread, deviation, mean, decimals, &is_exact);
		missing = missing_decimals(halves);
		/* whole units are rounded to themselves */
		rounded = DatumGetNumeric(DirectFunctionCall2(numeric_div_trunc,
													  NumericGetDatum(add_numerics(halves,
																				   decimal_make(sign_of_numeric(halves), 0, 0))),
													  NumericGetDatum(two)));
		is_exact = is_exact && compare_numerics(multiply_numerics(two, rounded), halves) == 0;
		if (missing == 0 || is_exact || decimals >= MAX_DECIMALS)
			break;
		decimals = Min(decimals + missing, MAX_DECIMALS);
	}
	result = multiply_numerics(rounded, power_of_ten(-decimals));
	return is_exact ? trim_numeric(result) : result;
}

static Numeric
fixed_numeric(int64 value)
{
	return decimal_make(value, DECIMAL_PLACES, DECIMAL_PLACES);
}

/*
 * mean + stddev * z for a score of the set, palloc'd.  NaN if one of the set
 * is NaN or infinite: so are numeric's own mean and standard deviation.
 */
Numeric
standard_score(ScoreSpread *spread, Datum score, const StandardScale *scale)
{
	int128		units;

	if (spread->has_special)
		return numeric_from_text("NaN");
	if (spread->has_factor && scale->is_fixed && read_units(spread, score, &units))
	{
		Numeric		result = quick_standard_score(spread, units, scale);

		if (result)
			return result;
	}
	if (scale->is_plain)
		return exact_standard_score(spread, DatumGetNumeric(score), decimal_make(0, 0, 0),
									decimal_make(1, 0, 0));
	if (scale->is_fixed)
		return exact_standard_score(spread, DatumGetNumeric(score),
									fixed_numeric(scale->fixed_mean),
									fixed_numeric(scale->fixed_stddev));
	return exact_standard_score(spread, DatumGetNumeric(score), scale->mean, scale->stddev);
}
