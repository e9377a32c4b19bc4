/*
 * score_group.c
 *	  The scores of a group: growing, sorting and merging them, and their
 *	  binary form.
 */
#include "score_group.h"

#include "grade.h"
#include "libpq/pqformat.h"
#include "sort_scores.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "wire.h"

#define SCORE_GROUP_VERSION		1

/* slots of a new group, and from where on it is worth looking for equals */
#define FIRST_SLOTS				16
#define SORTING_SLOTS			1024

PG_FUNCTION_INFO_V1(score_group_in);
PG_FUNCTION_INFO_V1(score_group_out);
PG_FUNCTION_INFO_V1(score_group_recv);
PG_FUNCTION_INFO_V1(score_group_send);

/*
 * An empty group with room for so many slots and wide bytes.  The room is
 * cleared: a group can be stored, and what the server had in its memory
 * before must not go with it.
 */
static ScoreGroup *
alloc_group(uint32 scale_size, uint32 quota_size, Size nslots, Size wide_room)
{
	Size		size = offsetof(ScoreGroup, data) + MAXALIGN(scale_size) +
		MAXALIGN(quota_size) + nslots * sizeof(int64) + wide_room;
	ScoreGroup *group;

	if (!AllocSizeIsValid(size))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many different scores in one group")));
	group = palloc0(size);
	SET_VARSIZE(group, size);
	group->version = SCORE_GROUP_VERSION;
	group->scale_size = scale_size;
	group->quota_size = quota_size;
	group->nslots = nslots;
	group->wide_room = wide_room;
	return group;
}

/*
 * An empty group.  Without a scale and a quota it is the group that has
 * none, and its forced scale is null.
 */
ScoreGroup *
score_group_create(const GradeScale *scale, const Quota *quota)
{
	ScoreGroup *group;

	if (scale == NULL || quota == NULL)
		return alloc_group(0, 0, 0, 0);
	group = alloc_group(VARSIZE(scale), VARSIZE(quota), FIRST_SLOTS, 0);
	group->has_rules = 1;
	memcpy(group->data, scale, VARSIZE(scale));
	memcpy((char *) group->data + MAXALIGN(VARSIZE(scale)), quota, VARSIZE(quota));
	return group;
}

/*
 * Are these the scale and quota (or the lack of them) that the group has?
 */
bool
score_group_has_rules(const ScoreGroup *group, const GradeScale *scale, const Quota *quota)
{
	if (scale == NULL || quota == NULL)
		return !group->has_rules;
	return group->has_rules &&
		group->scale_size == VARSIZE(scale) &&
		group->quota_size == VARSIZE(quota) &&
		memcmp(score_group_scale(group), scale, VARSIZE(scale)) == 0 &&
		memcmp(score_group_quota(group), quota, VARSIZE(quota)) == 0;
}

/*
 * A copy with other room; what is in use must fit.
 */
static ScoreGroup *
resize_group(const ScoreGroup *group, Size nslots, Size wide_room)
{
	ScoreGroup *result = alloc_group(group->scale_size, group->quota_size, nslots, wide_room);
	uint32		used = 2 * group->npairs + group->nsingles;

	Assert(used <= nslots && group->wide_used <= wide_room);
	result->has_rules = group->has_rules;
	result->npairs = group->npairs;
	result->nsingles = group->nsingles;
	result->wide_used = group->wide_used;
	memcpy(result->data, group->data, (char *) score_group_slots(group) - (char *) group->data);
	memcpy(score_group_slots(result), score_group_slots(group), used * sizeof(int64));
	memcpy(score_group_wide(result), score_group_wide(group), group->wide_used);
	return result;
}

/*
 * Put sorted single scores and sorted pairs together.  Returns the number of
 * pairs made; the result has room for the sum of both.
 */
static uint32
merge_scores(const ScoreHeads *pairs, uint32 npairs,
			 const int64 *singles, uint32 nsingles, ScoreHeads *result)
{
	uint32		i = 0;
	uint32		j = 0;
	uint32		n = 0;

	while (i < npairs || j < nsingles)
	{
		ScoreHeads	next;

		if (j == nsingles || (i < npairs && pairs[i].score <= singles[j]))
			next = pairs[i++];
		else
			next = (ScoreHeads) {singles[j++], 1};
		if (n > 0 && result[n - 1].score == next.score)
			result[n - 1].heads += next.heads;
		else
			result[n++] = next;
	}
	return n;
}

