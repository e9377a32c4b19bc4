/*
 * score_group.h
 *	  The state of forced_scale: the scores of a group, how many people have
 *	  each, and the scale and quota that are to be forced upon them.
 *
 * One flat value without pointers.  Fixed-point scores live in an array of
 * int64 slots: first pairs of (score, heads) in rising order of score, then
 * single scores in the order of their arrival.  When the slots are used up,
 * singles are sorted into the pairs, so memory grows with the number of
 * distinct scores.  Scores that are not fixed-point follow as numerics.
 */
#ifndef APPRAISAL_SCORE_GROUP_H
#define APPRAISAL_SCORE_GROUP_H

#include "grade_scale.h"
#include "quota.h"

typedef struct ScoreGroup
{
	int32		vl_len_;		/* varlena header (do not touch directly!) */
	uint16		version;
	uint16		has_rules;		/* 0: scale or quota is null, all else empty */
	uint32		scale_size;
	uint32		quota_size;
	uint32		nslots;			/* allotted slots */
	uint32		npairs;
	uint32		nsingles;
	uint32		wide_room;		/* allotted bytes for wide scores */
	uint32		wide_used;
	uint32		unused;
	int64		data[FLEXIBLE_ARRAY_MEMBER];	/* scale, quota, slots, wide */
} ScoreGroup;

typedef struct ScoreHeads
{
	int64		score;
	int64		heads;
} ScoreHeads;

#define DatumGetScoreGroup(d)		((ScoreGroup *) PG_DETOAST_DATUM(d))

extern ScoreGroup *score_group_create(const GradeScale *scale, const Quota *quota);
extern bool score_group_has_rules(const ScoreGroup *group, const GradeScale *scale,
								  const Quota *quota);
extern ScoreGroup *score_group_add_slow(ScoreGroup *group, Datum score);
extern ScoreGroup *score_group_merge(const ScoreGroup *a, const ScoreGroup *b);
extern ScoreHeads *score_group_pairs(const ScoreGroup *group, uint32 *npairs);

static inline const GradeScale *
score_group_scale(const ScoreGroup *group)
{
	return (const GradeScale *) group->data;
}

static inline const Quota *
score_group_quota(const ScoreGroup *group)
{
	return (const Quota *) ((const char *) group->data + MAXALIGN(group->scale_size));
}

static inline int64 *
score_group_slots(const ScoreGroup *group)
{
	return (int64 *) ((char *) group->data +
					  MAXALIGN(group->scale_size) + MAXALIGN(group->quota_size));
}

static inline char *
score_group_wide(const ScoreGroup *group)
{
	return (char *) (score_group_slots(group) + group->nslots);
}

/*
 * Add a score; the group is changed in place, unless it must grow.
 */
static inline ScoreGroup *
score_group_add(ScoreGroup *group, Datum score)
{
	int64		value;
	int			dscale;
	uint32		used = 2 * group->npairs + group->nsingles;

	if (unlikely(used == group->nslots || !decimal_read_quick(score, &value, &dscale)))
		return score_group_add_slow(group, score);
	score_group_slots(group)[used] = value;
	group->nsingles++;
	return group;
}

#endif							/* APPRAISAL_SCORE_GROUP_H */
