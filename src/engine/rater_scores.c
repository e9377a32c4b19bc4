/*
 * rater_scores.c
 *	  The type rater_scores: finding, adding and growing sources, and the
 *	  text and binary forms.
 *
 * Text: (source,count,sum of scores,weight),...  Sources are in the order of
 * their bytes, numbers carry their display scales in their trailing zeros,
 * so equal scores have equal texts and the text loses nothing.
 */
#include "rater_scores.h"

#include "common/int.h"
#include "libpq/pqformat.h"
#include "score_summary.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "wire.h"

#define RATER_SCORES_VERSION	1

/* a new value takes 512 bytes, which is what palloc would make of less */
#define FIRST_ROOM				6
#define FIRST_TAIL				112

PG_FUNCTION_INFO_V1(rater_scores_in);
PG_FUNCTION_INFO_V1(rater_scores_out);
PG_FUNCTION_INFO_V1(rater_scores_recv);
PG_FUNCTION_INFO_V1(rater_scores_send);

static Numeric
wide_at(const RaterScores *scores, uint32 offset)
{
	return offset == 0 ? NULL : (Numeric) ((char *) scores + offset);
}

static Label
source_name(const RaterScores *scores, const RaterSource *source)
{
	Label		name = {(const char *) scores + source->name, (int) source->name_len};

	return name;
}

/*
 * Let sums be those of one more score.
 */
void
set_source_score(SourceSums *sums, Datum score)
{
	Datum		packed = PointerGetDatum(PG_DETOAST_DATUM_PACKED(score));
	int64		value;

	sums->n = 1;
	sums->sum = 0;
	sums->wide_sum = NULL;
	if (decimal_read(packed, &value, &sums->sum_dscale))
		sums->sum = value;
	else
	{
		sums->wide_sum = DatumGetNumeric(packed);
		sums->sum_dscale = 0;
	}
}

/*
 * The weight of a source; a negative, NaN or infinite one is an error.
 */
void
set_source_weight(SourceSums *sums, Datum weight)
{
	Datum		packed = PointerGetDatum(PG_DETOAST_DATUM_PACKED(weight));

	sums->wide_weight = NULL;
	if (decimal_read(packed, &sums->weight, &sums->weight_dscale) && sums->weight >= 0)
		return;
	sums->wide_weight = DatumGetNumeric(packed);
	check_weight(sums->wide_weight);
	sums->weight = WIDE_WEIGHT;
	sums->weight_dscale = dscale_of_numeric(sums->wide_weight);
}

/*
 * The sum with the digits and the display scale of numeric's own sum.
 */
Numeric
source_sum(const SourceSums *sums)
{
	Numeric		sum = decimal_make(sums->sum, DECIMAL_PLACES, sums->sum_dscale);

	return sums->wide_sum ? add_numerics(sum, sums->wide_sum) : sum;
}

Numeric
source_weight(const SourceSums *sums)
{
	return sums->wide_weight ? sums->wide_weight :
		decimal_make(sums->weight, DECIMAL_PLACES, sums->weight_dscale);
}

/*
 * All that is known of a source.  Names and long numbers stay where they are.
 */
void
rater_scores_get(const RaterScores *scores, int i, SourceSums *sums)
{
	const RaterSource *source = &scores->sources[i];

	sums->name = source_name(scores, source);
	sums->n = source->n;
	sums->sum = source->sum;
	sums->sum_dscale = source->sum_dscale;
	sums->wide_sum = wide_at(scores, source->wide_sum);
	sums->weight = source->weight;
	sums->weight_dscale = source->weight_dscale;
	sums->wide_weight = wide_at(scores, source->wide_weight);
}

/*
 * An empty value with so much room.
 */
static RaterScores *
alloc_scores(Size room, Size tail)
{
	Size		front = offsetof(RaterScores, sources) + room * sizeof(RaterSource);
	RaterScores *scores;

	if (!AllocSizeIsValid(front + tail))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("names of the sources in one group are too long")));
	scores = palloc0(front + tail);
	SET_VARSIZE(scores, front + tail);
	scores->version = RATER_SCORES_VERSION;
	scores->room = room;
	scores->end = front;
	return scores;
}

/*
 * Put bytes into the tail, which has room for them; return their offset.
 */
static uint32
append_bytes(RaterScores *scores, const void *data, Size len)
{
	uint32		offset = scores->end;

	Assert(offset + INTALIGN(len) <= VARSIZE(scores));
	memcpy((char *) scores + offset, data, len);
	scores->end += INTALIGN(len);
	return offset;
}

