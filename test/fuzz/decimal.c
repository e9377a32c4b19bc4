/*
 * decimal.c
 *	  Harness over the fixed-point view of numeric and over quotients.
 *
 * An input is two integers, a number of decimals and a mark.  Every result
 * is compared with one that was made another way: by 128-bit integers and
 * printed digits, or by numeric's own multiplication and comparison.
 */
#include "fuzz.h"

#include "decimal.h"
#include "lib/stringinfo.h"
#include "quotient.h"
#include "utils/builtins.h"

typedef struct DecimalInput
{
	int128		units;
	int64		divisor;
	uint8		places;
	uint8		more;			/* zeros to show behind them; and the mark */
} DecimalInput;

#define MAX_PLACES	48

static Numeric
numeric_of_text(const char *text)
{
	return DatumGetNumeric(DirectFunctionCall3(numeric_in, CStringGetDatum(text),
											   ObjectIdGetDatum(InvalidOid),
											   Int32GetDatum(-1)));
}

/*
 * units * 10^-places as text, with so many zeros behind it.
 */
static char *
print_units(int128 units, int places, int zeros)
{
	char		digits[64];
	uint128		rest = units < 0 ? -(uint128) units : (uint128) units;
	int			n = 0;
	StringInfoData out;

	while (rest != 0 || n <= places)
	{
		digits[n++] = '0' + (int) (rest % 10);
		rest /= 10;
	}
	initStringInfo(&out);
	if (units < 0)
		appendStringInfoChar(&out, '-');
	while (n > 0)
	{
		if (n == places)
			appendStringInfoChar(&out, '.');
		appendStringInfoChar(&out, digits[--n]);
	}
	if (places == 0 && zeros > 0)
		appendStringInfoChar(&out, '.');
	for (int i = 0; i < zeros; i++)
		appendStringInfoChar(&out, '0');
	return out.data;
}

static bool
same_numeric(Numeric a, Numeric b)
{
	return VARSIZE(a) == VARSIZE(b) && memcmp(a, b, VARSIZE(a)) == 0;
}

/*
 * decimal_make() makes what numeric_in makes of the same number's text.
 */
static void
check_make(int128 units, int places, int zeros)
{
	Numeric		made;
	char	   *text = print_units(units, places, zeros);

	if (places % DECIMAL_BASE_PLACES != 0)
		return;
	made = decimal_make(units, places, places + zeros);
	if (!same_numeric(made, numeric_of_text(text)))
		fuzz_failed("decimal_make makes %s of %s", numeric_text(made), text);
}

/*
 * The fixed-point view of units * 10^-places, by integers; false if none.
 */
static bool
expected_view(int128 units, int places, int64 *value)
{
	for (; places > DECIMAL_PLACES; places--, units /= 10)
		if (units % 10 != 0)
			return false;
	for (; places < DECIMAL_PLACES; places++, units *= 10)
		if (units >= DECIMAL_LIMIT || units <= -DECIMAL_LIMIT)
			return false;
	*value = (int64) units;
	return units < DECIMAL_LIMIT && units > -DECIMAL_LIMIT;
}

/*
 * The number as a tuple packs it: a short header, at an odd address.
 */
static Datum
packed(Numeric num)
{
	Size		size = VARSIZE(num) - VARHDRSZ + VARHDRSZ_SHORT;
	char	   *copy = (char *) palloc(size + 1) + 1;

	SET_VARSIZE_SHORT(copy, size);
	memcpy(VARDATA_SHORT(copy), VARDATA(num), size - VARHDRSZ_SHORT);
	return PointerGetDatum(copy);
}

static void
check_read(int128 units, int places, int zeros)
{
	Numeric		num = numeric_of_text(print_units(units, places, zeros));
	Datum		forms[] = {NumericGetDatum(num), packed(num)};
	int64		expected;
	bool		has_view = expected_view(units, places, &expected);

	for (int i = 0; i < 2; i++)
	{
		int64		value;
		int			dscale;

		if (decimal_read(forms[i], &value, &dscale) != has_view ||
			(has_view && (value != expected || dscale != places + zeros)))
			fuzz_failed("decimal_read misreads %s", numeric_text(num));
		if (decimal_read_quick(forms[i], &value, &dscale) &&
			(!has_view || value != expected || dscale != places + zeros))
			fuzz_failed("decimal_read_quick misreads %s", numeric_text(num));
	}
}

/*
 * decimal_ceiling() is the least fixed-point value that reaches the number.
 */
