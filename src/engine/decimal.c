/*
 * decimal.c
 *	  From fixed point back to numeric, and the few numeric helpers that the
 *	  engine needs and PostgreSQL does not export.
 */
#include "decimal.h"

#include "utils/builtins.h"

/* 10000^n, for the digits that a stripped numeric leaves out */
static const int64 decimal_powers[] = {
	1,
	INT64CONST(10000),
	INT64CONST(100000000),
	INT64CONST(1000000000000),
	INT64CONST(10000000000000000)
};

/* a finite numeric, taken apart */
typedef struct NumericView
{
	bool		negative;
	int			weight;			/* of the first digit, in powers of 10000 */
	int			dscale;
	int			ndigits;
	const char *digits;			/* int16 each, not aligned */
} NumericView;

/*
 * Look into a numeric's data.  False for NaN and infinities.
 */
static inline bool
view_numeric(const char *data, int size, NumericView *view)
{
	uint16		header;

	memcpy(&header, data, sizeof(uint16));
	data += sizeof(uint16);
	size -= (int) sizeof(uint16);
	if ((header & NUMERIC_FORM_MASK) == NUMERIC_FORM_SHORT)
	{
		view->negative = (header & NUMERIC_SHORT_NEGATIVE) != 0;
		view->weight = (header & NUMERIC_SHORT_WEIGHT) - (header & NUMERIC_SHORT_WEIGHT_SIGN);
		view->dscale = (header & NUMERIC_SHORT_DSCALE) >> NUMERIC_SHORT_DSCALE_SHIFT;
	}
	else if ((header & NUMERIC_FORM_MASK) == NUMERIC_FORM_SPECIAL)
		return false;
	else
	{
		int16		long_weight;

		memcpy(&long_weight, data, sizeof(int16));
		data += sizeof(int16);
		size -= (int) sizeof(int16);
		view->negative = (header & NUMERIC_LONG_NEGATIVE) != 0;
		view->weight = long_weight;
		view->dscale = header & NUMERIC_LONG_DSCALE;
	}
	view->ndigits = size / (int) sizeof(int16);
	view->digits = data;
	return true;
}

bool
decimal_read(Datum datum, int64 *value, int *dscale)
{
	const struct varlena *packed = (const struct varlena *) DatumGetPointer(datum);
	NumericView view;
	int			shift;
	int64		result = 0;

	if (VARATT_IS_EXTERNAL(packed) || VARATT_IS_COMPRESSED(packed) ||
		!view_numeric(VARDATA_ANY(packed), (int) VARSIZE_ANY_EXHDR(packed), &view))
		return false;

	/*
	 * The first digit counts 10000^(weight + 2) units; at weight 2 it must
	 * stay below 922 for the whole to stay below DECIMAL_LIMIT.
	 */
	shift = view.weight + DECIMAL_FRACTION_DIGITS;
	if (shift > 4)
		return false;
	for (int i = 0; i < view.ndigits; i++, shift--)
	{
		int16		digit;

		if (shift < 0)
			return false;
		memcpy(&digit, view.digits + i * sizeof(int16), sizeof(int16));
		if (shift == 4 && digit >= 922)
			return false;
		result = result * DECIMAL_BASE + digit;
	}
	if (result != 0)
		result *= decimal_powers[shift + 1];
	*value = view.negative ? -result : result;
	*dscale = view.dscale;
	return true;
}

bool
decimal_read_long(Numeric num, int places, int128 *value)
{
	const int128 limit = (((int128) 1 << 126) - 1) / DECIMAL_BASE;
	NumericView view;
	int			shift;
	int128		result = 0;

	Assert(places % DECIMAL_BASE_PLACES == 0);

	if (!view_numeric(VARDATA_ANY(num), (int) VARSIZE_ANY_EXHDR(num), &view))
		return false;
	shift = view.weight + places / DECIMAL_BASE_PLACES;
	for (int i = 0; i < view.ndigits; i++, shift--)
	{
		int16		digit;

		if (shift < 0 || result >= limit)
			return false;
		memcpy(&digit, view.digits + i * sizeof(int16), sizeof(int16));
		result = result * DECIMAL_BASE + digit;
	}
	for (; result != 0 && shift >= 0; shift--)
	{
		if (result >= limit)
			return false;
		result *= DECIMAL_BASE;
	}
	*value = view.negative ? -result : result;
	return true;
}

