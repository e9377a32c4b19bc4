/*
 * apportion.c
 *	  The window function apportion: splits an amount in proportion to the
 *	  shares of a partition's rows, so that the parts add up to it exactly.
 *
 * Cumulative rounding: the parts of the first i rows together are what the
 * sum of their shares earns, rounded half away from zero.  The last of these
 * boundaries is the total itself, and no part is a whole unit away from its
 * exact share.  Which of two equal shares gets the odd unit depends on the
 * window's order alone.
 *
 * The first row of a partition adds up the shares, front to back; then each
 * row only moves the boundary on.  So a partition is read twice, whatever its
 * size, and remembered in a few numbers.
 */
#include "decimal.h"

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/memutils.h"
#include "window_support.h"

PG_FUNCTION_INFO_V1(apportion);

/* digits that a part may have behind the point, or lack before it */
#define LEAST_DECIMALS	(-12)
#define MOST_DECIMALS	20

/* a total of fewer units is split in integers, while 2 * units * sum fits */
#define UNITS_LIMIT		(INT64CONST(1) << 62)
#define PRODUCT_LIMIT	((uint128) 1 << 125)

/* a sum of shares */
typedef struct ShareSum
{
	uint128		fixed;			/* of those with a fixed-point view */
	Numeric		wide;			/* of the others; NULL if there is none */
} ShareSum;

/* what a partition remembers from row to row */
typedef struct Apportionment
{
	bool		is_ready;
	bool		has_decimals;	/* else there are no parts */
	bool		is_negative;	/* a total below zero, split like its opposite */
	bool		is_fixed;		/* integers will do */
	int			rows_left;
	int			decimals;
	Numeric		total;			/* if NULL, there are no parts either */
	ShareSum	sum;			/* of the partition */
	ShareSum	so_far;			/* up to the current row */

	/* counts of 10^-decimals, as integers ... */
	uint64		units;			/* of the total */
	uint64		paid;			/* of all parts so far */
	int64		scale;			/* from units to 10^-places */
	int			places;

	/* ... or else as numerics */
	Numeric		wide_units;
	Numeric		wide_paid;
} Apportionment;

/*
 * Put a copy of a numeric where the partition keeps one.
 */
static void
keep_numeric(Apportionment *partition, Numeric *place, Numeric value)
{
	MemoryContext old = MemoryContextSwitchTo(GetMemoryChunkContext(partition));

	if (*place)
		pfree(*place);
	*place = DatumGetNumeric(datumCopy(NumericGetDatum(value), false, -1));
	MemoryContextSwitchTo(old);
}

static pg_noinline void
add_wide_share(Apportionment *partition, ShareSum *sum, Numeric share)
{
	if (!is_finite_numeric(share) || sign_of_numeric(share) < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("share must be a number and not negative, not %s",
						numeric_text(share))));
	keep_numeric(partition, &sum->wide, sum->wide ? add_numerics(sum->wide, share) : share);
}

static inline void
add_share(Apportionment *partition, ShareSum *sum, Datum share)
{
	int64		value;
	int			dscale;

	if ((decimal_read_quick(share, &value, &dscale) ||
		 decimal_read(share, &value, &dscale)) && value >= 0)
		sum->fixed += value;
	else
		add_wide_share(partition, sum, DatumGetNumeric(share));
}

static Numeric
sum_numeric(const ShareSum *sum)
{
	Numeric		fixed = decimal_make(sum->fixed, DECIMAL_PLACES, DECIMAL_PLACES);

	return sum->wide ? add_numerics(fixed, sum->wide) : fixed;
}

static bool
sums_equal(const ShareSum *a, const ShareSum *b)
{
	if (a->wide == NULL || b->wide == NULL)
		return a->wide == b->wide && a->fixed == b->fixed;
	return compare_numerics(sum_numeric(a), sum_numeric(b)) == 0;
}

/*
 * Add up the shares of the partition.  What an expression leaves behind is
 * cleared row by row.
 */
