/*
 * trimmed_scores.c
 *	  The scores that trimmed_score may trim: adding, settling and merging
 *	  them.  Their text and binary forms are in trimmed_scores_io.c.
 */
#include "trimmed_scores.h"

#include "miscadmin.h"
#include "quotient.h"
#include "sort_scores.h"
#include "utils/memutils.h"

/* slots of a new state, at most, and wide scores that are not worth sorting */
#define FIRST_SLOTS		20
#define FEW_WIDE		20

/* no set of scores is larger */
#define MIDDLE_LIMIT	(INT64CONST(1) << 62)

/*
 * How many packed scores may wait: twice as many as stay, so that sorting
 * them costs little for each.
 */
static uint32
most_packed(uint32 k)
{
	return 4 * Max(k, 1);
}

static uint32
most_wide(uint32 k)
{
	return Max(4 * k, FEW_WIDE);
}

static Numeric
wide_middle(const TrimmedScores *scores)
{
	return scores->middle_size > 0 ? (Numeric) scores->data : NULL;
}

/*
 * A state like this one, but with this sum of wide scores in the middle and
 * with other room, in which no score waits yet.
 */
static TrimmedScores *
alloc_scores(const TrimmedScores *like, Numeric middle, Size nslots, Size wide_room)
{
	Size		header = offsetof(TrimmedScores, data);
	Size		middle_size = middle ? VARSIZE(middle) : 0;
	Size		size = header + MAXALIGN(middle_size) + nslots * sizeof(int64) + wide_room;
	TrimmedScores *result;

	if (!AllocSizeIsValid(size))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("scores that may be trimmed take more than 1 GB")));
	/* cleared: a state can be stored, and no old memory must go with it */
	result = palloc0(size);
	memcpy(result, like, header);
	SET_VARSIZE(result, size);
	if (middle)
		memcpy(result->data, middle, middle_size);
	result->middle_size = middle_size;
	result->nslots = nslots;
	result->npacked = 0;
	result->nwide = 0;
	result->wide_room = wide_room;
	result->wide_used = 0;
	return result;
}

TrimmedScores *
trimmed_scores_create(uint32 k)
{
	TrimmedScores empty = {0};

	Assert(k <= TRIMMED_SCORES_MAX_K);
	empty.version = TRIMMED_SCORES_VERSION;
	empty.k = k;
	/* with nothing to trim, all are in the middle; else none, so far */
	empty.low_limit = k == 0 ? PG_INT64_MIN : PG_INT64_MAX;
	empty.high_limit = k == 0 ? PG_INT64_MAX : PG_INT64_MIN;
	return alloc_scores(&empty, NULL, Min(most_packed(k), FIRST_SLOTS), 0);
}

/*
 * Let the waiting scores of one state wait in another, too, which has room
 * for them.
 */
static void
copy_waiting(TrimmedScores *to, const TrimmedScores *from)
{
	Assert(to->npacked + from->npacked <= to->nslots);
	Assert(to->wide_used + from->wide_used <= to->wide_room);
	memcpy(trimmed_scores_slots(to) + to->npacked, trimmed_scores_slots(from),
		   from->npacked * sizeof(int64));
	memcpy(trimmed_scores_wide(to) + to->wide_used, trimmed_scores_wide(from), from->wide_used);
	to->npacked += from->npacked;
	to->nwide += from->nwide;
	to->wide_used += from->wide_used;
}

static TrimmedScores *
resize_scores(const TrimmedScores *scores, Size nslots, Size wide_room)
{
	TrimmedScores *result = alloc_scores(scores, wide_middle(scores), nslots, wide_room);

	copy_waiting(result, scores);
	return result;
}

static bool
read_packed(Datum score, int64 *packed)
{
	int64		value;
	int			dscale;

	return decimal_read(score, &value, &dscale) &&
		value > -PACKED_LIMIT && value < PACKED_LIMIT &&
		pack_score(value, dscale, packed);
}

/*
 * Let a score wait.  There must be room.
 */
static void
put_packed(TrimmedScores *scores, int64 packed)
{
	Assert(scores->npacked < scores->nslots);
	trimmed_scores_slots(scores)[scores->npacked++] = packed;
}

static void
put_wide(TrimmedScores *scores, Numeric score)
{
	char	   *place = trimmed_scores_wide(scores) + scores->wide_used;
	Size		size = INTALIGN(VARSIZE(score));

	Assert(scores->wide_used + size <= scores->wide_room);
	memset(place, 0, size);
	memcpy(place, score, VARSIZE(score));
	scores->wide_used += size;
	scores->nwide++;
}

/*
 * The order of scores: by value, then by decimals, as packed ones sort.
 */
