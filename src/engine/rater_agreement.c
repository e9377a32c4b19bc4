/*
 * rater_agreement.c
 *	  The aggregates krippendorff_alpha and icc: do the raters of the same
 *	  ratee agree?  Both read one score_summary a ratee.
 *
 * Both are made of sums of fractions whose denominators depend on nothing
 * but a ratee's number of scores.  So the state keeps, for each such number,
 * exact sums of numerators: one array of numerics, RATEE_SUMS for each
 * number of scores, in its order.  The one division is at the end.
 */
#include "score_summary.h"

#include "catalog/pg_type.h"
#include "quotient.h"
#include "utils/array.h"

PG_FUNCTION_INFO_V1(rater_agreement_add);
PG_FUNCTION_INFO_V1(rater_agreement_combine);
PG_FUNCTION_INFO_V1(krippendorff_alpha_final);
PG_FUNCTION_INFO_V1(icc_final);

/* the sums over the ratees with one number of scores */
enum
{
	SCORES_OF_RATEE,			/* that number */
	RATEES,
	SUM_OF_SCORES,
	SUM_OF_SQUARES,				/* of scores */
	SUM_OF_SQUARED_SUMS,		/* each ratee's sum, squared */
	RATEE_SUMS
};

typedef struct RateeSums
{
	Numeric		value[RATEE_SUMS];
} RateeSums;

/* n rows, with room for one more than were read */
typedef struct Agreement
{
	int			nrows;
	RateeSums  *rows;
} Agreement;

static void
read_agreement(FunctionCallInfo fcinfo, int argument, int room, Agreement *agreement)
{
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P(argument);
	Datum	   *values;
	int			nvalues;

	if (ARR_NDIM(array) > 1 || ARR_HASNULL(array) || ARR_ELEMTYPE(array) != NUMERICOID ||
		ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array)) % RATEE_SUMS != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("array is no state of krippendorff_alpha or icc")));
	deconstruct_array(array, NUMERICOID, -1, false, TYPALIGN_INT, &values, NULL, &nvalues);
	agreement->nrows = nvalues / RATEE_SUMS;
	agreement->rows = palloc((agreement->nrows + room) * sizeof(RateeSums));
	for (int i = 0; i < nvalues; i++)
		agreement->rows[i / RATEE_SUMS].value[i % RATEE_SUMS] = DatumGetNumeric(values[i]);
}

static Datum
write_agreement(const Agreement *agreement)
{
	int			nvalues = agreement->nrows * RATEE_SUMS;
	Datum	   *values = palloc(nvalues * sizeof(Datum));

	for (int i = 0; i < nvalues; i++)
		values[i] = NumericGetDatum(agreement->rows[i / RATEE_SUMS].value[i % RATEE_SUMS]);
	return PointerGetDatum(construct_array(values, nvalues, NUMERICOID, -1, false, TYPALIGN_INT));
}

/*
 * Add sums to those for the same number of scores.
 */
static void
add_sums(Agreement *agreement, const RateeSums *sums)
{
	RateeSums  *row = agreement->rows;
	RateeSums  *end = agreement->rows + agreement->nrows;

	while (row < end &&
		   compare_numerics(row->value[SCORES_OF_RATEE], sums->value[SCORES_OF_RATEE]) < 0)
		row++;
	if (row < end &&
		compare_numerics(row->value[SCORES_OF_RATEE], sums->value[SCORES_OF_RATEE]) == 0)
	{
		for (int i = RATEES; i < RATEE_SUMS; i++)
			row->value[i] = add_numerics(row->value[i], sums->value[i]);
		return;
	}
	memmove(row + 1, row, (end - row) * sizeof(RateeSums));
	*row = *sums;
	agreement->nrows++;
}

/*
 * rater_agreement_add(numeric[], score_summary of one ratee)
 */