static uint32
append_wide(RaterScores *scores, Numeric value)
{
	return value ? append_bytes(scores, value, VARSIZE(value)) : 0;
}

static Size
wide_size(Numeric value)
{
	return value ? INTALIGN(VARSIZE(value)) : 0;
}

/*
 * A copy with room for so many sources and bytes, without the gaps that
 * replaced numbers have left.
 */
static RaterScores *
resize_scores(const RaterScores *scores, Size room, Size bytes)
{
	Size		tail = 0;
	RaterScores *result;

	for (int i = 0; i < scores->nsources; i++)
	{
		const RaterSource *source = &scores->sources[i];

		tail += INTALIGN((Size) source->name_len) +
			wide_size(wide_at(scores, source->wide_sum)) +
			wide_size(wide_at(scores, source->wide_weight));
	}

	/* twice what is in use, so that growing stays rare */
	result = alloc_scores(room, 2 * tail + bytes);
	result->nsources = scores->nsources;
	result->last = scores->last;
	for (int i = 0; i < scores->nsources; i++)
	{
		const RaterSource *from = &scores->sources[i];
		RaterSource *to = &result->sources[i];

		*to = *from;
		to->name = append_bytes(result, source_name(scores, from).data, from->name_len);
		to->wide_sum = append_wide(result, wide_at(scores, from->wide_sum));
		to->wide_weight = append_wide(result, wide_at(scores, from->wide_weight));
	}
	return result;
}

/*
 * The same value or a larger copy, with room for so much more.
 */
static RaterScores *
make_room(RaterScores *scores, int nsources, Size bytes)
{
	Size		room = scores->room;

	if (scores->nsources + nsources > room)
		room = Min(2 * room, RATER_SCORES_MAX_SOURCES);
	else if (bytes <= VARSIZE(scores) - scores->end)
		return scores;
	return resize_scores(scores, room, bytes);
}

/*
 * Where a source is, or where it would have to be inserted.
 */
static int
place_of_source(const RaterScores *scores, uint64 key, Label name)
{
	int			low = 0;
	int			high = scores->nsources;

	while (low < high)
	{
		int			middle = (low + high) / 2;
		const RaterSource *source = &scores->sources[middle];
		bool		is_less = source->key < key;

		if (source->key == key)
		{
			int			common = Min((int) source->name_len, name.len);
			int			order = memcmp(source_name(scores, source).data, name.data, common);

			is_less = order < 0 || (order == 0 && source->name_len < name.len);
		}
		if (is_less)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/*
 * find_source() where there are many.
 */
RaterSource *
search_source(RaterScores *scores, uint64 key, Label name)
{
	int			place = place_of_source(scores, key, name);

	if (place == scores->nsources || !is_source(scores, &scores->sources[place], key, name))
		return NULL;
	scores->last = place;
	return &scores->sources[place];
}

static void
refuse_more_sources(Node *escontext)
{
	errsave(escontext,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("more than %d sources in one group", RATER_SCORES_MAX_SOURCES),
			 errhint("A source is a kind of rater, such as peer or manager, not a single one.")));
}

/*
 * Insert a source without scores.
 */
static RaterScores *
insert_source(RaterScores *scores, int place, uint64 key, const SourceSums *sums)
{
	RaterSource *source;

	if (scores->nsources == RATER_SCORES_MAX_SOURCES)
		refuse_more_sources(NULL);

	scores = make_room(scores, 1, INTALIGN((Size) sums->name.len) + wide_size(sums->wide_weight));
	source = &scores->sources[place];
	memmove(source + 1, source, (scores->nsources - place) * sizeof(RaterSource));
	memset(source, 0, sizeof(RaterSource));
	source->key = key;
	source->name = append_bytes(scores, sums->name.data, sums->name.len);
	source->name_len = sums->name.len;
	source->weight = sums->weight;
	source->weight_dscale = sums->weight_dscale;
	source->wide_weight = append_wide(scores, sums->wide_weight);
	scores->nsources++;
	return scores;
}

/*
 * Store a number at an offset that is 0 or that of the number it replaces.
 */
static RaterScores *
put_wide(RaterScores *scores, uint32 *offset, Numeric value)
{
	Size		where = (char *) offset - (char *) scores;

	if (*offset != 0 && VARSIZE(value) <= VARSIZE((char *) scores + *offset))
	{
		memcpy((char *) scores + *offset, value, VARSIZE(value));
		return scores;
	}
	*offset = 0;
	scores = make_room(scores, 0, wide_size(value));
	*(uint32 *) ((char *) scores + where) = append_wide(scores, value);
	return scores;
}

/*
 * A source has one weight, however many decimals it is written with.
 */
static void
check_same_weight(const SourceSums *known, const SourceSums *sums)
{
	Numeric		a;
	Numeric		b;
	int			order;

	if (known->weight == sums->weight && known->weight != WIDE_WEIGHT)
		return;
	a = source_weight(known);
	b = source_weight(sums);
	order = compare_numerics(a, b);
	if (order != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("source %s has weight %s and weight %s in one group",
						quoted_excerpt(sums->name.data, sums->name.len),
						numeric_text(order < 0 ? a : b), numeric_text(order < 0 ? b : a)),
				 errhint("Give all rows of a source the same weight, or group by what the weight depends on, too.")));
}