static void
sum_shares(WindowObject winobj, Apportionment *partition)
{
	int			nrows = partition_row_count(winobj);
	MemoryContext scratch = AllocSetContextCreate(GetMemoryChunkContext(partition),
												  "apportion", ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(scratch);

	for (int i = 0; i < nrows; i++)
	{
		bool		isnull;
		bool		isout;
		Datum		share = WinGetFuncArgInPartition(winobj, 1, i, WINDOW_SEEK_HEAD,
													 false, &isnull, &isout);

		CHECK_FOR_INTERRUPTS();
		if (!isnull)
			add_share(partition, &partition->sum, share);
		MemoryContextReset(scratch);
	}
	partition->rows_left = nrows;
	MemoryContextSwitchTo(old);
	MemoryContextDelete(scratch);
}

/*
 * The magnitude of the total as a count of 10^-decimals.
 */
static Numeric
units_of_total(Numeric total, int decimals)
{
	Numeric		rounded;

	if (!is_finite_numeric(total))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("total must be a finite number, not %s", numeric_text(total))));
	rounded = DatumGetNumeric(DirectFunctionCall2(numeric_round, NumericGetDatum(total),
												  Int32GetDatum(decimals)));
	if (compare_numerics(rounded, total) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("total %s is not a multiple of %s", numeric_text(total),
						numeric_text(power_of_ten(-decimals))),
				 errhint("Round the total first, or ask for parts with more decimals.")));
	return DatumGetNumeric(DirectFunctionCall1(numeric_abs,
											   NumericGetDatum(multiply_numerics(rounded, power_of_ten(decimals)))));
}

/*
 * Choose between integers and numerics for the boundaries.
 */
static void
choose_arithmetic(Apportionment *partition, Numeric units)
{
	int			factor;

	partition->is_fixed = partition->sum.wide == NULL &&
		compare_numerics(units, decimal_make(UNITS_LIMIT, 0, 0)) < 0;
	if (partition->is_fixed)
	{
		partition->units = DatumGetInt64(DirectFunctionCall1(numeric_int8,
															 NumericGetDatum(units)));
		partition->is_fixed = partition->sum.fixed <= PRODUCT_LIMIT / Max(partition->units, 1);
	}
	if (!partition->is_fixed)
	{
		keep_numeric(partition, &partition->wide_units, units);
		keep_numeric(partition, &partition->wide_paid, decimal_make(0, 0, 0));
		return;
	}

	partition->places = TYPEALIGN(DECIMAL_BASE_PLACES, Max(partition->decimals, 0));
	partition->scale = 1;
	for (factor = partition->decimals; factor < partition->places; factor++)
		partition->scale *= 10;
}

/*
 * Prepare a partition at its first row.
 */
static void
start_partition(WindowObject winobj, Apportionment *partition)
{
	bool		total_isnull;
	bool		decimals_isnull;
	Datum		total = WinGetFuncArgCurrent(winobj, 0, &total_isnull);
	Numeric		units;

	if (!total_isnull)
		keep_numeric(partition, &partition->total, DatumGetNumeric(total));
	partition->decimals = DatumGetInt32(WinGetFuncArgCurrent(winobj, 2, &decimals_isnull));
	partition->has_decimals = !decimals_isnull;
	partition->is_ready = true;
	if (total_isnull || decimals_isnull)
		return;

	if (partition->decimals < LEAST_DECIMALS || partition->decimals > MOST_DECIMALS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("decimals must be between %d and %d, not %d",
						LEAST_DECIMALS, MOST_DECIMALS, partition->decimals)));
	partition->is_negative = sign_of_numeric(partition->total) < 0;
	units = units_of_total(partition->total, partition->decimals);
	sum_shares(winobj, partition);
	if (sign_of_numeric(units) > 0 && sign_of_numeric(sum_numeric(&partition->sum)) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("total %s has no positive share to go to",
						numeric_text(partition->total)),
				 errhint("Give a row of the partition a positive share, or filter the partition out.")));
	choose_arithmetic(partition, units);
}

