/*
 * grade_counts.c
 *	  The aggregate grade_counts: heads in each grade, in scale order.
 *
 * Its state is a bigint[], so that any engine can ship and store it: first a
 * hash of the scale's labels, to notice when rows of one group bring
 * different scales, then a count for each grade.
 */
#include "grade.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(grade_counts_add);
PG_FUNCTION_INFO_V1(grade_counts_combine);
PG_FUNCTION_INFO_V1(grade_counts_final);

static int64 *
state_elements(ArrayType *state)
{
	return (int64 *) ARR_DATA_PTR(state);
}

/*
 * Is this an array that grade_counts_create() could have made?  Anyone can
 * call these functions with any array.
 */
static void
check_state(ArrayType *state)
{
	if (ARR_NDIM(state) != 1 || ARR_DIMS(state)[0] < 2 ||
		ARR_ELEMTYPE(state) != INT8OID || ARR_HASNULL(state))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument is not a state of grade_counts")));
}

static void
check_same_scale(bool same)
{
	if (!same)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("scale must have the same grades in all rows of a group")));
}

static ArrayType *
grade_counts_create(const GradeScale *scale)
{
	int			nelements = scale->nbands + 1;
	Datum	   *elements = palloc(nelements * sizeof(Datum));

	elements[0] = Int64GetDatum((int64) scale->labels_hash);
	for (int i = 1; i < nelements; i++)
		elements[i] = Int64GetDatum(0);
	return construct_array(elements, nelements, INT8OID, sizeof(int64),
						   FLOAT8PASSBYVAL, TYPALIGN_DOUBLE);
}

/*
 * The state argument, as something that may be changed.
 */
static ArrayType *
writable_state(FunctionCallInfo fcinfo)
{
	ArrayType  *state;

	if (is_aggregate_call(fcinfo))
		state = PG_GETARG_ARRAYTYPE_P(0);
	else
		state = PG_GETARG_ARRAYTYPE_P_COPY(0);
	check_state(state);
	return state;
}

/*
 * grade_counts_add(bigint[], grade text, grade_scale)
 */
Datum
grade_counts_add(PG_FUNCTION_ARGS)
{
	ArrayType  *state;
	GradeScale *scale;
	text	   *grade;
	Label		label;

	if (PG_ARGISNULL(2))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("scale must not be null")));
	scale = PG_GETARG_GRADE_SCALE(2);
	state = PG_ARGISNULL(0) ? grade_counts_create(scale) : writable_state(fcinfo);
	check_same_scale(ARR_DIMS(state)[0] == scale->nbands + 1 &&
					 state_elements(state)[0] == (int64) scale->labels_hash);
	if (PG_ARGISNULL(1))
		PG_RETURN_ARRAYTYPE_P(state);

	grade = PG_GETARG_TEXT_PP(1);
	label.data = VARDATA_ANY(grade);
	label.len = VARSIZE_ANY_EXHDR(grade);
	state_elements(state)[band_of_label(scale, label) + 1]++;
	PG_RETURN_ARRAYTYPE_P(state);
}

/*
 * grade_counts_combine(bigint[], bigint[])
 */
Datum
grade_counts_combine(PG_FUNCTION_ARGS)
{
	ArrayType  *state = writable_state(fcinfo);
	ArrayType  *other = PG_GETARG_ARRAYTYPE_P(1);
	int64	   *counts = state_elements(state);
	int64	   *others;

	check_state(other);
	others = state_elements(other);
	check_same_scale(ARR_DIMS(state)[0] == ARR_DIMS(other)[0] && counts[0] == others[0]);
	for (int i = 1; i < ARR_DIMS(state)[0]; i++)
		counts[i] += others[i];
	PG_RETURN_ARRAYTYPE_P(state);
}

/*
 * grade_counts_final(bigint[]) -> integer[]
 */
Datum
grade_counts_final(PG_FUNCTION_ARGS)
{
	ArrayType  *state = PG_GETARG_ARRAYTYPE_P(0);
	int			ngrades;
	Datum	   *counts;

	check_state(state);
	ngrades = ARR_DIMS(state)[0] - 1;
	counts = palloc(ngrades * sizeof(Datum));
	for (int i = 0; i < ngrades; i++)
	{
		int64		count = state_elements(state)[i + 1];

		if (count < 0 || count > PG_INT32_MAX)
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("integer out of range")));
		counts[i] = Int32GetDatum((int32) count);
	}
	PG_RETURN_ARRAYTYPE_P(construct_array(counts, ngrades, INT4OID, sizeof(int32),
										  true, TYPALIGN_INT));
}
