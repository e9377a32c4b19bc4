/*
 * trimmed_scores.h
 *	  The state of trimmed_score: the scores of a group that may yet be
 *	  trimmed, and the exact sum of those that never will be.
 *
 * A score that has k scores at or below it and k at or above it is in the
 * middle for good, whatever else is added: it is summed and forgotten.  The
 * others wait in the order of their arrival until there are so many that
 * sorting them is worth it; then the k lowest and the k highest stay.  So a
 * state takes O(k) memory and O(log k) time a score, mostly much less.
 *
 * Scores are ordered by value, and equal ones by their decimals, so that the
 * result does not depend on the order of the input, not even in its scale.
 *
 * One flat value without pointers.  Most scores wait packed into an int64,
 * which sorts as they do; the rest (long numbers, NaN, infinities) follow as
 * numerics.  What every score looks at comes first, in one cache line.
 */
#ifndef APPRAISAL_TRIMMED_SCORES_H
#define APPRAISAL_TRIMMED_SCORES_H

#include "decimal.h"

#define TRIMMED_SCORES_VERSION	1
#define TRIMMED_SCORES_MAX_K	1000000

typedef struct TrimmedScores
{
	int32		vl_len_;		/* varlena header (do not touch directly!) */
	uint16		version;
	uint16		middle_dscale;	/* of the packed scores in the middle */
	uint32		k;
	uint32		npacked;
	uint32		nslots;			/* allotted slots, one a packed score */
	uint32		middle_size;	/* bytes of the numeric in data, or 0 */
	int64		low_limit;		/* a packed score from low to high limit ... */
	int64		high_limit;		/* ... is in the middle, too */
	uint32		nwide;
	uint32		wide_room;		/* allotted bytes for wide scores */
	uint32		wide_used;
	uint32		unused;
	int64		nmiddle;		/* scores in the middle for good */
	int128		middle;			/* sum of its packed scores, at DECIMAL_PLACES */
	int64		data[FLEXIBLE_ARRAY_MEMBER];	/* sum of its wide scores,
												 * slots, wide scores */
} TrimmedScores;

#define DatumGetTrimmedScores(d)	((TrimmedScores *) PG_DETOAST_DATUM(d))

extern TrimmedScores *trimmed_scores_create(uint32 k);
extern TrimmedScores *trimmed_scores_insert(TrimmedScores *scores, Datum score);
extern TrimmedScores *trimmed_scores_merge(const TrimmedScores *a, const TrimmedScores *b);
extern TrimmedScores *trimmed_scores_settle(TrimmedScores *scores, uint32 keep);
extern Numeric trimmed_scores_mean(TrimmedScores *scores);

/* a state by its parts, for its text and binary forms */
extern TrimmedScores *trimmed_scores_make(uint32 k, int64 nmiddle, Numeric middle,
										  const Numeric *others, uint32 nothers);
extern Numeric trimmed_scores_middle(const TrimmedScores *scores);
extern Numeric *trimmed_scores_sorted(const TrimmedScores *scores, uint32 *n);

/* a packed score: its fixed-point value and, in the low bits, its decimals */
#define PACKED_DSCALE_BITS	4
#define PACKED_DSCALE_MASK	((1 << PACKED_DSCALE_BITS) - 1)
#define PACKED_LIMIT		(INT64CONST(1) << (63 - PACKED_DSCALE_BITS))

static inline int64
packed_value(int64 packed)
{
	return packed >> PACKED_DSCALE_BITS;
}

static inline int
packed_dscale(int64 packed)
{
	return (int) (packed & PACKED_DSCALE_MASK);
}

static inline bool
pack_score(int64 value, int dscale, int64 *packed)
{
	*packed = value * (1 << PACKED_DSCALE_BITS) + dscale;
	return dscale <= PACKED_DSCALE_MASK;
}

static inline int64 *
trimmed_scores_slots(const TrimmedScores *scores)
{
	return (int64 *) ((char *) scores->data + MAXALIGN(scores->middle_size));
}

static inline char *
trimmed_scores_wide(const TrimmedScores *scores)
{
	return (char *) (trimmed_scores_slots(scores) + scores->nslots);
}

static inline void
trimmed_scores_add_to_middle(TrimmedScores *scores, int64 packed)
{
	scores->nmiddle++;
	scores->middle += packed_value(packed);
	if (packed_dscale(packed) > scores->middle_dscale)
		scores->middle_dscale = packed_dscale(packed);
}

/*
 * Add a score in place.  False means no more than "ask
 * trimmed_scores_insert()".
 */
static inline bool
trimmed_scores_insert_quick(TrimmedScores *scores, Datum score)
{
	int64		value;
	int			dscale;
	int64		packed;

	/* what can be read quickly is far below PACKED_LIMIT */
	if (unlikely(!decimal_read_quick(score, &value, &dscale) ||
				 !pack_score(value, dscale, &packed)))
		return false;
	if (packed >= scores->low_limit && packed <= scores->high_limit)
		trimmed_scores_add_to_middle(scores, packed);
	else if (likely(scores->npacked < scores->nslots))
		trimmed_scores_slots(scores)[scores->npacked++] = packed;
	else
		return false;
	return true;
}

#endif							/* APPRAISAL_TRIMMED_SCORES_H */
