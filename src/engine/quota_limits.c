/*
 * quota_limits.c
 *	  A quota on a scale: the run of grades of each rule, the heads that a
 *	  group of n may have there, and the SQL functions that show both.
 *
 * Every user of a quota comes through quota_resolve(), so that a quota which
 * does not fit its scale is refused the same way everywhere.
 */
#include "quota_limits.h"

#include "funcapi.h"
#include "grade.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(check_quota);
PG_FUNCTION_INFO_V1(quota_bounds);
PG_FUNCTION_INFO_V1(quota_check);

static char *
rule_text(const Quota *quota, int rule)
{
	StringInfoData out;

	initStringInfo(&out);
	append_quota_rule(&out, quota, rule);
	return out.data;
}

static char *
rule_excerpt(const Quota *quota, int rule)
{
	char	   *rule_string = rule_text(quota, rule);

	return quoted_excerpt(rule_string, strlen(rule_string));
}

static int
resolve_label(const Quota *quota, int rule, const GradeScale *scale, Label label)
{
	int			band = find_label(scale, label);

	if (band >= 0)
		return band;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("quota rule %d (%s) names grade %s, which is not in the scale",
					rule + 1, rule_excerpt(quota, rule),
					quoted_excerpt(label.data, label.len))));
}

/*
 * The run of grades of one rule: its labels, in any order, must be
 * neighbours, and begin at the top, end at the bottom or be one grade.
 */
static GradeRun
resolve_rule(const Quota *quota, int number, const GradeScale *scale)
{
	const QuotaRule *rule = &quota->rules[number];
	uint32		position = rule->labels;
	GradeRun	run = {scale->nbands, -1};

	for (int i = 0; i < rule->nlabels; i++)
	{
		Label		label = next_rule_label(quota, &position);
		int			band = resolve_label(quota, number, scale, label);

		run.first = Min(run.first, band);
		run.last = Max(run.last, band);
	}

	/* the labels differ, so a gap shows in the number of them */
	if (run.last - run.first + 1 != rule->nlabels)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("quota rule %d (%s) names grades that are not neighbours in the scale",
						number + 1, rule_excerpt(quota, number))));
	if (run.first > 0 && run.last < scale->nbands - 1 && run.first != run.last)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("quota rule %d (%s) names grades in the middle of the scale",
						number + 1, rule_excerpt(quota, number)),
				 errhint("A rule for several grades starts at the best grade or ends at the worst.")));
	return run;
}

/*
 * At most one lower and one upper limit for a run.
 */
static void
check_duplicates(const Quota *quota, const GradeRun *runs, int rule)
{
	for (int i = 0; i < rule; i++)
	{
		bool		both_least = rule_has_least(&quota->rules[i]) && rule_has_least(&quota->rules[rule]);
		bool		both_most = rule_has_most(&quota->rules[i]) && rule_has_most(&quota->rules[rule]);

		if (runs[i].first == runs[rule].first && runs[i].last == runs[rule].last &&
			(both_least || both_most))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("quota rules %d (%s) and %d (%s) limit the same grades twice",
							i + 1, rule_excerpt(quota, i),
							rule + 1, rule_excerpt(quota, rule))));
	}
}

/*
 * The runs of grades that a quota's rules name in a scale, as a palloc'd
 * array.  An error when the quota does not fit the scale.
 */
GradeRun *
quota_resolve(const Quota *quota, const GradeScale *scale)
{
	GradeRun   *runs = palloc(quota->nrules * sizeof(GradeRun));

	for (int i = 0; i < quota->nrules; i++)
	{
		CHECK_FOR_INTERRUPTS();
		runs[i] = resolve_rule(quota, i, scale);
		check_duplicates(quota, runs, i);
	}
	quota_check_feasible(quota, runs, scale->nbands);
	return runs;
}

typedef enum Rounding
{
	ROUND_DOWN,
	ROUND_HALF_UP,
	ROUND_UP
} Rounding;

/*
 * The heads that a share of n makes.
 */
static int64
share_heads(int64 share, int64 n, Rounding rounding)
{
	int128		product = (int128) share * n;

	if (rounding == ROUND_HALF_UP)
		product += QUOTA_WHOLE / 2;
	else if (rounding == ROUND_UP)
		product += QUOTA_WHOLE - 1;
	return (int64) (product / QUOTA_WHOLE);
}

/*
 * The shares of the grades above each boundary, as far as "=" rules that
 * follow one another from the top say them; -1 where they do not.
 */
static int64 *
cumulative_targets(const Quota *quota, const GradeRun *runs, int ngrades)
{
	int64	   *above = palloc((ngrades + 1) * sizeof(int64));

	above[0] = 0;
	for (int i = 1; i <= ngrades; i++)
		above[i] = -1;

	/* a chain's next link can come earlier in the text: go on until no news */
	for (bool news = true; news;)
	{
		news = false;
		for (int i = 0; i < quota->nrules; i++)
		{
			const QuotaRule *rule = &quota->rules[i];

			if (rule->op == QUOTA_EXACTLY && rule->is_share &&
				above[runs[i].first] >= 0 && above[runs[i].last + 1] < 0)
			{
				above[runs[i].last + 1] = above[runs[i].first] + rule->least;
				news = true;
			}
		}
	}
	return above;
}

