/*
 * rating_means.c
 *	  The function rating_means: one person's ratings, averaged in both
 *	  directions, by source over the indicators and by indicator over the
 *	  sources.
 *
 * Both means are those of weighted_score and rater_score, digit for digit.
 * What is gained is that a rating is read, joined and sorted once for both,
 * and that weights come once a person and not once a rating.
 */
#include "rater_scores.h"
#include "score_summary.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"

PG_FUNCTION_INFO_V1(rating_means);

/* an array of the arguments, taken apart */
typedef struct Elements
{
	Datum	   *values;
	bool	   *nulls;
	int			n;
} Elements;

typedef struct IndicatorPlace
{
	int64		indicator;
	int			place;
} IndicatorPlace;

/* where each indicator is among those that are rated */
typedef struct IndicatorPlaces
{
	IndicatorPlace *sorted;
	const Datum *keys;			/* in their own order */
	int			n;
	int			next;			/* ratings mostly come in that order */
} IndicatorPlaces;

static Elements
elements_of_argument(FunctionCallInfo fcinfo, int i, const char *name, Oid type, bool may_be_null)
{
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P(i);
	Elements	elements;

	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("%s must be a list, not an array of %d dimensions", name, ARR_NDIM(array))));
	if (!may_be_null && array_contains_nulls(array))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not contain nulls", name)));
	if (type == INT4OID)
		deconstruct_array(array, type, sizeof(int32), true, TYPALIGN_INT,
						  &elements.values, &elements.nulls, &elements.n);
	else if (type == INT8OID)
		deconstruct_array(array, type, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE,
						  &elements.values, &elements.nulls, &elements.n);
	else
		deconstruct_array(array, type, -1, false, TYPALIGN_INT,
						  &elements.values, &elements.nulls, &elements.n);
	return elements;
}

static void
check_as_long(const Elements *a, const char *a_name, const Elements *b, const char *b_name)
{
	if (a->n != b->n)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("%s and %s must be equally long", a_name, b_name),
				 errdetail("There are %d and %d elements.", a->n, b->n)));
}

static int
compare_places(const void *a, const void *b)
{
	int64		x = ((const IndicatorPlace *) a)->indicator;
	int64		y = ((const IndicatorPlace *) b)->indicator;

	return x < y ? -1 : x > y;
}

static IndicatorPlaces
place_indicators(const Elements *rated)
{
	IndicatorPlaces places = {0};

	places.keys = rated->values;
	places.n = rated->n;
	places.sorted = palloc(Max(rated->n, 1) * sizeof(IndicatorPlace));
	for (int i = 0; i < rated->n; i++)
	{
		places.sorted[i].indicator = DatumGetInt64(rated->values[i]);
		places.sorted[i].place = i;
	}
	qsort(places.sorted, rated->n, sizeof(IndicatorPlace), compare_places);
	for (int i = 1; i < rated->n; i++)
	{
		if (places.sorted[i].indicator == places.sorted[i - 1].indicator)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("indicator %lld is listed twice", (long long) places.sorted[i].indicator)));
	}
	return places;
}

/*
 * Place of an indicator, or -1.
 */
static int
find_place(IndicatorPlaces *places, int64 indicator)
{
	IndicatorPlace key = {indicator, 0};
	IndicatorPlace *found;

	if (places->next == places->n)
		places->next = 0;
	if (places->next < places->n && DatumGetInt64(places->keys[places->next]) == indicator)
		return places->next++;
	found = bsearch(&key, places->sorted, places->n, sizeof(IndicatorPlace), compare_places);
	if (found == NULL)
		return -1;
	places->next = found->place + 1;
	return found->place;
}

/*
 * Sources by number, with a weight each and a name that sorts as the number.
 */
static SourceSums *
make_sources(const Elements *weights)
{
	SourceSums *sources = palloc0(Max(weights->n, 1) * sizeof(SourceSums));
	uint32	   *names = palloc(Max(weights->n, 1) * sizeof(uint32));

	for (int i = 0; i < weights->n; i++)
	{
		names[i] = pg_hton32(i);
		sources[i].name.data = (const char *) &names[i];
		sources[i].name.len = sizeof(uint32);
		if (!weights->nulls[i])
			set_source_weight(&sources[i], weights->values[i]);
	}
	return sources;
}

static ScoreSummary *
add_score(ScoreSummary *summary, Datum score, Datum weight)
{
	WeightedScore weighted;

	if (summary == NULL)
		summary = summary_create(PARTS_WITHOUT_SQUARES);
	read_weighted_score(score, weight, PARTS_WITHOUT_SQUARES, &weighted);
	return summary_add(summary, &weighted);
}