int
decimal_places(Numeric num)
{
	NumericView view;

	return view_numeric(VARDATA_ANY(num), (int) VARSIZE_ANY_EXHDR(num), &view) ?
		Max(0, (view.ndigits - 1 - view.weight) * DECIMAL_BASE_PLACES) : 0;
}

bool
decimal_read_longest(Numeric num, int places, uint128 *high, uint128 *low)
{
	NumericView view;
	int			ndigits;

	Assert(places % DECIMAL_BASE_PLACES == 0 && decimal_places(num) <= places);

	*high = 0;
	*low = 0;
	if (!view_numeric(VARDATA_ANY(num), (int) VARSIZE_ANY_EXHDR(num), &view))
		return false;
	ndigits = view.ndigits == 0 ? 0 : view.weight + 1 + places / DECIMAL_BASE_PLACES;
	for (int i = 0; i < ndigits; i++)
	{
		int16		digit = 0;
		uint128		bottom;
		uint128		top;

		if (*high >> 112 != 0)
			return false;
		if (i < view.ndigits)
			memcpy(&digit, view.digits + i * sizeof(int16), sizeof(int16));
		bottom = (uint128) (uint64) *low * DECIMAL_BASE + digit;
		top = (*low >> 64) * DECIMAL_BASE + (bottom >> 64);
		*high = *high * DECIMAL_BASE + (top >> 64);
		*low = (top << 64) | (uint64) bottom;
	}
	return true;
}

/* base-10000 digits of the largest int128: 39 decimal digits, unaligned */
#define MAX_DIGITS	11

/*
 * Split a magnitude into base-10000 digits, least first; return how many.
 *
 * 128-bit division is slow, so peel off sixteen decimals at a time.
 */
static int
split_digits(uint128 magnitude, int16 *digits)
{
	const uint64 chunk_size = (uint64) decimal_powers[4];
	int			n = 0;

	while (magnitude > PG_UINT64_MAX)
	{
		uint64		chunk = (uint64) (magnitude % chunk_size);

		magnitude /= chunk_size;
		for (int i = 0; i < 4; i++)
		{
			digits[n++] = (int16) (chunk % DECIMAL_BASE);
			chunk /= DECIMAL_BASE;
		}
	}
	for (uint64 rest = (uint64) magnitude; rest != 0; rest /= DECIMAL_BASE)
		digits[n++] = (int16) (rest % DECIMAL_BASE);
	Assert(n <= MAX_DIGITS);
	return n;
}

/*
 * Make the numeric value * 10^-places with the given display scale.
 *
 * places is a multiple of four; dscale must cover the digits that are there.
 * The result is palloc'd in the current context.
 */
Numeric
decimal_make(int128 value, int places, int dscale)
{
	bool		negative = value < 0;
	int16		digits[MAX_DIGITS];
	int			ndigits = split_digits(negative ? -(uint128) value : (uint128) value, digits);
	int			weight = ndigits - 1 - places / DECIMAL_BASE_PLACES;
	int			first = 0;
	bool		is_short;
	Size		size;
	char	   *result;
	char	   *p;
	uint16		header;

	Assert(places % DECIMAL_BASE_PLACES == 0);
	Assert(dscale >= 0 && dscale <= NUMERIC_DSCALE_LIMIT);

	while (first < ndigits && digits[first] == 0)
		first++;
	if (ndigits == 0)
		weight = 0;

	is_short = dscale <= NUMERIC_SHORT_DSCALE >> NUMERIC_SHORT_DSCALE_SHIFT;
	size = VARHDRSZ + sizeof(uint16) + (is_short ? 0 : sizeof(int16)) +
		(ndigits - first) * sizeof(int16);
	result = palloc(size);
	SET_VARSIZE(result, size);
	p = VARDATA(result);

	if (is_short)
		header = NUMERIC_FORM_SHORT |
			(negative ? NUMERIC_SHORT_NEGATIVE : 0) |
			(dscale << NUMERIC_SHORT_DSCALE_SHIFT) |
			(weight < 0 ? NUMERIC_SHORT_WEIGHT_SIGN : 0) |
			(weight & NUMERIC_SHORT_WEIGHT);
	else
		header = (negative ? NUMERIC_LONG_NEGATIVE : 0) | dscale;
	memcpy(p, &header, sizeof(uint16));
	p += sizeof(uint16);
	if (!is_short)
	{
		int16		long_weight = (int16) weight;

		memcpy(p, &long_weight, sizeof(int16));
		p += sizeof(int16);
	}
	for (int i = ndigits - 1; i >= first; i--)
	{
		memcpy(p, &digits[i], sizeof(int16));
		p += sizeof(int16);
	}
	return (Numeric) result;
}