/*
 * Add scores to a source, whether it is there already or not.  The value is
 * changed in place unless it must grow; NULL is one without sources.
 */
RaterScores *
rater_scores_absorb(RaterScores *scores, const SourceSums *sums)
{
	uint64		key = source_key(sums->name);
	int			place;
	int64		n;
	RaterSource *source;

	if (scores == NULL)
		scores = alloc_scores(FIRST_ROOM, FIRST_TAIL);
	place = place_of_source(scores, key, sums->name);
	if (place == scores->nsources || !is_source(scores, &scores->sources[place], key, sums->name))
		scores = insert_source(scores, place, key, sums);
	else
	{
		SourceSums	known;

		rater_scores_get(scores, place, &known);
		check_same_weight(&known, sums);
	}

	source = &scores->sources[place];
	if (pg_add_s64_overflow(source->n, sums->n, &n))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("too many scores of one source")));

	/* n scores below 2^63 each: the sum has room */
	source->n = n;
	source->sum += sums->sum;
	source->sum_dscale = Max(source->sum_dscale, sums->sum_dscale);
	scores->last = place;

	if (sums->weight_dscale > source->weight_dscale)
	{
		source->weight_dscale = sums->weight_dscale;
		if (source->weight == WIDE_WEIGHT)
			scores = put_wide(scores, &source->wide_weight, source_weight(sums));
	}
	if (sums->wide_sum)
	{
		Numeric		old;

		source = &scores->sources[place];
		old = wide_at(scores, source->wide_sum);
		scores = put_wide(scores, &source->wide_sum,
						  old ? add_numerics(old, sums->wide_sum) : sums->wide_sum);
	}
	return scores;
}

/*
 * The sums of a source as read; false when no scores can have them.
 */
static bool
make_sums(int64 n, Numeric sum, Numeric weight, SourceSums *sums)
{
	if (n < 0 || !is_finite_numeric(weight) || sign_of_numeric(weight) < 0)
		return false;
	if (n == 0 && (sign_of_numeric(sum) != 0 || dscale_of_numeric(sum) != 0))
		return false;
	set_source_score(sums, NumericGetDatum(sum));
	sums->n = n;
	set_source_weight(sums, NumericGetDatum(weight));
	return true;
}

static bool
has_source(const RaterScores *scores, Label name)
{
	uint64		key = source_key(name);
	int			place;

	if (scores == NULL)
		return false;
	place = place_of_source(scores, key, name);
	return place < scores->nsources && is_source(scores, &scores->sources[place], key, name);
}

/*
 * A label, which here may be empty.
 */
static bool
scan_source_name(Scanner *scanner, Label *name)
{
	const char *start = scanner->next;

	if (scan_symbol(scanner, "\"\"") && *scanner->next != '"')
	{
		name->data = "";
		name->len = 0;
		return true;
	}
	scanner->next = start;
	return scan_label(scanner, name);
}

static bool
expect_symbol(Scanner *scanner, const char *symbol)
{
	if (scan_symbol(scanner, symbol))
		return true;
	scan_failed(scanner, psprintf("\"%s\"", symbol));
	return false;
}

/*
 * Read one source; false once an error has been reported.
 */
static bool
scan_source(Scanner *scanner, SourceSums *sums)
{
	int64		n;
	Numeric		sum;
	Numeric		weight;

	if (!expect_symbol(scanner, "(") || !scan_source_name(scanner, &sums->name) ||
		!expect_symbol(scanner, ",") || !scan_count(scanner, &n) ||
		!expect_symbol(scanner, ",") || !scan_number(scanner, &sum) ||
		!expect_symbol(scanner, ",") || !scan_number(scanner, &weight) ||
		!expect_symbol(scanner, ")"))
		return false;
	if (!make_sums(n, sum, weight, sums))
		ereturn(scanner->escontext, false,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("no scores have the count, sum and weight of source %s",
						quoted_excerpt(sums->name.data, sums->name.len))));
	return true;
}