static Datum
array_of_means(const Numeric *means, int n)
{
	Datum	   *values = palloc(Max(n, 1) * sizeof(Datum));
	bool	   *nulls = palloc(Max(n, 1) * sizeof(bool));
	int			lower = 1;

	if (n == 0)
		return PointerGetDatum(construct_empty_array(NUMERICOID));
	for (int i = 0; i < n; i++)
	{
		values[i] = NumericGetDatum(means[i]);
		nulls[i] = means[i] == NULL;
	}
	return PointerGetDatum(construct_md_array(values, nulls, 1, &n, &lower, NUMERICOID, -1, false, TYPALIGN_INT));
}

static Datum
means_by_source(ScoreSummary **summaries, int n)
{
	Numeric    *means = palloc0(Max(n, 1) * sizeof(Numeric));

	for (int i = 0; i < n; i++)
	{
		if (summaries[i])
			means[i] = summary_mean_score(summaries[i]);
	}
	return array_of_means(means, n);
}

static Datum
means_by_indicator(RaterScores **scores, int n)
{
	Numeric    *means = palloc0(Max(n, 1) * sizeof(Numeric));

	for (int i = 0; i < n; i++)
	{
		if (scores[i])
			means[i] = rater_scores_mean(scores[i]);
	}
	return array_of_means(means, n);
}

static TupleDesc
result_type(FunctionCallInfo fcinfo)
{
	if (fcinfo->flinfo->fn_extra == NULL)
	{
		MemoryContext caller = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
		TupleDesc	type;

		if (get_call_result_type(fcinfo, NULL, &type) != TYPEFUNC_COMPOSITE)
			elog(ERROR, "rating_means must return a row");
		fcinfo->flinfo->fn_extra = BlessTupleDesc(type);
		MemoryContextSwitchTo(caller);
	}
	return fcinfo->flinfo->fn_extra;
}

/*
 * rating_means(sources integer[], indicators bigint[], scores numeric[],
 *				source_weights numeric[], rated bigint[], indicator_weights numeric[])
 *		-> (by_source numeric[], by_indicator numeric[])
 */
Datum
rating_means(PG_FUNCTION_ARGS)
{
	Elements	sources = elements_of_argument(fcinfo, 0, "sources", INT4OID, false);
	Elements	indicators = elements_of_argument(fcinfo, 1, "indicators", INT8OID, false);
	Elements	scores = elements_of_argument(fcinfo, 2, "scores", NUMERICOID, true);
	Elements	source_weights = elements_of_argument(fcinfo, 3, "source_weights", NUMERICOID, true);
	Elements	rated = elements_of_argument(fcinfo, 4, "rated", INT8OID, false);
	Elements	indicator_weights = elements_of_argument(fcinfo, 5, "indicator_weights", NUMERICOID, false);
	IndicatorPlaces places;
	SourceSums *known;
	ScoreSummary **by_source = palloc0(Max(source_weights.n, 1) * sizeof(ScoreSummary *));
	RaterScores **by_indicator = palloc0(Max(rated.n, 1) * sizeof(RaterScores *));
	Datum		values[2];
	bool		nulls[2] = {false, false};

	check_as_long(&sources, "sources", &scores, "scores");
	check_as_long(&indicators, "indicators", &scores, "scores");
	check_as_long(&rated, "rated", &indicator_weights, "indicator_weights");
	places = place_indicators(&rated);
	known = make_sources(&source_weights);

	for (int i = 0; i < scores.n; i++)
	{
		int32		source = DatumGetInt32(sources.values[i]);
		int			place;

		CHECK_FOR_INTERRUPTS();
		if (source < 1 || source > source_weights.n)
			ereport(ERROR,
					(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
					 errmsg("there is no source %d", source),
					 errdetail("Sources are numbered from 1 to %d, the number of their weights.", source_weights.n)));
		if (scores.nulls[i] || source_weights.nulls[source - 1])
			continue;
		place = find_place(&places, DatumGetInt64(indicators.values[i]));
		if (place < 0)
			continue;
		by_source[source - 1] = add_score(by_source[source - 1], scores.values[i], indicator_weights.values[place]);
		set_source_score(&known[source - 1], scores.values[i]);
		by_indicator[place] = rater_scores_absorb(by_indicator[place], &known[source - 1]);
	}

	values[0] = means_by_source(by_source, source_weights.n);
	values[1] = means_by_indicator(by_indicator, rated.n);
	return HeapTupleGetDatum(heap_form_tuple(result_type(fcinfo), values, nulls));
}
