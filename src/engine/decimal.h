/*
 * decimal.h
 *	  The exact fixed-point view of numeric: a 64-bit count of 10^-8.
 *
 * Scores and weights are numeric, and nearly all of them have at most eight
 * decimals and fewer than eleven digits before the point.  Those are read
 * straight out of the packed datum as an int64, without a copy; the rest
 * (longer numbers, NaN, infinities) are refused here and go through
 * numeric's own functions.  Either way the value is exact.
 *
 * The layout read here is numeric's on-disk layout, which pg_upgrade relies
 * on: a uint16 header, in the long form an int16 weight behind it, then
 * base-10000 digits without trailing zeros.  The header's bits say which
 * form it is; the length says only how many digits there are.
 */
#ifndef APPRAISAL_DECIMAL_H
#define APPRAISAL_DECIMAL_H

#include "compat.h"

#include "utils/numeric.h"

/* decimals of the fixed-point view, and of a product of two such values */
#define DECIMAL_PLACES			8
#define DECIMAL_PRODUCT_PLACES	(2 * DECIMAL_PLACES)
#define DECIMAL_UNIT			INT64CONST(100000000)

/* every fixed-point value is smaller than this, so a product fits 2^126 */
#define DECIMAL_LIMIT			INT64CONST(9220000000000000000)

#define DECIMAL_BASE			10000
#define DECIMAL_BASE_PLACES		4
/* base-10000 digits behind the point in the fixed-point view */
#define DECIMAL_FRACTION_DIGITS	(DECIMAL_PLACES / DECIMAL_BASE_PLACES)

#define NUMERIC_FORM_MASK		0xC000
#define NUMERIC_FORM_SPECIAL	0xC000
#define NUMERIC_FORM_SHORT		0x8000
#define NUMERIC_LONG_NEGATIVE	0x4000
#define NUMERIC_LONG_DSCALE		0x3FFF
#define NUMERIC_SHORT_NEGATIVE	0x2000
#define NUMERIC_SHORT_DSCALE	0x1F80
#define NUMERIC_SHORT_DSCALE_SHIFT	7
#define NUMERIC_SHORT_WEIGHT_SIGN	0x0040
#define NUMERIC_SHORT_WEIGHT	0x003F

/* numeric's largest display scale */
#define NUMERIC_DSCALE_LIMIT	0x3FFF

extern Numeric decimal_make(int128 value, int places, int dscale);
extern int	dscale_of_numeric(Numeric num);
extern int	sign_of_numeric(Numeric num);
extern bool is_finite_numeric(Numeric num);
extern Numeric trim_numeric(Numeric num);
extern char *numeric_text(Numeric num);
extern int	compare_numerics(Numeric a, Numeric b);
extern Numeric add_numerics(Numeric a, Numeric b);
extern Numeric subtract_numerics(Numeric a, Numeric b);
extern Numeric multiply_numerics(Numeric a, Numeric b);
extern Numeric divide_numerics(Numeric a, Numeric b);
extern Numeric numeric_from_text(const char *text);
extern Numeric power_of_ten(int exponent);
extern int64 decimal_ceiling(Numeric num, bool above);

static inline Numeric
whole_numeric(int64 value)
{
	return decimal_make(value, 0, 0);
}

/*
 * Read a numeric datum as fixed point.  False when it has no such view.
 *
 * The datum may be packed and need not be aligned.
 */
extern bool decimal_read(Datum datum, int64 *value, int *dscale);

/*
 * The same for a numeric of any size, as a 128-bit count of 10^-places, where
 * places is a multiple of four.
 */
extern bool decimal_read_long(Numeric num, int places, int128 *value);

/* what the first digit counts, and the last if it is another */
typedef struct DigitUnits
{
	int64		first;
	int64		last;
} DigitUnits;

/*
 * The same for what scores and weights mostly are: packed, above zero, one
 * to three base-10000 digits, below 10^8.  False means no more than "ask
 * decimal_read()".
 *
 * Whether a number has one digit or two is as good as random in real data,
 * and a branch on it would be mispredicted half the time.  So the last digit
 * is always read and counts nothing when it is the first one, too.
 */
static pg_attribute_always_inline bool
decimal_read_quick(Datum datum, int64 *value, int *dscale)
{
	/* four for each number of digits, by where the first one stands */
	static const DigitUnits units[] = {
		{1, 0}, {10000, 0}, {100000000, 0}, {INT64CONST(1000000000000), 0},
		{0, 0}, {10000, 1}, {100000000, 10000}, {INT64CONST(1000000000000), 100000000},
		{0, 0}, {0, 0}, {100000000, 1}, {INT64CONST(1000000000000), 10000}
	};
	const char *p = (const char *) DatumGetPointer(datum);
	Size		more;			/* bytes of digits behind the first */
	uint16		header;
	uint32		shifted;		/* 16 bits would cost more */
	int16		digit;
	const DigitUnits *unit;

	/* too short wraps around; zero, which has no digits, is read elsewhere */
	more = VARSIZE_SHORT(p) - (VARHDRSZ_SHORT + sizeof(uint16) + sizeof(int16));
	if (unlikely(!VARATT_IS_SHORT(p) || more > 2 * sizeof(int16)))
		return false;

	/*
	 * The short form's weight is a signed number of seven bits, sign first;
	 * counted from the last decimal it must be 0 to 3.  All that the header
	 * must say is asked at once.
	 */
	memcpy(&header, p + VARHDRSZ_SHORT, sizeof(uint16));
	shifted = header + DECIMAL_FRACTION_DIGITS;
	if (unlikely((shifted & (NUMERIC_FORM_MASK | NUMERIC_SHORT_NEGATIVE |
							 NUMERIC_SHORT_WEIGHT_SIGN | (NUMERIC_SHORT_WEIGHT & ~3)))
				 != NUMERIC_FORM_SHORT))
		return false;
	unit = &units[4 / sizeof(int16) * more + (shifted & 3)];
	if (unlikely(unit->first == 0))
		return false;

	p += VARHDRSZ_SHORT + sizeof(uint16);
	memcpy(&digit, p, sizeof(int16));
	*value = digit * unit->first;
	memcpy(&digit, p + more, sizeof(int16));
	*value += digit * unit->last;
	if (unlikely(more == 2 * sizeof(int16)))
	{
		memcpy(&digit, p + sizeof(int16), sizeof(int16));
		*value += digit * unit->last * DECIMAL_BASE;
	}
	*dscale = (header & NUMERIC_SHORT_DSCALE) >> NUMERIC_SHORT_DSCALE_SHIFT;
	return true;
}

/*
 * The least number of places that a finite numeric's digits need, a multiple
 * of four.
 */
extern int	decimal_places(Numeric num);

/*
 * Read a numeric as a 256-bit count of 10^-places.  It is not negative and
 * needs no more places.
 */
extern bool decimal_read_longest(Numeric num, int places, uint128 *high, uint128 *low);

#endif							/* APPRAISAL_DECIMAL_H */