static int
compare_scores(const void *a, const void *b)
{
	Numeric		x = *(const Numeric *) a;
	Numeric		y = *(const Numeric *) b;
	int			order = compare_numerics(x, y);

	CHECK_FOR_INTERRUPTS();
	return order != 0 ? order : dscale_of_numeric(x) - dscale_of_numeric(y);
}

/*
 * All waiting scores, in order, as numerics; wide ones where they lie.
 */
Numeric *
trimmed_scores_sorted(const TrimmedScores *scores, uint32 *n)
{
	const int64 *slots = trimmed_scores_slots(scores);
	char	   *wide = trimmed_scores_wide(scores);
	Numeric    *sorted = palloc_extended((scores->npacked + scores->nwide) * sizeof(Numeric),
										 MCXT_ALLOC_HUGE);

	*n = 0;
	for (uint32 i = 0; i < scores->npacked; i++)
		sorted[(*n)++] = decimal_make(packed_value(slots[i]), DECIMAL_PLACES,
									  packed_dscale(slots[i]));
	for (uint32 at = 0; at < scores->wide_used; at += INTALIGN(VARSIZE(wide + at)))
		sorted[(*n)++] = (Numeric) (wide + at);
	qsort(sorted, *n, sizeof(Numeric), compare_scores);
	return sorted;
}

/*
 * Where the middle of n scores begins and ends, if so many stay at each end.
 */
static void
find_middle(uint32 n, uint32 keep, uint32 *begin, uint32 *end)
{
	*begin = Min(n, keep);
	*end = n > 2 * keep ? n - keep : *begin;
}

static void
settle_packed(TrimmedScores *scores, uint32 keep)
{
	int64	   *slots = trimmed_scores_slots(scores);
	uint32		n = scores->npacked;
	uint32		begin,
				end;

	sort_scores(slots, n);
	find_middle(n, keep, &begin, &end);
	for (uint32 i = begin; i < end; i++)
		trimmed_scores_add_to_middle(scores, slots[i]);
	memmove(slots + begin, slots + end, (n - end) * sizeof(int64));
	scores->npacked -= end - begin;
}

/*
 * The same when some are wide, as a new state.
 */
static TrimmedScores *
settle_wide(const TrimmedScores *scores, uint32 keep)
{
	uint32		n;
	Numeric    *sorted = trimmed_scores_sorted(scores, &n);
	uint32		begin,
				end;
	int64		packed;
	Numeric		zero = decimal_make(0, 0, 0);
	Numeric		middle = add_numerics(zero, wide_middle(scores) ? wide_middle(scores) : zero);
	TrimmedScores *result;

	find_middle(n, keep, &begin, &end);
	for (uint32 i = begin; i < end; i++)
	{
		Numeric		before = middle;

		if (read_packed(NumericGetDatum(sorted[i]), &packed))
			continue;
		middle = add_numerics(before, sorted[i]);
		pfree(before);
	}
	result = alloc_scores(scores, middle, scores->nslots, scores->wide_room);
	for (uint32 i = 0; i < n; i++)
	{
		bool		is_packed = read_packed(NumericGetDatum(sorted[i]), &packed);
		bool		is_middle = i >= begin && i < end;

		if (is_packed && is_middle)
			trimmed_scores_add_to_middle(result, packed);
		else if (is_packed)
			put_packed(result, packed);
		else if (is_middle)
			result->nmiddle++;
		else
			put_wide(result, sorted[i]);
	}
	return result;
}

/*
 * Send all but so many scores at each end to the middle.  What stays is in
 * order afterwards, the wide ones apart.  Changes the state, or replaces it.
 */
TrimmedScores *
trimmed_scores_settle(TrimmedScores *scores, uint32 keep)
{
	if (scores->nwide > 0)
		scores = settle_wide(scores, keep);
	else
		settle_packed(scores, keep);
	if (keep > 0 && scores->npacked == 2 * keep)
	{
		scores->low_limit = trimmed_scores_slots(scores)[keep - 1];
		scores->high_limit = trimmed_scores_slots(scores)[keep];
	}
	return scores;
}

/*
 * Add a score.  The state is changed in place, unless it must grow.
 */
TrimmedScores *
trimmed_scores_insert(TrimmedScores *scores, Datum score)
{
	uint32		most = most_packed(scores->k);
	int64		packed;

	if (read_packed(score, &packed))
	{
		if (scores->npacked == scores->nslots)
			scores = scores->nslots < most ?
				resize_scores(scores, Min(2 * scores->nslots, most), scores->wide_room) :
				trimmed_scores_settle(scores, scores->k);
		put_packed(scores, packed);
	}
	else
	{
		Numeric		wide = DatumGetNumeric(score);
		Size		needed;

		if (scores->nwide >= most_wide(scores->k))
			scores = trimmed_scores_settle(scores, scores->k);
		needed = (Size) scores->wide_used + INTALIGN(VARSIZE(wide));
		if (needed > scores->wide_room)
			scores = resize_scores(scores, scores->nslots, 2 * needed);
		put_wide(scores, wide);
	}
	return scores;
}