/*
 * All fixed-point scores of a group as pairs in rising order, palloc'd.  The
 * group stays as it is.
 */
ScoreHeads *
score_group_pairs(const ScoreGroup *group, uint32 *npairs)
{
	const int64 *slots = score_group_slots(group);
	int64	   *singles = palloc_extended(group->nsingles * sizeof(int64), MCXT_ALLOC_HUGE);
	ScoreHeads *pairs = palloc_extended((group->npairs + group->nsingles) * sizeof(ScoreHeads),
										MCXT_ALLOC_HUGE);

	memcpy(singles, slots + 2 * group->npairs, group->nsingles * sizeof(int64));
	sort_scores(singles, group->nsingles);
	*npairs = merge_scores((const ScoreHeads *) slots, group->npairs,
						   singles, group->nsingles, pairs);
	pfree(singles);
	return pairs;
}

/*
 * Make room for more scores: by room alone while the group is small, then by
 * counting equal scores together, so that at least a third of the slots is
 * free again.
 */
static ScoreGroup *
make_room(ScoreGroup *group)
{
	ScoreHeads *pairs;
	uint32		npairs;

	if (group->nslots < SORTING_SLOTS)
		return resize_group(group, group->nslots * 4, group->wide_room);

	pairs = score_group_pairs(group, &npairs);
	group->npairs = group->nsingles = 0;
	if (3 * (Size) npairs > group->nslots)
		group = resize_group(group, 4 * (Size) npairs, group->wide_room);
	memcpy(score_group_slots(group), pairs, npairs * sizeof(ScoreHeads));
	group->npairs = npairs;
	pfree(pairs);
	return group;
}

/*
 * Add a score that is not fixed-point.
 */
static ScoreGroup *
add_wide(ScoreGroup *group, Numeric score)
{
	Size		size = INTALIGN(VARSIZE(score));

	check_score(score);
	if (group->wide_used + size > group->wide_room)
		group = resize_group(group, group->nslots, 2 * (group->wide_used + size));
	memset(score_group_wide(group) + group->wide_used, 0, size);
	memcpy(score_group_wide(group) + group->wide_used, score, VARSIZE(score));
	group->wide_used += size;
	return group;
}

/*
 * Add a score that score_group_add() found no quick way for.
 */
ScoreGroup *
score_group_add_slow(ScoreGroup *group, Datum score)
{
	int64		value;
	int			dscale;

	if (!decimal_read(score, &value, &dscale))
		return add_wide(group, DatumGetNumeric(score));
	if (2 * group->npairs + group->nsingles == group->nslots)
		group = make_room(group);
	score_group_slots(group)[2 * group->npairs + group->nsingles++] = value;
	return group;
}

/*
 * Both groups' scores in a new group.  They have the same rules.
 */
ScoreGroup *
score_group_merge(const ScoreGroup *a, const ScoreGroup *b)
{
	uint32		na,
				nb;
	ScoreHeads *pairs_a = score_group_pairs(a, &na);
	ScoreHeads *pairs_b = score_group_pairs(b, &nb);
	Size		nslots = Max(4 * ((Size) na + nb), FIRST_SLOTS);
	ScoreGroup *result = alloc_group(a->scale_size, a->quota_size,
									 a->has_rules ? nslots : 0,
									 (Size) a->wide_used + b->wide_used);
	ScoreHeads *pairs = (ScoreHeads *) score_group_slots(result);
	uint32		n = 0;

	result->has_rules = a->has_rules;
	memcpy(result->data, a->data, (char *) score_group_slots(a) - (char *) a->data);
	for (uint32 i = 0, j = 0; i < na || j < nb;)
	{
		if (j == nb || (i < na && pairs_a[i].score < pairs_b[j].score))
			pairs[n++] = pairs_a[i++];
		else if (i == na || pairs_b[j].score < pairs_a[i].score)
			pairs[n++] = pairs_b[j++];
		else
		{
			pairs[n] = pairs_a[i++];
			pairs[n++].heads += pairs_b[j++].heads;
		}
	}
	result->npairs = n;
	memcpy(score_group_wide(result), score_group_wide(a), a->wide_used);
	memcpy(score_group_wide(result) + a->wide_used, score_group_wide(b), b->wide_used);
	result->wide_used = a->wide_used + b->wide_used;
	return result;
}

