/*
 * types.c
 *	  Harnesses over the text and binary input of the types, by the names of
 *	  their functions alone: TYPE_text and TYPE_binary.
 *
 * A value that was accepted must come back the same by every way: out and
 * in, send and recv.  Its bytes must not depend on what was in the memory
 * before.  What can be done with any value of the type is done.
 */
#include "fuzz.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/builtins.h"

typedef struct FuzzedType
{
	const char *name;
	PGFunction	in;
	PGFunction	out;
	PGFunction	recv;
	PGFunction	send;
	bool		is_canonical;	/* equal values have equal bytes */
	void		(*use) (Datum value);
} FuzzedType;

#define IO_FUNCTIONS(type) \
	extern Datum type##_in(PG_FUNCTION_ARGS); \
	extern Datum type##_out(PG_FUNCTION_ARGS); \
	extern Datum type##_recv(PG_FUNCTION_ARGS); \
	extern Datum type##_send(PG_FUNCTION_ARGS)
#define FUZZED_TYPE(type, is_canonical, use) \
	{#type, type##_in, type##_out, type##_recv, type##_send, is_canonical, use}

IO_FUNCTIONS(grade_scale);
IO_FUNCTIONS(quota);
IO_FUNCTIONS(score_curve);
IO_FUNCTIONS(score_summary);
IO_FUNCTIONS(score_group);
IO_FUNCTIONS(rater_scores);
IO_FUNCTIONS(trimmed_scores);

extern Datum forced_scale_combine(PG_FUNCTION_ARGS);
extern Datum forced_scale_final(PG_FUNCTION_ARGS);
extern Datum grade(PG_FUNCTION_ARGS);
extern Datum points(PG_FUNCTION_ARGS);
extern Datum krippendorff_alpha_final(PG_FUNCTION_ARGS);
extern Datum icc_final(PG_FUNCTION_ARGS);
extern Datum rater_agreement_add(PG_FUNCTION_ARGS);
extern Datum rater_coverage_final(PG_FUNCTION_ARGS);
extern Datum rater_score_final(PG_FUNCTION_ARGS);
extern Datum rater_scores_combine(PG_FUNCTION_ARGS);
extern Datum score_summary_combine(PG_FUNCTION_ARGS);
extern Datum summary_mean(PG_FUNCTION_ARGS);
extern Datum summary_stddev(PG_FUNCTION_ARGS);
extern Datum trimmed_score_combine(PG_FUNCTION_ARGS);
extern Datum trimmed_score_final(PG_FUNCTION_ARGS);

static void use_grade_scale(Datum scale);
static void use_score_curve(Datum curve);
static void use_score_group(Datum group);
static void use_score_summary(Datum summary);
static void use_rater_scores(Datum scores);
static void use_trimmed_scores(Datum scores);

static const FuzzedType types[] = {
	FUZZED_TYPE(grade_scale, true, use_grade_scale),
	FUZZED_TYPE(quota, true, NULL),
	FUZZED_TYPE(score_curve, true, use_score_curve),
	FUZZED_TYPE(score_group, false, use_score_group),
	FUZZED_TYPE(score_summary, false, use_score_summary),
	FUZZED_TYPE(rater_scores, false, use_rater_scores),
	FUZZED_TYPE(trimmed_scores, false, use_trimmed_scores),
};

static const FuzzedType *type;

static bool
same_bytes(Datum a, Datum b)
{
	struct varlena *x = (struct varlena *) DatumGetPointer(a);
	struct varlena *y = (struct varlena *) DatumGetPointer(b);

	return VARSIZE_ANY(x) == VARSIZE_ANY(y) && memcmp(x, y, VARSIZE_ANY(x)) == 0;
}

/*
 * A copy on the heap, where every byte that is read beyond its end shows.
 */
static char *
tight_copy(const void *data, size_t size)
{
	char	   *copy = palloc(size + 1);

	memcpy(copy, data, size);
	copy[size] = '\0';
	return copy;
}

/*
 * The value that a function makes, which must be the same in other memory.
 */
static bool
make_value(Datum *value, PGFunction function, int nargs, Datum a, Datum b, Datum c)
{
	Datum		again;

	fuzz_fill = 0x55;
	if (!fuzz_call(value, function, nargs, a, b, c))
		return false;
	fuzz_fill = 0xAA;
	if (function == type->recv)
		((StringInfo) DatumGetPointer(a))->cursor = 0;
	if (!fuzz_call(&again, function, nargs, a, b, c) || !same_bytes(*value, again))
		fuzz_failed("a value made twice is not the same");
	return true;
}

static bool
text_in(const char *text, size_t len, Datum *value)
{
	return make_value(value, type->in, 3, CStringGetDatum(tight_copy(text, len)),
					  ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
}

/*
 * As the server does, refuse a message that is not used up.  A StringInfo
 * ends in a zero byte that is not counted.
 */
static bool
binary_in(const char *bytes, size_t size, Datum *value)
{
	StringInfoData in;

	in.data = tight_copy(bytes, size);
	in.len = size;
	in.maxlen = size + 1;
	in.cursor = 0;
	return make_value(value, type->recv, 3, PointerGetDatum(&in),
					  ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)) &&
		in.cursor == in.len;
}

static Datum
must_call(PGFunction function, Datum value, const char *what)
{
	Datum		result;

	if (!fuzz_call(&result, function, 1, value) || result == (Datum) 0)
		fuzz_failed("%s refuses what came in", what);
	return result;
}

static char *
text_of(Datum value)
{
	char	   *text = DatumGetCString(must_call(type->out, value, "out"));

	if (!pg_verify_mbstr(PG_UTF8, text, strlen(text), true))
		fuzz_failed("out makes text that is not UTF-8");
	return text;
}

static Datum
bytes_of(Datum value)
{
	return must_call(type->send, value, "send");
}

/*
 * A copy of a value that came back must be the same value.
 */
static void
check_copy(Datum value, Datum copy, const char *way)
{
	if (strcmp(text_of(value), text_of(copy)) != 0)
		fuzz_failed("%s changes \"%s\" to \"%s\"", way, text_of(value), text_of(copy));
	if (!same_bytes(bytes_of(value), bytes_of(copy)))
		fuzz_failed("%s changes the binary form of \"%s\"", way, text_of(value));
	if (type->is_canonical && !same_bytes(value, copy))
		fuzz_failed("%s makes other bytes of \"%s\"", way, text_of(value));
}

static void
check_value(Datum value)
{
	char	   *text = text_of(value);
	Datum		bytes = bytes_of(value);
	Datum		copy;

	if (!text_in(text, strlen(text), &copy) || copy == (Datum) 0)
		fuzz_failed("in refuses what out made, \"%s\"", text);
	check_copy(value, copy, "out and in");
	if (!binary_in(VARDATA_ANY(DatumGetPointer(bytes)), VARSIZE_ANY_EXHDR(DatumGetPointer(bytes)), &copy))
		fuzz_failed("recv refuses what send made of \"%s\"", text);
	check_copy(value, copy, "send and recv");
	if (type->use)
		type->use(value);
}

static Datum
numeric_of(const char *text)
{
	return DirectFunctionCall3(numeric_in, CStringGetDatum(text),
							   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
}

static void
use_grade_scale(Datum scale)
{
	static const char *const scores[] = {"90", "-0.000000001", "1e40", "Infinity"};
	Datum		result;

	for (int i = 0; i < (int) lengthof(scores); i++)
		fuzz_call(&result, grade, 2, numeric_of(scores[i]), scale);
}

static void
use_score_curve(Datum curve)
{
	static const char *const measurements[] = {"0", "0.85", "1e-20", "-3", "1e30", "-Infinity"};
	Datum		result;

	for (int i = 0; i < (int) lengthof(measurements); i++)
		fuzz_call(&result, points, 2, numeric_of(measurements[i]), curve);
}

/*
 * A group that came in can be forced, alone and twice over, and its forced
 * scale is a scale like any other.
 */
static void
use_score_group(Datum group)
{
	Datum		scale;
	Datum		both;

	if (fuzz_call(&scale, forced_scale_final, 1, group) && scale != (Datum) 0)
	{
		const FuzzedType *group_type = type;

		type = &types[0];
		check_value(scale);
		type = group_type;
	}
	if (make_value(&both, forced_scale_combine, 2, group, group, (Datum) 0))
	{
		bytes_of(both);
		fuzz_call(&scale, forced_scale_final, 1, both);
	}
}

/*
 * A state that came in can be finished, alone and twice over.
 */
static void
use_state(Datum state, PGFunction combine, PGFunction final)
{
	Datum		both;
	Datum		result;

	fuzz_call(&result, final, 1, state);
	if (make_value(&both, combine, 2, state, state, (Datum) 0))
	{
		text_of(both);
		bytes_of(both);
		fuzz_call(&result, final, 1, both);
	}
}

static void
use_score_summary(Datum summary)
{
	Datum		agreement;
	Datum		result;

	use_state(summary, score_summary_combine, summary_mean);
	fuzz_call(&result, summary_stddev, 1, summary);
	agreement = PointerGetDatum(construct_empty_array(NUMERICOID));
	if (fuzz_call(&agreement, rater_agreement_add, 2, agreement, summary))
	{
		fuzz_call(&result, krippendorff_alpha_final, 1, agreement);
		fuzz_call(&result, icc_final, 1, agreement);
	}
}

static void
use_rater_scores(Datum scores)
{
	Datum		result;

	use_state(scores, rater_scores_combine, rater_score_final);
	fuzz_call(&result, rater_coverage_final, 1, scores);
}

static void
use_trimmed_scores(Datum scores)
{
	use_state(scores, trimmed_score_combine, trimmed_score_final);
}

/*
 * The server checks the encoding of text before an input function sees it,
 * and no text has a zero byte.
 */
static void
fuzz_text(const uint8_t *data, size_t size)
{
	Datum		value;

	if (pg_verify_mbstr(PG_UTF8, (const char *) data, size, true) &&
		text_in((const char *) data, size, &value))
		check_value(value);
}

static void
fuzz_binary(const uint8_t *data, size_t size)
{
	Datum		value;

	if (binary_in((const char *) data, size, &value))
		check_value(value);
}

Harness
find_type_harness(const char *name)
{
	for (int i = 0; i < (int) lengthof(types); i++)
	{
		size_t		len = strlen(types[i].name);

		type = &types[i];
		if (strncmp(name, type->name, len) == 0 && strcmp(name + len, "_text") == 0)
			return fuzz_text;
		if (strncmp(name, type->name, len) == 0 && strcmp(name + len, "_binary") == 0)
			return fuzz_binary;
	}
	return NULL;
}