/*
 * The number of decimals that a numeric shows; 0 for NaN and infinities.
 */
int
dscale_of_numeric(Numeric num)
{
	NumericView view;

	return view_numeric(VARDATA_ANY(num), (int) VARSIZE_ANY_EXHDR(num), &view) ? view.dscale : 0;
}

/*
 * -1, 0 or 1; NaN counts as positive, as in numeric's own order.
 */
int
sign_of_numeric(Numeric num)
{
	return compare_numerics(num, decimal_make(0, 0, 0));
}

bool
is_finite_numeric(Numeric num)
{
	return !numeric_is_nan(num) && !numeric_is_inf(num);
}

/*
 * The same value without trailing zeros behind the point.
 */
Numeric
trim_numeric(Numeric num)
{
	return DatumGetNumeric(DirectFunctionCall1(numeric_trim_scale,
											   NumericGetDatum(num)));
}

/*
 * The least fixed-point value at or above num (above it, when so asked).
 *
 * PG_INT64_MAX when no fixed-point value is that large, PG_INT64_MIN when all
 * are.  num must not be NaN.
 */
int64
decimal_ceiling(Numeric num, bool above)
{
	Datum		bound = NumericGetDatum(num);
	Datum		limit = NumericGetDatum(decimal_make(DECIMAL_LIMIT, DECIMAL_PLACES, 0));
	Datum		units;
	Datum		ceiling;
	int64		result;

	Assert(!numeric_is_nan(num));

	if (DatumGetBool(DirectFunctionCall2(numeric_ge, bound, limit)))
		return PG_INT64_MAX;
	limit = DirectFunctionCall1(numeric_uminus, limit);
	if (DatumGetBool(DirectFunctionCall2(numeric_le, bound, limit)))
		return PG_INT64_MIN;
	units = DirectFunctionCall2(numeric_mul, bound,
								NumericGetDatum(decimal_make(DECIMAL_UNIT, 0, 0)));
	ceiling = DirectFunctionCall1(numeric_ceil, units);
	result = DatumGetInt64(DirectFunctionCall1(numeric_int8, ceiling));
	if (above && DatumGetBool(DirectFunctionCall2(numeric_eq, ceiling, units)))
		result++;
	return result;
}

/*
 * Less than, equal to or greater than zero, in numeric's own order.
 */
int
compare_numerics(Numeric a, Numeric b)
{
	return DatumGetInt32(DirectFunctionCall2(numeric_cmp,
											 NumericGetDatum(a), NumericGetDatum(b)));
}

/*
 * numeric's own arithmetic, for what has no fixed-point view.
 */
Numeric
add_numerics(Numeric a, Numeric b)
{
	return DatumGetNumeric(DirectFunctionCall2(numeric_add,
											   NumericGetDatum(a), NumericGetDatum(b)));
}

Numeric
subtract_numerics(Numeric a, Numeric b)
{
	return DatumGetNumeric(DirectFunctionCall2(numeric_sub,
											   NumericGetDatum(a), NumericGetDatum(b)));
}

Numeric
multiply_numerics(Numeric a, Numeric b)
{
	return DatumGetNumeric(DirectFunctionCall2(numeric_mul,
											   NumericGetDatum(a), NumericGetDatum(b)));
}

Numeric
divide_numerics(Numeric a, Numeric b)
{
	return DatumGetNumeric(DirectFunctionCall2(numeric_div,
											   NumericGetDatum(a), NumericGetDatum(b)));
}

/*
 * A numeric from text that is known to be one.
 */
Numeric
numeric_from_text(const char *text)
{
	return DatumGetNumeric(DirectFunctionCall3(numeric_in, CStringGetDatum(text),
											   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
}

/*
 * 10^exponent, with as many decimals as that has.
 */
Numeric
power_of_ten(int exponent)
{
	return numeric_from_text(psprintf("1e%d", exponent));
}

/*
 * A numeric as text, palloc'd.
 */
char *
numeric_text(Numeric num)
{
	return DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(num)));
}