static void
check_ceiling(Numeric num, bool above)
{
	int64		ceiling = decimal_ceiling(num, above);
	int			least_cmp = above ? 1 : 0;	/* reaching means "> num" or ">= num" */
	int64		limit = DECIMAL_LIMIT;

	if (ceiling > limit && ceiling != PG_INT64_MAX)
		fuzz_failed("decimal_ceiling of %s is out of range", numeric_text(num));
	if (ceiling > -limit && ceiling <= limit &&
		compare_numerics(decimal_make(ceiling, DECIMAL_PLACES, DECIMAL_PLACES), num) < least_cmp)
		fuzz_failed("decimal_ceiling of %s is too low", numeric_text(num));
	if (ceiling == PG_INT64_MAX || ceiling > 1 - limit)
	{
		int64		below = ceiling == PG_INT64_MAX ? limit - 1 : ceiling - 1;

		if (compare_numerics(decimal_make(below, DECIMAL_PLACES, DECIMAL_PLACES), num) >= least_cmp)
			fuzz_failed("decimal_ceiling of %s is too high", numeric_text(num));
	}
	if (ceiling == PG_INT64_MIN &&
		compare_numerics(decimal_make(1 - limit, DECIMAL_PLACES, DECIMAL_PLACES), num) < least_cmp)
		fuzz_failed("decimal_ceiling of %s says all", numeric_text(num));
}

static Numeric
absolute(Numeric num)
{
	return DatumGetNumeric(DirectFunctionCall1(numeric_abs, NumericGetDatum(num)));
}

/*
 * Is quotient the dividend / divisor, exact or rounded once, half away from
 * zero?  Found by multiplying back.
 */
static void
check_quotient(Numeric quotient, Numeric dividend, Numeric divisor)
{
	int			dscale = dscale_of_numeric(quotient);
	Numeric		back = multiply_numerics(absolute(quotient), divisor);
	int			cmp = compare_numerics(back, absolute(dividend));
	Numeric		twice_off = absolute(subtract_numerics(back, absolute(dividend)));
	int			half;
	int			digits = 0;

	twice_off = add_numerics(twice_off, twice_off);
	half = compare_numerics(twice_off,
							multiply_numerics(divisor, numeric_of_text(psprintf("1e-%d", dscale))));
	if (half > 0 || (half == 0 && cmp < 0))
		fuzz_failed("%s / %s is not %s", numeric_text(dividend), numeric_text(divisor), numeric_text(quotient));
	if (sign_of_numeric(quotient) != 0 && sign_of_numeric(quotient) != sign_of_numeric(dividend))
		fuzz_failed("%s / %s has the wrong sign", numeric_text(dividend), numeric_text(divisor));

	if (cmp == 0)
	{
		if (!same_numeric(quotient, trim_numeric(quotient)))
			fuzz_failed("the exact quotient %s shows trailing zeros", numeric_text(quotient));
		return;
	}
	for (char *p = numeric_text(quotient); *p; p++)
		if (digits > 0 ? *p != '.' : *p >= '1' && *p <= '9')
			digits++;
	if (dscale < 16 || digits < 16 || (dscale > 16 && digits > 17))
		fuzz_failed("the rounded quotient %s has %d digits", numeric_text(quotient), digits);
}

static void
check_quotients(int128 dividend, int64 divisor)
{
	Numeric		a = decimal_make(dividend, DECIMAL_PRODUCT_PLACES, DECIMAL_PRODUCT_PLACES);
	Numeric		b = decimal_make(divisor, DECIMAL_PLACES, DECIMAL_PLACES);
	Numeric		wide;
	Numeric		fixed;

	if (divisor <= 0)
		return;
	wide = quotient_of_numerics(a, b);
	check_quotient(wide, a, b);
	fixed = quotient_of_fixed(dividend, divisor);
	if (fixed != NULL && !same_numeric(fixed, wide))
		fuzz_failed("%s / %s is %s or %s", numeric_text(a), numeric_text(b),
					numeric_text(fixed), numeric_text(wide));
}

void
fuzz_decimal(const uint8_t *data, size_t size)
{
	DecimalInput input;
	int			places;
	int			zeros;
	Numeric		num;

	if (size < sizeof(input))
		return;
	memcpy(&input, data, sizeof(input));
	places = input.places % (MAX_PLACES + 1);
	zeros = input.more;
	num = numeric_of_text(print_units(input.units, places, zeros));

	check_make(input.units, places, zeros);
	check_read(input.units, places, zeros);
	check_ceiling(num, false);
	check_ceiling(num, true);
	check_quotients(input.units, input.divisor);
}
