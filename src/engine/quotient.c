/*
 * quotient.c
 *	  A quotient, exact or rounded once.
 *
 * It is taken to 16 decimals, or to as many as it needs for 16 significant
 * digits (as far as numeric has them), and rounded half away from zero there.
 * If nothing was rounded it is exact, and shows no trailing zeros.  Both
 * quotient functions follow this rule, so a result does not tell which one
 * made it.  divide_fixed follows numeric's own rule instead.
 */
#include "quotient.h"

#include "miscadmin.h"
#include "utils/builtins.h"

#define MIN_DECIMALS	16

/* the least quotient, in units of its last decimal, with 16 digits */
#define SIXTEEN_DIGITS	INT64CONST(1000000000000000)

/* a magnitude below this can be multiplied by ten and doubled in an int128 */
#define MAGNITUDE_LIMIT	((uint128) 1 << 122)

/*
 * dividend / divisor, where the dividend counts units of a product of two
 * fixed-point values and the divisor, above zero, those of one.
 *
 * NULL if that would need more than 128 bits on the way.
 */
Numeric
quotient_of_fixed(int128 dividend, int64 divisor)
{
	uint128		magnitude = dividend < 0 ? -(uint128) dividend : (uint128) dividend;
	uint128		enough = (uint128) divisor * SIXTEEN_DIGITS;
	uint128		quotient;
	int			decimals = MIN_DECIMALS;
	int			places;

	Assert(divisor > 0);

	if (magnitude == 0)
		return decimal_make(0, 0, 0);

	/* magnitude / divisor is to count units of 10^-decimals */
	if (magnitude >= MAGNITUDE_LIMIT / DECIMAL_UNIT)
		return NULL;
	magnitude *= DECIMAL_UNIT;
	for (; magnitude < enough; magnitude *= 10)
		decimals++;
	quotient = (2 * magnitude + divisor) / (2 * (uint128) divisor);
	if (quotient * divisor == magnitude)
	{
		for (; decimals > 0 && quotient % 10 == 0; quotient /= 10)
			decimals--;
	}

	/*
	 * Whole base-10000 digits: at 16 decimals or fewer that gives back zeros
	 * taken away above, and with more the quotient is just over 16 digits.
	 */
	for (places = decimals; places % DECIMAL_BASE_PLACES != 0; places++)
	{
		Assert(quotient < MAGNITUDE_LIMIT);
		quotient *= 10;
	}
	return decimal_make(dividend < 0 ? -(int128) quotient : (int128) quotient, places, decimals);
}

/*
 * The first base-10000 digit of a magnitude that counts 10^-places, and its
 * weight; 0 and 0 for zero.
 */
static int
first_digit(uint128 magnitude, int places, int *weight)
{
	uint64		rest;

	*weight = -places / DECIMAL_BASE_PLACES;
	if (magnitude == 0)
		*weight = 0;
	for (; magnitude > PG_UINT64_MAX; magnitude /= DECIMAL_UNIT)
		*weight += DECIMAL_FRACTION_DIGITS;
	for (rest = (uint64) magnitude; rest >= DECIMAL_BASE; rest /= DECIMAL_BASE)
		(*weight)++;
	return (int) rest;
}

/*
 * Multiply a magnitude by 10^n.  False if it is not below MAGNITUDE_LIMIT
 * then.
 */
static bool
scale_up(uint128 *magnitude, int n)
{
	/* as many at a time as 64 bits have room for, mostly all of them */
	static const uint64 powers_of_ten[] = {
		1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000,
		UINT64CONST(1000000000), UINT64CONST(10000000000),
		UINT64CONST(100000000000), UINT64CONST(1000000000000),
		UINT64CONST(10000000000000), UINT64CONST(100000000000000),
		UINT64CONST(1000000000000000), UINT64CONST(10000000000000000)
	};
	const int	most = lengthof(powers_of_ten) - 1;

	for (; n > 0; n -= most)
	{
		if (__builtin_mul_overflow(*magnitude, (uint128) powers_of_ten[Min(n, most)], magnitude))
			return false;
	}
	return *magnitude < MAGNITUDE_LIMIT;
}

