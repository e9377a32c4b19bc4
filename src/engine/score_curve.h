/*
 * score_curve.h
 *	  A scoring curve: from a measurement to points, by steps or along lines.
 *
 * A stored curve is parsed already.  Its knots lie at the front in fixed
 * point, as far as all of them have that form; the exact numbers follow as
 * ordinary numerics and are handed out in place.
 */
#ifndef APPRAISAL_SCORE_CURVE_H
#define APPRAISAL_SCORE_CURVE_H

#include "decimal.h"

#define SCORE_CURVE_MAX_KNOTS	1000

typedef enum CurveKind
{
	CURVE_LINEAR,
	CURVE_STEP
} CurveKind;

/* one knot as parsed or received */
typedef struct KnotSpec
{
	Numeric		x;
	Numeric		y;
} KnotSpec;

/* one knot as stored; offsets count from the start of the curve */
typedef struct Knot
{
	int64		least;			/* least fixed-point measurement at or above x */
	int64		fixed_x;		/* both in fixed point, if is_fixed */
	int64		fixed_y;
	uint32		x;				/* a Numeric */
	uint32		y;				/* a Numeric */
} Knot;

typedef struct ScoreCurve
{
	int32		vl_len_;		/* varlena header (do not touch directly!) */
	uint8		version;
	uint8		kind;			/* a CurveKind */
	uint16		nknots;
	uint64		is_fixed;		/* 0 or 1; a word, to keep the knots aligned */
	Knot		knots[FLEXIBLE_ARRAY_MEMBER];
} ScoreCurve;

#define DatumGetScoreCurve(d)		((ScoreCurve *) PG_DETOAST_DATUM(d))
#define PG_GETARG_SCORE_CURVE(n)	DatumGetScoreCurve(PG_GETARG_DATUM(n))

static inline Numeric
knot_x(const ScoreCurve *curve, int i)
{
	return (Numeric) ((char *) curve + curve->knots[i].x);
}

static inline Numeric
knot_y(const ScoreCurve *curve, int i)
{
	return (Numeric) ((char *) curve + curve->knots[i].y);
}

#endif							/* APPRAISAL_SCORE_CURVE_H */
