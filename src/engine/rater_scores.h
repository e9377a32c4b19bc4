/*
 * rater_scores.h
 *	  The scores of one person by the source that they came from: for each
 *	  source how many, their exact sum, and the source's weight.
 *
 * One flat value without pointers: a header, sources in the order of the
 * bytes of their names, and behind them a tail with the names and with those
 * numbers that have no fixed-point view.  There is room for more of both, so
 * that nearly every row changes the value in place.
 */
#ifndef APPRAISAL_RATER_SCORES_H
#define APPRAISAL_RATER_SCORES_H

#include "decimal.h"
#include "port/pg_bswap.h"
#include "scanner.h"

/* a source is a kind of rater; nobody weighs so many */
#define RATER_SCORES_MAX_SOURCES	1000

/* so few sources are looked through, more are searched */
#define RATER_SCORES_FEW			8

/* leading bytes of a name that its key holds */
#define SOURCE_KEY_BYTES			8

/* stands for a weight that is in the tail */
#define WIDE_WEIGHT					(-1)

/* one source as stored; offsets count from the start of the value */
typedef struct RaterSource
{
	uint64		key;			/* the start of the name: see source_key() */
	int128		sum;			/* of fixed-point scores, at DECIMAL_PLACES */
	int64		n;				/* scores of any kind */
	int64		weight;			/* at DECIMAL_PLACES, or WIDE_WEIGHT */
	uint32		name;
	uint32		name_len;
	uint32		wide_sum;		/* a Numeric, or 0 */
	uint32		wide_weight;	/* a Numeric, or 0 */
	uint16		sum_dscale;		/* largest of the fixed-point scores */
	uint16		weight_dscale;	/* largest, as in every row it is the same */
	uint32		unused;
} RaterSource;

typedef struct RaterScores
{
	int32		vl_len_;		/* varlena header (do not touch directly!) */
	uint16		version;
	uint16		nsources;
	uint16		room;			/* allotted sources */
	uint16		last;			/* where the last row was found */
	uint32		end;			/* of the part of the tail that is in use */
	RaterSource sources[FLEXIBLE_ARRAY_MEMBER];
} RaterScores;

#define DatumGetRaterScores(d)		((RaterScores *) PG_DETOAST_DATUM(d))

/* what a row or another value adds to a source, or all that is known of it */
typedef struct SourceSums
{
	Label		name;
	int64		n;
	int128		sum;
	int			sum_dscale;
	Numeric		wide_sum;		/* beside the sum, or NULL */
	int64		weight;			/* or WIDE_WEIGHT */
	int			weight_dscale;
	Numeric		wide_weight;	/* NULL if the weight is fixed-point */
} SourceSums;

extern void set_source_score(SourceSums *sums, Datum score);
extern void set_source_weight(SourceSums *sums, Datum weight);
extern RaterScores *rater_scores_absorb(RaterScores *scores, const SourceSums *sums);
extern void rater_scores_get(const RaterScores *scores, int i, SourceSums *sums);
extern Numeric rater_scores_mean(const RaterScores *scores);
extern Numeric source_sum(const SourceSums *sums);
extern Numeric source_weight(const SourceSums *sums);
extern RaterSource *search_source(RaterScores *scores, uint64 key, Label name);

/*
 * The first bytes of a name as a number that sorts as they do.
 */
static inline uint64
source_key(Label name)
{
	uint64		key = 0;

	memcpy(&key, name.data, Min(name.len, SOURCE_KEY_BYTES));
	return pg_ntoh64(key);
}

static inline bool
is_source(const RaterScores *scores, const RaterSource *source, uint64 key, Label name)
{
	return source->key == key && source->name_len == name.len &&
		(name.len <= SOURCE_KEY_BYTES ||
		 memcmp((const char *) scores + source->name + SOURCE_KEY_BYTES,
				name.data + SOURCE_KEY_BYTES, name.len - SOURCE_KEY_BYTES) == 0);
}

/*
 * The source of that name, or NULL.
 */
static inline RaterSource *
find_source(RaterScores *scores, Label name)
{
	uint64		key = source_key(name);

	/* rows of one source often follow each other */
	if (is_source(scores, &scores->sources[scores->last], key, name))
		return &scores->sources[scores->last];
	if (scores->nsources > RATER_SCORES_FEW)
		return search_source(scores, key, name);
	for (int i = 0; i < scores->nsources; i++)
	{
		if (is_source(scores, &scores->sources[i], key, name))
		{
			scores->last = i;
			return &scores->sources[i];
		}
	}
	return NULL;
}

#endif							/* APPRAISAL_RATER_SCORES_H */