/*
 * What numeric's own division gives, digit for digit, where the dividend
 * counts 10^-dividend_places and the divisor, above zero, 10^-DECIMAL_PLACES.
 * NULL if that would need more than 128 bits on the way.
 */
static Numeric
divide_integers(int128 dividend, int dividend_places, int dividend_dscale,
				int128 divisor, int divisor_dscale)
{
	uint128		magnitude = dividend < 0 ? -(uint128) dividend : (uint128) dividend;
	int			dividend_weight;
	int			divisor_weight;
	int			weight;
	int			decimals;
	int			places;
	uint128		quotient;

	Assert(divisor > 0);

	/* as select_div_scale() in numeric.c */
	if (first_digit(magnitude, dividend_places, &dividend_weight) >
		first_digit((uint128) divisor, DECIMAL_PLACES, &divisor_weight))
		weight = dividend_weight - divisor_weight;
	else
		weight = dividend_weight - divisor_weight - 1;
	decimals = Max(MIN_DECIMALS - weight * DECIMAL_BASE_PLACES, 0);
	decimals = Max(Max(decimals, dividend_dscale), divisor_dscale);

	/* the quotient as it stands has so many decimals */
	places = dividend_places - DECIMAL_PLACES;
	if (decimals < places || divisor >= (int128) MAGNITUDE_LIMIT ||
		!scale_up(&magnitude, decimals - places))
		return NULL;
	quotient = (2 * magnitude + divisor) / (2 * (uint128) divisor);
	places = TYPEALIGN(DECIMAL_BASE_PLACES, decimals);
	if (!scale_up(&quotient, places - decimals))
		return NULL;
	return decimal_make(dividend < 0 ? -(int128) quotient : (int128) quotient, places, decimals);
}

/*
 * The same, always.
 */
Numeric
divide_fixed(int128 dividend, int dividend_places, int dividend_dscale,
			 int128 divisor, int divisor_dscale)
{
	Numeric		quotient = divide_integers(dividend, dividend_places, dividend_dscale,
										   divisor, divisor_dscale);

	if (quotient != NULL)
		return quotient;
	return divide_numerics(decimal_make(dividend, dividend_places, dividend_dscale),
						   decimal_make(divisor, DECIMAL_PLACES, divisor_dscale));
}

/*
 * dividend / divisor for numbers of any length; the divisor is above zero.
 */
Numeric
quotient_of_numerics(Numeric dividend, Numeric divisor)
{
	Numeric		magnitude;
	Numeric		enough;
	Numeric		two = decimal_make(2, 0, 0);
	Numeric		quotient;
	Numeric		result;
	int			decimals = MIN_DECIMALS;

	if (!is_finite_numeric(dividend) || !is_finite_numeric(divisor))
		return divide_numerics(dividend, divisor);
	if (sign_of_numeric(dividend) == 0)
		return decimal_make(0, 0, 0);

	magnitude = DatumGetNumeric(DirectFunctionCall1(numeric_abs, NumericGetDatum(dividend)));
	magnitude = multiply_numerics(magnitude, power_of_ten(decimals));
	enough = multiply_numerics(divisor, decimal_make(SIXTEEN_DIGITS, 0, 0));
	for (; decimals < NUMERIC_DSCALE_LIMIT && compare_numerics(magnitude, enough) < 0; decimals++)
	{
		CHECK_FOR_INTERRUPTS();
		magnitude = multiply_numerics(magnitude, decimal_make(10, 0, 0));
	}

	quotient = DatumGetNumeric(DirectFunctionCall2(numeric_div_trunc,
												   NumericGetDatum(add_numerics(multiply_numerics(two, magnitude),
																				divisor)),
												   NumericGetDatum(multiply_numerics(two, divisor))));
	result = multiply_numerics(quotient, power_of_ten(-decimals));
	if (compare_numerics(multiply_numerics(quotient, divisor), magnitude) == 0)
		result = trim_numeric(result);
	if (sign_of_numeric(dividend) < 0)
		result = DatumGetNumeric(DirectFunctionCall1(numeric_uminus, NumericGetDatum(result)));
	return result;
}