/*
 * The scores of both in a new state.  They have the same k.
 */
TrimmedScores *
trimmed_scores_merge(const TrimmedScores *a, const TrimmedScores *b)
{
	Numeric		middle = wide_middle(a) ? wide_middle(a) : wide_middle(b);
	TrimmedScores *result;

	Assert(a->k == b->k);
	if (a->nmiddle > MIDDLE_LIMIT - b->nmiddle)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("too many scores in a trimmed_scores")));
	if (wide_middle(a) && wide_middle(b))
		middle = add_numerics(wide_middle(a), wide_middle(b));
	result = alloc_scores(a, middle, Max((Size) a->npacked + b->npacked, a->nslots),
						  (Size) a->wide_used + b->wide_used);
	copy_waiting(result, a);
	copy_waiting(result, b);
	result->nmiddle += b->nmiddle;
	result->middle += b->middle;
	result->middle_dscale = Max(a->middle_dscale, b->middle_dscale);
	/* k scores at or below either low limit are here, the same above */
	result->low_limit = Min(a->low_limit, b->low_limit);
	result->high_limit = Max(a->high_limit, b->high_limit);
	if (result->npacked > most_packed(result->k) || result->nwide > most_wide(result->k))
		result = trimmed_scores_settle(result, result->k);
	return result;
}

/*
 * The sum of the scores in the middle, with the digits and the display scale
 * that numeric's own sum would have.
 */
Numeric
trimmed_scores_middle(const TrimmedScores *scores)
{
	Numeric		sum = decimal_make(scores->middle, DECIMAL_PLACES, scores->middle_dscale);

	return wide_middle(scores) ? add_numerics(sum, wide_middle(scores)) : sum;
}

/*
 * The mean of the middle, or of all scores if there is none; NULL if there is
 * no score at all.  May change the state.
 */
Numeric
trimmed_scores_mean(TrimmedScores *scores)
{
	bool		has_middle = scores->nmiddle > 0 ||
		scores->npacked + scores->nwide > 2 * scores->k;

	scores = trimmed_scores_settle(scores, has_middle ? scores->k : 0);
	if (scores->nmiddle == 0)
		return NULL;
	if (wide_middle(scores) == NULL && scores->middle == (int64) scores->middle)
		return divide_fixed(scores->middle, DECIMAL_PLACES, scores->middle_dscale,
							(int128) scores->nmiddle * DECIMAL_UNIT, 0);
	return divide_numerics(trimmed_scores_middle(scores),
						   decimal_make(scores->nmiddle, 0, 0));
}

static bool
is_infinite(Numeric num, int sign)
{
	return numeric_is_inf(num) && sign_of_numeric(num) == sign;
}

/*
 * Can the sum of n scores between low and high be this?
 */
static bool
is_possible_sum(Numeric sum, int64 n, Numeric low, Numeric high)
{
	Numeric		count = decimal_make(n, 0, 0);

	/* both infinities may lie between themselves */
	if (numeric_is_nan(sum) && is_infinite(low, -1) && is_infinite(high, 1))
		return true;
	return compare_numerics(multiply_numerics(low, count), sum) <= 0 &&
		compare_numerics(sum, multiply_numerics(high, count)) <= 0;
}

/*
 * A state with nmiddle scores of this sum in the middle, and these others,
 * which must be in order.  NULL when no set of scores has that.
 */
TrimmedScores *
trimmed_scores_make(uint32 k, int64 nmiddle, Numeric sum, const Numeric *others, uint32 nothers)
{
	TrimmedScores *result;

	if (k > TRIMMED_SCORES_MAX_K || nmiddle < 0 || nmiddle > MIDDLE_LIMIT || nothers > 2 * k)
		return NULL;
	for (uint32 i = 1; i < nothers; i++)
	{
		if (compare_scores(&others[i - 1], &others[i]) > 0)
			return NULL;
	}
	if (nmiddle == 0 ? sign_of_numeric(sum) != 0 || dscale_of_numeric(sum) != 0 : nothers != 2 * k)
		return NULL;
	if (nmiddle > 0 && k > 0 && !is_possible_sum(sum, nmiddle, others[k - 1], others[k]))
		return NULL;

	result = trimmed_scores_create(k);
	if (nmiddle > 0)
		result = alloc_scores(result, sum, result->nslots, 0);
	result->nmiddle = nmiddle;
	for (uint32 i = 0; i < nothers; i++)
		result = trimmed_scores_insert(result, NumericGetDatum(others[i]));
	return trimmed_scores_settle(result, k);
}