/*
 * Binary: version, whether there are rules, and then scale, quota, number of
 * pairs, pairs, number of wide scores, wide scores.
 */
static void
group_write(const ScoreGroup *group, StringInfo out)
{
	uint32		npairs;
	ScoreHeads *pairs;
	const char *wide = score_group_wide(group);
	uint32		nwide = 0;

	pq_sendbyte(out, SCORE_GROUP_VERSION);
	pq_sendbyte(out, group->has_rules);
	if (!group->has_rules)
		return;

	grade_scale_write(score_group_scale(group), out);
	quota_write(score_group_quota(group), out);
	pairs = score_group_pairs(group, &npairs);
	pq_sendint32(out, npairs);
	for (uint32 i = 0; i < npairs; i++)
	{
		pq_sendint64(out, pairs[i].score);
		pq_sendint64(out, pairs[i].heads);
	}
	for (uint32 at = 0; at < group->wide_used; at += INTALIGN(VARSIZE(wide + at)))
		nwide++;
	pq_sendint32(out, nwide);
	for (uint32 at = 0; at < group->wide_used; at += INTALIGN(VARSIZE(wide + at)))
		wire_write_numeric((Numeric) (wide + at), out);
}

/*
 * Read the binary form, trusting nothing in it.
 */
static ScoreGroup *
group_read(StringInfo in)
{
	ScoreGroup *group;
	GradeScale *scale;
	Quota	   *quota;
	uint32		npairs;
	uint32		nwide;
	ScoreHeads *pairs;

	wire_check_field("score_group", "version", pq_getmsgbyte(in),
					 SCORE_GROUP_VERSION, SCORE_GROUP_VERSION);
	if (wire_check_field("score_group", "rules mark", pq_getmsgbyte(in), 0, 1) == 0)
		return score_group_create(NULL, NULL);

	scale = grade_scale_read(in);
	quota = quota_read(in);
	npairs = wire_check_field("score_group", "number of scores", pq_getmsgint(in, 4),
							  0, (in->len - in->cursor) / sizeof(ScoreHeads));
	group = resize_group(score_group_create(scale, quota),
						 Max(4 * (Size) npairs, FIRST_SLOTS), 0);
	pairs = (ScoreHeads *) score_group_slots(group);
	for (uint32 i = 0; i < npairs; i++)
	{
		pairs[i].score = wire_check_field("score_group", "score", pq_getmsgint64(in),
										  i > 0 ? pairs[i - 1].score + 1 : 1 - DECIMAL_LIMIT,
										  DECIMAL_LIMIT - 1);
		pairs[i].heads = wire_check_field("score_group", "number of heads", pq_getmsgint64(in),
										  1, PG_INT32_MAX);
	}
	group->npairs = npairs;

	nwide = wire_check_field("score_group", "number of long scores", pq_getmsgint(in, 4),
							 0, in->len - in->cursor);
	for (uint32 i = 0; i < nwide; i++)
	{
		Numeric		score = wire_read_numeric(in);
		int64		value;
		int			dscale;

		if (decimal_read(NumericGetDatum(score), &value, &dscale))
			wire_check_field("score_group", "long score", value, 1, 0);
		group = add_wide(group, score);
	}
	return group;
}

Datum
score_group_send(PG_FUNCTION_ARGS)
{
	StringInfoData out;

	pq_begintypsend(&out);
	group_write(DatumGetScoreGroup(PG_GETARG_DATUM(0)), &out);
	PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}

Datum
score_group_recv(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(group_read((StringInfo) PG_GETARG_POINTER(0)));
}

/*
 * Text: the binary form as bytea prints it.  Made for shipping, not reading.
 */
Datum
score_group_out(PG_FUNCTION_ARGS)
{
	Datum		sent = DirectFunctionCall1(score_group_send, PG_GETARG_DATUM(0));

	return DirectFunctionCall1(byteaout, sent);
}

Datum
score_group_in(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = DatumGetByteaPP(DirectFunctionCall1(byteain, PG_GETARG_DATUM(0)));
	StringInfoData in;
	ScoreGroup *group;

	initStringInfo(&in);
	appendBinaryStringInfo(&in, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
	group = group_read(&in);
	if (in.cursor != in.len)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("score_group value is followed by other bytes")));
	PG_RETURN_POINTER(group);
}