/*
 * rater_scores_in(cstring) -> rater_scores
 */
Datum
rater_scores_in(PG_FUNCTION_ARGS)
{
	char	   *input = PG_GETARG_CSTRING(0);
	Scanner		scanner = {
		.start = input, .next = input, .type_name = "rater_scores",
		.item_name = "source", .escontext = SOFT_ERROR_CONTEXT(fcinfo)
	};
	RaterScores *scores = NULL;

	do
	{
		SourceSums	sums;

		if (scanner.item++ == RATER_SCORES_MAX_SOURCES)
		{
			refuse_more_sources(scanner.escontext);
			PG_RETURN_NULL();
		}
		if (!scan_source(&scanner, &sums))
			PG_RETURN_NULL();
		if (has_source(scores, sums.name))
			ereturn(scanner.escontext, (Datum) 0,
					(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
					 errmsg("source %s is there twice",
							quoted_excerpt(sums.name.data, sums.name.len))));
		scores = rater_scores_absorb(scores, &sums);
	} while (scan_symbol(&scanner, ","));

	if (!scan_end(&scanner))
	{
		scan_failed(&scanner, "a comma or the end");
		PG_RETURN_NULL();
	}
	PG_RETURN_POINTER(scores);
}

/*
 * rater_scores_out(rater_scores) -> cstring
 */
Datum
rater_scores_out(PG_FUNCTION_ARGS)
{
	RaterScores *scores = DatumGetRaterScores(PG_GETARG_DATUM(0));
	StringInfoData out;

	initStringInfo(&out);
	for (int i = 0; i < scores->nsources; i++)
	{
		SourceSums	sums;

		rater_scores_get(scores, i, &sums);
		appendStringInfoString(&out, i > 0 ? ",(" : "(");
		if (sums.name.len == 0)
			appendStringInfoString(&out, "\"\"");
		else
			append_label(&out, sums.name);
		appendStringInfo(&out, "," INT64_FORMAT ",%s,%s)", sums.n,
						 numeric_text(source_sum(&sums)),
						 numeric_text(source_weight(&sums)));
	}
	PG_RETURN_CSTRING(out.data);
}

/*
 * Binary: version, number of sources, and of each its name, count of scores,
 * their sum, and weight.
 */
Datum
rater_scores_send(PG_FUNCTION_ARGS)
{
	RaterScores *scores = DatumGetRaterScores(PG_GETARG_DATUM(0));
	StringInfoData out;

	pq_begintypsend(&out);
	pq_sendbyte(&out, RATER_SCORES_VERSION);
	pq_sendint32(&out, scores->nsources);
	for (int i = 0; i < scores->nsources; i++)
	{
		SourceSums	sums;

		rater_scores_get(scores, i, &sums);
		wire_write_label(sums.name, &out);
		pq_sendint64(&out, sums.n);
		wire_write_numeric(source_sum(&sums), &out);
		wire_write_numeric(source_weight(&sums), &out);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}

/*
 * Sources may come in any order: the sender may have sorted them in another
 * encoding.
 */
Datum
rater_scores_recv(PG_FUNCTION_ARGS)
{
	StringInfo	in = (StringInfo) PG_GETARG_POINTER(0);
	RaterScores *scores = NULL;
	int			nsources;

	wire_check_field("rater_scores", "version", pq_getmsgbyte(in),
					 RATER_SCORES_VERSION, RATER_SCORES_VERSION);
	nsources = wire_check_field("rater_scores", "number of sources", pq_getmsgint(in, 4),
								1, RATER_SCORES_MAX_SOURCES);
	for (int i = 0; i < nsources; i++)
	{
		SourceSums	sums;
		Label		name = wire_read_label(in);
		int64		n = wire_check_field("rater_scores", "number of scores",
										 pq_getmsgint64(in), 0, PG_INT64_MAX);
		Numeric		sum = wire_read_numeric(in);
		Numeric		weight = wire_read_numeric(in);

		if (!make_sums(n, sum, weight, &sums) || has_source(scores, name))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
					 errmsg("no scores have the external \"rater_scores\" value")));
		sums.name = name;
		scores = rater_scores_absorb(scores, &sums);
	}
	PG_RETURN_POINTER(scores);
}