static bool
is_same_numeric(Datum datum, Numeric num)
{
	struct varlena *packed = (struct varlena *) DatumGetPointer(datum);

	if (!VARATT_IS_EXTERNAL(packed) && !VARATT_IS_COMPRESSED(packed) &&
		VARSIZE_ANY_EXHDR(packed) == VARSIZE_ANY_EXHDR(num) &&
		memcmp(VARDATA_ANY(packed), VARDATA_ANY(num), VARSIZE_ANY_EXHDR(num)) == 0)
		return true;
	return compare_numerics(DatumGetNumeric(datum), num) == 0;
}

/*
 * Does the current row say the same as the first one?
 */
static void
check_row(WindowObject winobj, const Apportionment *partition)
{
	bool		isnull;
	Datum		arg = WinGetFuncArgCurrent(winobj, 0, &isnull);

	if (isnull ? partition->total != NULL :
		partition->total == NULL || !is_same_numeric(arg, partition->total))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("total must be the same on all rows of a partition: %s, then %s",
						partition->total ? numeric_text(partition->total) : "null",
						isnull ? "null" : numeric_text(DatumGetNumeric(arg)))));
	arg = WinGetFuncArgCurrent(winobj, 2, &isnull);
	if (isnull ? partition->has_decimals :
		!partition->has_decimals || DatumGetInt32(arg) != partition->decimals)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("decimals must be the same on all rows of a partition")));
}

/*
 * The part of the current row: how far its share moves the boundary.
 */
static Numeric
next_part(Apportionment *partition)
{
	uint128		sum = partition->sum.fixed;
	uint64		boundary = 0;
	int128		part;

	if (partition->units > 0)
		boundary = (uint64) ((2 * partition->units * partition->so_far.fixed + sum) / (2 * sum));
	part = (int128) (boundary - partition->paid) * partition->scale;
	partition->paid = boundary;
	return decimal_make(partition->is_negative ? -part : part,
						partition->places, Max(partition->decimals, 0));
}

/*
 * The same for numbers of any length.
 */
static Numeric
next_wide_part(Apportionment *partition)
{
	Numeric		two = decimal_make(2, 0, 0);
	Numeric		sum = sum_numeric(&partition->sum);
	Numeric		product = multiply_numerics(partition->wide_units,
											sum_numeric(&partition->so_far));
	Numeric		boundary;
	Numeric		part;

	boundary = DatumGetNumeric(DirectFunctionCall2(numeric_div_trunc,
												   NumericGetDatum(add_numerics(multiply_numerics(two, product), sum)),
												   NumericGetDatum(multiply_numerics(two, sum))));
	part = multiply_numerics(partition->is_negative ?
							 subtract_numerics(partition->wide_paid, boundary) :
							 subtract_numerics(boundary, partition->wide_paid),
							 power_of_ten(-partition->decimals));
	keep_numeric(partition, &partition->wide_paid, boundary);
	return part;
}

/*
 * apportion(total numeric, share numeric, decimals integer) OVER (...) -> numeric
 *
 * No mark is set: all rows are there anyway, and once they are on disk moving
 * the mark row by row would make the server seek to and fro.
 */
Datum
apportion(PG_FUNCTION_ARGS)
{
	WindowObject winobj = PG_WINDOW_OBJECT();
	Apportionment *partition = WinGetPartitionLocalMemory(winobj, sizeof(Apportionment));
	bool		isnull;
	Datum		share;

	begin_window_function(winobj, fcinfo);
	if (!partition->is_ready)
		start_partition(winobj, partition);
	else
		check_row(winobj, partition);
	if (partition->total == NULL || !partition->has_decimals)
		PG_RETURN_NULL();

	share = WinGetFuncArgCurrent(winobj, 1, &isnull);
	if (!isnull)
		add_share(partition, &partition->so_far, share);
	if (--partition->rows_left == 0 && !sums_equal(&partition->sum, &partition->so_far))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("shares of a partition must not change while they are read"),
				 errhint("Compute a volatile share in a subquery.")));
	if (isnull)
		PG_RETURN_NULL();
	PG_RETURN_NUMERIC(partition->is_fixed ? next_part(partition) : next_wide_part(partition));
}