Datum
rater_agreement_add(PG_FUNCTION_ARGS)
{
	ScoreSummary *summary = DatumGetScoreSummary(PG_GETARG_DATUM(1));
	Numeric		n = whole_numeric(summary->n);
	Numeric		sum;
	Agreement	agreement;
	RateeSums	sums;

	if (summary->n == 0)
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	summary_require_squares(summary);

	/* the weights add up to n, and so do their squares: then each is 1 */
	if (compare_numerics(summary_sum(summary, SUM_WEIGHT), n) != 0 ||
		compare_numerics(summary_sum(summary, SUM_WEIGHT_SQUARE), n) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("agreement of raters needs scores of weight 1"),
				 errhint("Summarize them with score_summary(score), without a weight.")));
	sum = summary_sum(summary, SUM_PRODUCT);
	sums.value[SCORES_OF_RATEE] = n;
	sums.value[RATEES] = whole_numeric(1);
	sums.value[SUM_OF_SCORES] = sum;
	sums.value[SUM_OF_SQUARES] = summary_sum(summary, SUM_SQUARE);
	sums.value[SUM_OF_SQUARED_SUMS] = multiply_numerics(sum, sum);

	read_agreement(fcinfo, 0, 1, &agreement);
	add_sums(&agreement, &sums);
	return write_agreement(&agreement);
}

/*
 * rater_agreement_combine(numeric[], numeric[])
 */
Datum
rater_agreement_combine(PG_FUNCTION_ARGS)
{
	Agreement	a;
	Agreement	b;

	read_agreement(fcinfo, 1, 0, &b);
	read_agreement(fcinfo, 0, b.nrows, &a);
	for (int i = 0; i < b.nrows; i++)
		add_sums(&a, &b.rows[i]);
	return write_agreement(&a);
}

/* a fraction that is added to; nothing is reduced, so nothing is rounded */
typedef struct Fraction
{
	Numeric		dividend;
	Numeric		divisor;
} Fraction;

static void
add_fraction(Fraction *sum, Numeric dividend, Numeric divisor)
{
	sum->dividend = add_numerics(multiply_numerics(sum->dividend, divisor),
								 multiply_numerics(dividend, sum->divisor));
	sum->divisor = multiply_numerics(sum->divisor, divisor);
}

/* what both coefficients need of all ratees with at least so many scores */
typedef struct Totals
{
	Numeric		ratees;
	Numeric		scores;
	Numeric		squared_counts; /* each ratee's number of scores, squared */
	Numeric		sum;
	Numeric		squares;
} Totals;

static void
add_up(const Agreement *agreement, int64 least, Totals *totals)
{
	Numeric		zero = whole_numeric(0);

	*totals = (Totals) {zero, zero, zero, zero, zero};
	for (int i = 0; i < agreement->nrows; i++)
	{
		const Numeric *value = agreement->rows[i].value;
		Numeric		scores = multiply_numerics(value[SCORES_OF_RATEE], value[RATEES]);

		if (compare_numerics(value[SCORES_OF_RATEE], whole_numeric(least)) < 0)
			continue;
		totals->ratees = add_numerics(totals->ratees, value[RATEES]);
		totals->scores = add_numerics(totals->scores, scores);
		totals->squared_counts = add_numerics(totals->squared_counts,
											  multiply_numerics(value[SCORES_OF_RATEE], scores));
		totals->sum = add_numerics(totals->sum, value[SUM_OF_SCORES]);
		totals->squares = add_numerics(totals->squares, value[SUM_OF_SQUARES]);
	}
}

/*
 * krippendorff_alpha_final(numeric[]) -> numeric
 *
 * Alpha for interval data (Krippendorff, Content Analysis, chapter on
 * reliability): 1 - observed / expected disagreement.  Over the ratees with
 * two scores and more, in all N with sum S and sum of squares T, that is
 *
 *	   1 - (N - 1) * sum((n * squares - sum^2) / (n - 1)) / (N * T - S^2)
 *
 * Null if no ratee has two scores, or if no two scores differ.
 */
