/*
 * grade.c
 *	  Questions to a grade scale: the grade of a score, and the rank,
 *	  coefficient and bounds of a grade.
 *
 * grade() is called once a row.  It reads the score in place, searches the
 * fixed-point array at the front of the scale and returns the label where it
 * lies in the scale: nothing is copied or allocated.
 */
#include "grade.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/rangetypes.h"
#include "utils/tuplestore.h"
#include "utils/typcache.h"

PG_FUNCTION_INFO_V1(grade);
PG_FUNCTION_INFO_V1(grade_rank);
PG_FUNCTION_INFO_V1(coefficient);
PG_FUNCTION_INFO_V1(grade_bounds);
PG_FUNCTION_INFO_V1(grades);

/*
 * The band with a label, or -1.
 */
int
find_label(const GradeScale *scale, Label label)
{
	for (int i = 0; i < scale->nbands; i++)
	{
		if (labels_equal(label, band_label(scale, i)))
			return i;
	}
	return -1;
}

/*
 * The band of a label.  An unknown label is an error that shows the scale's.
 */
int
band_of_label(const GradeScale *scale, Label label)
{
	StringInfoData known;
	int			band = find_label(scale, label);

	if (band >= 0)
		return band;

	initStringInfo(&known);
	for (int i = 0; i < scale->nbands && i < 20; i++)
	{
		Label		name = band_label(scale, i);

		appendStringInfo(&known, "%s%s", i > 0 ? ", " : "",
						 quoted_excerpt(name.data, name.len));
	}
	if (scale->nbands > 20)
		appendStringInfoString(&known, " and others");
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("grade %s is not in the scale", quoted_excerpt(label.data, label.len)),
			 errhint("The scale's grades are %s.", known.data)));
}

/*
 * A score that is not a number cannot be compared with a bound.
 */
void
check_score(Numeric score)
{
	if (numeric_is_nan(score))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("score must not be NaN"),
				 errhint("A missing score is NULL.")));
}

/*
 * Does a score of any length reach band i or a better one?
 */
bool
score_reaches_band(Numeric score, const GradeScale *scale, int i)
{
	int			cmp;

	if (scale->bands[i].kind == BOUND_NONE)
		return true;
	cmp = compare_numerics(score, band_bound(scale, i));
	return cmp > 0 || (cmp == 0 && scale->bands[i].kind == BOUND_AT_LEAST);
}

/*
 * The band of a fixed-point score: the first from the top whose least score
 * it reaches; nbands when it is below them all.
 */
static inline int
band_of_fixed(const GradeScale *scale, int64 score)
{
	int			low = 0;
	int			high = scale->nbands;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (score >= scale->bands[middle].least)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

static int
band_of_wide(const GradeScale *scale, Numeric score)
{
	int			i = 0;

	check_score(score);
	while (i < scale->nbands && !score_reaches_band(score, scale, i))
		i++;
	return i;
}

int
band_of_score(const GradeScale *scale, Datum score)
{
	int64		fixed;
	int			dscale;

	if (likely(decimal_read_quick(score, &fixed, &dscale)) ||
		decimal_read(score, &fixed, &dscale))
		return band_of_fixed(scale, fixed);
	return band_of_wide(scale, DatumGetNumeric(score));
}

/*
 * grade(numeric, grade_scale) -> text
 */
Datum
grade(PG_FUNCTION_ARGS)
{
	GradeScale *scale = PG_GETARG_GRADE_SCALE(1);
	int			band = band_of_score(scale, PG_GETARG_DATUM(0));

	if (band == scale->nbands)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(band_label_text(scale, band));
}

static int
band_of_arg(FunctionCallInfo fcinfo, const GradeScale *scale)
{
	text	   *arg = PG_GETARG_TEXT_PP(0);
	Label		label = {VARDATA_ANY(arg), (int) VARSIZE_ANY_EXHDR(arg)};

	return band_of_label(scale, label);
}

/*
 * grade_rank(text, grade_scale) -> integer, 1 for the best grade
 */
Datum
grade_rank(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(band_of_arg(fcinfo, PG_GETARG_GRADE_SCALE(1)) + 1);
}

/*
 * coefficient(text, grade_scale) -> numeric
 */
Datum
coefficient(PG_FUNCTION_ARGS)
{
	GradeScale *scale = PG_GETARG_GRADE_SCALE(1);
	Numeric		result = band_coefficient(scale, band_of_arg(fcinfo, scale));

	if (result == NULL)
		PG_RETURN_NULL();
	PG_RETURN_NUMERIC(result);
}

/*
 * The scores that get band i, as a range.
 *
 * make_range() turns the range of a band with its upper neighbour's bound
 * into the empty range by itself.
 */
static Datum
band_range(const GradeScale *scale, int i)
{
	TypeCacheEntry *typcache = lookup_type_cache(NUMRANGEOID, TYPECACHE_RANGE_INFO);
	RangeBound	lower = {.infinite = true,.lower = true};
	RangeBound	upper = {.infinite = true};

	if (band_bound(scale, i))
	{
		lower.infinite = false;
		lower.val = NumericGetDatum(band_bound(scale, i));
		lower.inclusive = scale->bands[i].kind == BOUND_AT_LEAST;
	}
	if (i > 0)
	{
		upper.infinite = false;
		upper.val = NumericGetDatum(band_bound(scale, i - 1));
		upper.inclusive = scale->bands[i - 1].kind == BOUND_ABOVE;
	}
	return RangeTypePGetDatum(make_range_hard(typcache, &lower, &upper));
}

/*
 * grade_bounds(text, grade_scale) -> numrange
 */
Datum
grade_bounds(PG_FUNCTION_ARGS)
{
	GradeScale *scale = PG_GETARG_GRADE_SCALE(1);

	return band_range(scale, band_of_arg(fcinfo, scale));
}

/*
 * grades(grade_scale) -> setof (rank, grade, bounds, coefficient)
 */
Datum
grades(PG_FUNCTION_ARGS)
{
	GradeScale *scale = PG_GETARG_GRADE_SCALE(0);
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < scale->nbands; i++)
	{
		Numeric		factor = band_coefficient(scale, i);
		Datum		values[4] = {
			Int32GetDatum(i + 1),
			PointerGetDatum(band_label_text(scale, i)),
			band_range(scale, i),
			factor ? NumericGetDatum(factor) : (Datum) 0
		};
		bool		nulls[4] = {false, false, false, factor == NULL};

		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}