/*
 * The heads that each rule leaves to its run in a group of n.
 *
 * Targets that follow one another from the top are rounded on their
 * cumulative boundaries, so that a full set of them adds up to n.
 */
void
quota_head_limits(const Quota *quota, const GradeRun *runs, int ngrades,
				  int64 n, HeadLimit *limits)
{
	static const Rounding cap_rounding[] = {ROUND_HALF_UP, ROUND_DOWN, ROUND_UP};
	static const Rounding floor_rounding[] = {ROUND_HALF_UP, ROUND_UP, ROUND_DOWN};
	int64	   *above = cumulative_targets(quota, runs, ngrades);

	for (int i = 0; i < quota->nrules; i++)
	{
		const QuotaRule *rule = &quota->rules[i];
		HeadLimit  *limit = &limits[i];

		limit->run = runs[i];
		limit->least = 0;
		limit->most = n;
		if (!rule->is_share)
		{
			if (rule_has_least(rule))
				limit->least = rule->least;
			if (rule_has_most(rule))
				limit->most = rule->most;
		}
		else if (rule->op == QUOTA_EXACTLY)
		{
			int64		start = Max(above[runs[i].first], 0);

			limit->least = limit->most =
				share_heads(start + rule->least, n, ROUND_HALF_UP) -
				share_heads(start, n, ROUND_HALF_UP);
		}
		else
		{
			if (rule_has_least(rule))
				limit->least = share_heads(rule->least, n, floor_rounding[quota->rounding]);
			if (rule_has_most(rule))
				limit->most = share_heads(rule->most, n, cap_rounding[quota->rounding]);
		}
	}
	pfree(above);
}

/*
 * check_quota(quota, grade_scale) -> boolean: true or an error
 */
Datum
check_quota(PG_FUNCTION_ARGS)
{
	quota_resolve(PG_GETARG_QUOTA(0), PG_GETARG_GRADE_SCALE(1));
	PG_RETURN_BOOL(true);
}

static HeadLimit *
limits_of_group(const Quota *quota, const GradeScale *scale, int64 n)
{
	HeadLimit  *limits = palloc(quota->nrules * sizeof(HeadLimit));

	quota_head_limits(quota, quota_resolve(quota, scale), scale->nbands, n, limits);
	return limits;
}

/*
 * quota_bounds(quota, grade_scale, n integer) -> setof (rule, least, most)
 */
Datum
quota_bounds(PG_FUNCTION_ARGS)
{
	Quota	   *quota = PG_GETARG_QUOTA(0);
	GradeScale *scale = PG_GETARG_GRADE_SCALE(1);
	int32		n = PG_GETARG_INT32(2);
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	HeadLimit  *limits;

	if (n < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("size of a group must not be negative")));

	limits = limits_of_group(quota, scale, n);
	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < quota->nrules; i++)
	{
		Datum		values[3] = {
			CStringGetTextDatum(rule_text(quota, i)),
			Int32GetDatum((int32) limits[i].least),
			Int32GetDatum((int32) limits[i].most)
		};
		bool		nulls[3] = {false, false, false};

		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/*
 * The head-counts of an array, and their sum.
 */
static int64 *
head_counts(ArrayType *array, const GradeScale *scale, int64 *n)
{
	int64	   *counts = palloc(scale->nbands * sizeof(int64));
	int32	   *elements = (int32 *) ARR_DATA_PTR(array);

	if (ARR_NDIM(array) != 1 || ARR_DIMS(array)[0] != scale->nbands)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("counts must have one element for each of the scale's %d grades",
						scale->nbands)));
	if (array_contains_nulls(array))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("counts must not contain nulls")));
	*n = 0;
	for (int i = 0; i < scale->nbands; i++)
	{
		if (elements[i] < 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("counts must not be negative")));
		counts[i] = elements[i];
		*n += counts[i];
	}
	if (*n > PG_INT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("counts add up to more than %d", PG_INT32_MAX)));
	return counts;
}

/*
 * quota_check(counts integer[], grade_scale, quota)
 *		-> setof (rule, least, most, actual, heads_out)
 */
Datum
quota_check(PG_FUNCTION_ARGS)
{
	GradeScale *scale = PG_GETARG_GRADE_SCALE(1);
	Quota	   *quota = PG_GETARG_QUOTA(2);
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	int64		n;
	int64	   *counts = head_counts(PG_GETARG_ARRAYTYPE_P(0), scale, &n);
	HeadLimit  *limits = limits_of_group(quota, scale, n);

	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < quota->nrules; i++)
	{
		int64		heads = 0;
		Datum		values[5];
		bool		nulls[5] = {false, false, false, false, false};

		for (int j = limits[i].run.first; j <= limits[i].run.last; j++)
			heads += counts[j];
		values[0] = CStringGetTextDatum(rule_text(quota, i));
		values[1] = Int32GetDatum((int32) limits[i].least);
		values[2] = Int32GetDatum((int32) limits[i].most);
		values[3] = Int32GetDatum((int32) heads);
		values[4] = Int32GetDatum((int32) heads_out(&limits[i], heads));
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}