Datum
krippendorff_alpha_final(PG_FUNCTION_ARGS)
{
	Numeric		one = whole_numeric(1);
	Agreement	agreement;
	Totals		all;
	Fraction	observed = {whole_numeric(0), one};
	Numeric		expected;
	Numeric		divisor;

	read_agreement(fcinfo, 0, 0, &agreement);
	add_up(&agreement, 2, &all);
	expected = subtract_numerics(multiply_numerics(all.scores, all.squares),
								 multiply_numerics(all.sum, all.sum));
	if (sign_of_numeric(expected) <= 0)
		PG_RETURN_NULL();

	for (int i = 0; i < agreement.nrows; i++)
	{
		const Numeric *value = agreement.rows[i].value;

		if (compare_numerics(value[SCORES_OF_RATEE], one) > 0)
			add_fraction(&observed,
						 subtract_numerics(multiply_numerics(value[SCORES_OF_RATEE],
															 value[SUM_OF_SQUARES]),
										   value[SUM_OF_SQUARED_SUMS]),
						 subtract_numerics(value[SCORES_OF_RATEE], one));
	}
	divisor = multiply_numerics(expected, observed.divisor);
	PG_RETURN_NUMERIC(quotient_of_numerics(
		subtract_numerics(divisor,
						  multiply_numerics(subtract_numerics(all.scores, one),
											observed.dividend)),
		divisor));
}

/*
 * icc_final(numeric[]) -> numeric
 *
 * The intraclass correlation of one rating, one-way random effects: ICC(1,1)
 * of Shrout and Fleiss, Psychological Bulletin 86 (1979),
 *
 *	   (MSB - MSW) / (MSB + (k - 1) * MSW)
 *
 * where for unequal numbers of scores k is (N - sum(n^2) / N) / (a - 1), as
 * in Searle, Casella and McCulloch, Variance Components, 3.6.  With B the sum
 * of sum^2 / n over the ratees, MSB = (B - S^2 / N) / (a - 1) and
 * MSW = (T - B) / (N - a); between and within are both, times their common
 * denominators.
 *
 * Null for fewer than two ratees, if none has two scores, or if no two
 * scores differ.
 */
Datum
icc_final(PG_FUNCTION_ARGS)
{
	Numeric		one = whole_numeric(1);
	Agreement	agreement;
	Totals		all;
	Fraction	ratee_squares = {whole_numeric(0), one};
	Numeric		spread;			/* N * (a - 1) */
	Numeric		between;
	Numeric		within;
	Numeric		divisor;

	read_agreement(fcinfo, 0, 0, &agreement);
	add_up(&agreement, 1, &all);
	if (compare_numerics(all.ratees, one) <= 0 ||
		compare_numerics(all.scores, all.ratees) <= 0)
		PG_RETURN_NULL();

	for (int i = 0; i < agreement.nrows; i++)
		add_fraction(&ratee_squares, agreement.rows[i].value[SUM_OF_SQUARED_SUMS],
					 agreement.rows[i].value[SCORES_OF_RATEE]);
	spread = multiply_numerics(all.scores, subtract_numerics(all.ratees, one));
	between = multiply_numerics(subtract_numerics(multiply_numerics(ratee_squares.dividend, all.scores),
												  multiply_numerics(multiply_numerics(all.sum, all.sum),
																	ratee_squares.divisor)),
								subtract_numerics(all.scores, all.ratees));
	within = multiply_numerics(subtract_numerics(multiply_numerics(all.squares, ratee_squares.divisor),
												 ratee_squares.dividend),
							   spread);
	divisor = subtract_numerics(multiply_numerics(all.scores, all.scores), all.squared_counts);
	divisor = add_numerics(multiply_numerics(spread, between),
						   multiply_numerics(subtract_numerics(divisor, spread), within));
	if (sign_of_numeric(divisor) <= 0)
		PG_RETURN_NULL();
	PG_RETURN_NUMERIC(quotient_of_numerics(
		multiply_numerics(spread, subtract_numerics(between, within)), divisor));
}
