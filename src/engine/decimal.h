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

extern const int64 decimal_powers[];

extern Numeric decimal_make(int128 value, int places, int dscale);
extern int	dscale_of_numeric(Numeric num);
extern int	sign_of_numeric(Numeric num);
extern Numeric trim_numeric(Numeric num);
extern int64 decimal_ceiling(Numeric num, bool above);

/*
 * Read a numeric datum as fixed point.  False when it has no such view.
 *
 * The datum may be packed and need not be aligned.
 */
static inline bool
decimal_read(Datum datum, int64 *value, int *dscale)
{
	const struct varlena *packed = (const struct varlena *) DatumGetPointer(datum);
	const char *p;
	int			nbytes;
	uint16		header;
	bool		negative;
	int			weight;
	int			shift;
	int64		result = 0;

	if (unlikely(VARATT_IS_EXTERNAL(packed) || VARATT_IS_COMPRESSED(packed)))
		return false;
	p = VARDATA_ANY(packed);
	nbytes = (int) VARSIZE_ANY_EXHDR(packed) - (int) sizeof(uint16);
	memcpy(&header, p, sizeof(uint16));
	p += sizeof(uint16);

	if (likely((header & NUMERIC_FORM_MASK) == NUMERIC_FORM_SHORT))
	{
		negative = (header & NUMERIC_SHORT_NEGATIVE) != 0;
		weight = header & NUMERIC_SHORT_WEIGHT;
		if (header & NUMERIC_SHORT_WEIGHT_SIGN)
			weight -= NUMERIC_SHORT_WEIGHT_SIGN;
		*dscale = (header & NUMERIC_SHORT_DSCALE) >> NUMERIC_SHORT_DSCALE_SHIFT;
	}
	else if ((header & NUMERIC_FORM_MASK) == NUMERIC_FORM_SPECIAL)
		return false;
	else
	{
		int16		long_weight;

		memcpy(&long_weight, p, sizeof(int16));
		p += sizeof(int16);
		nbytes -= (int) sizeof(int16);
		negative = (header & NUMERIC_LONG_NEGATIVE) != 0;
		weight = long_weight;
		*dscale = header & NUMERIC_LONG_DSCALE;
	}

	/*
	 * The first digit counts 10000^(weight + 2) units; at weight 2 it must
	 * stay below 922 for the whole to stay below DECIMAL_LIMIT.
	 */
	shift = weight + DECIMAL_FRACTION_DIGITS;
	if (unlikely(shift > 4))
		return false;
	for (; nbytes > 0; nbytes -= (int) sizeof(int16), shift--)
	{
		int16		digit;

		if (unlikely(shift < 0))
			return false;
		memcpy(&digit, p, sizeof(int16));
		p += sizeof(int16);
		if (unlikely(shift == 4 && digit >= 922))
			return false;
		result = result * DECIMAL_BASE + digit;
	}
	if (result != 0)
		result *= decimal_powers[shift + 1];
	*value = negative ? -result : result;
	return true;
}

#endif							/* APPRAISAL_DECIMAL_H */
