/*
 * grade_scale.h
 *	  A scale of grades: bands of scores, from best to worst.
 *
 * A stored scale is parsed already.  What a call needs first, the least
 * score of each band in fixed point, lies in one array at the front; labels,
 * exact bounds and coefficients follow as ordinary varlenas and are handed
 * out in place.  Two scales are equal when their bytes are: bounds are kept
 * without trailing zeros and padding is zero.
 */
#ifndef APPRAISAL_GRADE_SCALE_H
#define APPRAISAL_GRADE_SCALE_H

#include "decimal.h"
#include "scanner.h"

#define GRADE_SCALE_MAX_BANDS	1000

typedef enum BoundKind
{
	BOUND_NONE,					/* takes all that is left: last band only */
	BOUND_AT_LEAST,				/* >= */
	BOUND_ABOVE					/* > */
} BoundKind;

/* one band as parsed, received or computed */
typedef struct BandSpec
{
	Label		label;
	BoundKind	kind;
	Numeric		bound;			/* NULL for BOUND_NONE */
	Numeric		coefficient;	/* NULL if none */
} BandSpec;

/* one band as stored; offsets count from the start of the scale */
typedef struct Band
{
	int64		least;			/* least fixed-point score of the band */
	uint32		kind;			/* a BoundKind */
	uint32		label;			/* a text */
	uint32		bound;			/* a Numeric, or 0 */
	uint32		coefficient;	/* a Numeric, or 0 */
} Band;

typedef struct GradeScale
{
	int32		vl_len_;		/* varlena header (do not touch directly!) */
	uint16		version;
	uint16		nbands;
	uint64		labels_hash;	/* tells scales with other labels apart */
	Band		bands[FLEXIBLE_ARRAY_MEMBER];
} GradeScale;

#define DatumGetGradeScale(d)		((GradeScale *) PG_DETOAST_DATUM(d))
#define PG_GETARG_GRADE_SCALE(n)	DatumGetGradeScale(PG_GETARG_DATUM(n))

extern GradeScale *grade_scale_make(const BandSpec *bands, int nbands, Node *escontext);
extern void grade_scale_write(const GradeScale *scale, StringInfo out);
extern GradeScale *grade_scale_read(StringInfo in);

static inline text *
band_label_text(const GradeScale *scale, int i)
{
	return (text *) ((char *) scale + scale->bands[i].label);
}

static inline Label
band_label(const GradeScale *scale, int i)
{
	text	   *label = band_label_text(scale, i);
	Label		result = {VARDATA_ANY(label), (int) VARSIZE_ANY_EXHDR(label)};

	return result;
}

static inline Numeric
band_bound(const GradeScale *scale, int i)
{
	uint32		offset = scale->bands[i].bound;

	return offset == 0 ? NULL : (Numeric) ((char *) scale + offset);
}

static inline Numeric
band_coefficient(const GradeScale *scale, int i)
{
	uint32		offset = scale->bands[i].coefficient;

	return offset == 0 ? NULL : (Numeric) ((char *) scale + offset);
}

#endif							/* APPRAISAL_GRADE_SCALE_H */
