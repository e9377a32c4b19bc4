/*
 * score_curve.c
 *	  The type score_curve: text and binary forms, and what is checked of a
 *	  curve whichever way it comes in.
 *
 * All ways in end in score_curve_make().
 */
#include "score_curve.h"

#include "libpq/pqformat.h"
#include "scanner.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "wire.h"

#define SCORE_CURVE_VERSION		1

PG_FUNCTION_INFO_V1(score_curve_in);
PG_FUNCTION_INFO_V1(score_curve_out);
PG_FUNCTION_INFO_V1(score_curve_recv);
PG_FUNCTION_INFO_V1(score_curve_send);

static const char *const kind_names[] = {"linear", "step"};

static int
compare_x(const KnotSpec *a, const KnotSpec *b)
{
	return compare_numerics(a->x, b->x);
}

/*
 * Measurements rise from knot to knot; two knots of a linear curve may stand
 * at one measurement, as a jump.
 */
static bool
check_knot(CurveKind kind, const KnotSpec *knots, int i, Node *escontext)
{
	int			cmp = i == 0 ? -1 : compare_x(&knots[i - 1], &knots[i]);

	if (!is_finite_numeric(knots[i].x) || !is_finite_numeric(knots[i].y))
		ereturn(escontext, false,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("knot %d of a score curve must have finite numbers", i + 1)));
	if (cmp > 0)
		ereturn(escontext, false,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("knot %d of a score curve lies before the knot in front of it", i + 1),
				 errhint("List the knots by rising measurement; their points may fall.")));
	if (cmp == 0 && kind == CURVE_STEP)
		ereturn(escontext, false,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("knots %d and %d of a step curve are at the same measurement", i, i + 1)));
	if (cmp == 0 && i > 1 && compare_x(&knots[i - 2], &knots[i]) == 0)
		ereturn(escontext, false,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("knots %d to %d of a score curve are at the same measurement", i - 1, i + 1),
				 errhint("A jump takes two knots: the points before it and those from there on.")));
	return true;
}

static bool
check_knot_count(int nknots, Node *escontext)
{
	if (nknots > SCORE_CURVE_MAX_KNOTS)
		ereturn(escontext, false,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("score curve has more than %d knots", SCORE_CURVE_MAX_KNOTS)));
	return true;
}

static uint32
store_number(ScoreCurve *curve, uint32 *end, Numeric num)
{
	uint32		offset = *end;

	memcpy((char *) curve + offset, num, VARSIZE(num));
	*end = offset + INTALIGN(VARSIZE(num));
	return offset;
}

/*
 * Make a stored curve of knots, or report what is wrong with them; NULL
 * after a soft error.
 */
static ScoreCurve *
score_curve_make(CurveKind kind, KnotSpec *knots, int nknots, Node *escontext)
{
	Size		size = offsetof(ScoreCurve, knots) + nknots * sizeof(Knot);
	uint32		end = (uint32) size;
	ScoreCurve *curve;

	if (!check_knot_count(nknots, escontext))
		return NULL;
	for (int i = 0; i < nknots; i++)
	{
		if (!check_knot(kind, knots, i, escontext))
			return NULL;
		knots[i].x = trim_numeric(knots[i].x);
		knots[i].y = trim_numeric(knots[i].y);
		size += INTALIGN(VARSIZE(knots[i].x)) + INTALIGN(VARSIZE(knots[i].y));
	}

	curve = palloc0(size);
	SET_VARSIZE(curve, size);
	curve->version = SCORE_CURVE_VERSION;
	curve->kind = kind;
	curve->nknots = nknots;
	curve->is_fixed = 1;
	for (int i = 0; i < nknots; i++)
	{
		Knot	   *knot = &curve->knots[i];
		int			dscale;

		knot->least = decimal_ceiling(knots[i].x, false);
		if (!decimal_read(NumericGetDatum(knots[i].x), &knot->fixed_x, &dscale) ||
			!decimal_read(NumericGetDatum(knots[i].y), &knot->fixed_y, &dscale))
		{
			curve->is_fixed = 0;
			knot->fixed_x = knot->fixed_y = 0;
		}
		knot->x = store_number(curve, &end, knots[i].x);
		knot->y = store_number(curve, &end, knots[i].y);
	}
	Assert(end == size);
	return curve;
}

/*
 * One knot: ( x , y )
 */
static bool
scan_knot(Scanner *scanner, KnotSpec *knot)
{
	static const char *const symbols[] = {"(", ",", ")"};
	Numeric    *numbers[] = {&knot->x, &knot->y};

	for (int i = 0; i < 3; i++)
	{
		if (!scan_symbol(scanner, symbols[i]))
		{
			scan_failed(scanner, psprintf("\"%s\"", symbols[i]));
			return false;
		}
		if (i < 2 && !scan_number(scanner, numbers[i]))
			return false;
	}
	return true;
}

static bool
scan_kind(Scanner *scanner, CurveKind *kind)
{
	for (int i = 0; i < (int) lengthof(kind_names); i++)
	{
		if (scan_word(scanner, kind_names[i]))
		{
			*kind = (CurveKind) i;
			return true;
		}
	}
	scan_failed(scanner, "\"linear\" or \"step\"");
	return false;
}

/*
 * score_curve_in(cstring) -> score_curve
 */
Datum
score_curve_in(PG_FUNCTION_ARGS)
{
	char	   *input = PG_GETARG_CSTRING(0);
	Scanner		scanner = {
		.start = input, .next = input, .type_name = "score_curve",
		.item_name = "knot", .item = 1, .escontext = SOFT_ERROR_CONTEXT(fcinfo)
	};
	CurveKind	kind;
	int			capacity = 8;
	KnotSpec   *knots = palloc(capacity * sizeof(KnotSpec));
	int			nknots = 0;
	ScoreCurve *curve;

	if (!scan_kind(&scanner, &kind))
		PG_RETURN_NULL();
	do
	{
		if (nknots == capacity)
		{
			capacity *= 2;
			knots = repalloc(knots, capacity * sizeof(KnotSpec));
		}
		scanner.item = nknots + 1;
		if (!check_knot_count(nknots + 1, scanner.escontext) ||
			!scan_knot(&scanner, &knots[nknots]))
			PG_RETURN_NULL();
		nknots++;
	} while (scan_symbol(&scanner, ","));

	if (!scan_end(&scanner))
	{
		scan_failed(&scanner, "\",\" or the end");
		PG_RETURN_NULL();
	}
	curve = score_curve_make(kind, knots, nknots, scanner.escontext);
	if (curve == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(curve);
}

/*
 * score_curve_out(score_curve) -> cstring
 */
Datum
score_curve_out(PG_FUNCTION_ARGS)
{
	ScoreCurve *curve = PG_GETARG_SCORE_CURVE(0);
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfo(&out, "%s ", kind_names[curve->kind]);
	for (int i = 0; i < curve->nknots; i++)
		appendStringInfo(&out, "%s(%s, %s)", i > 0 ? ", " : "",
						 numeric_text(knot_x(curve, i)), numeric_text(knot_y(curve, i)));
	PG_RETURN_CSTRING(out.data);
}

/*
 * Binary: version, kind, number of knots, then x and y of each.
 */
Datum
score_curve_send(PG_FUNCTION_ARGS)
{
	ScoreCurve *curve = PG_GETARG_SCORE_CURVE(0);
	StringInfoData out;

	pq_begintypsend(&out);
	pq_sendbyte(&out, SCORE_CURVE_VERSION);
	pq_sendbyte(&out, curve->kind);
	pq_sendint32(&out, curve->nknots);
	for (int i = 0; i < curve->nknots; i++)
	{
		wire_write_numeric(knot_x(curve, i), &out);
		wire_write_numeric(knot_y(curve, i), &out);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}

Datum
score_curve_recv(PG_FUNCTION_ARGS)
{
	StringInfo	in = (StringInfo) PG_GETARG_POINTER(0);
	CurveKind	kind;
	int			nknots;
	KnotSpec   *knots;

	wire_check_field("score_curve", "version", pq_getmsgbyte(in),
					 SCORE_CURVE_VERSION, SCORE_CURVE_VERSION);
	kind = wire_check_field("score_curve", "kind", pq_getmsgbyte(in), CURVE_LINEAR, CURVE_STEP);
	nknots = wire_check_field("score_curve", "number of knots", (int) pq_getmsgint(in, 4),
							  1, SCORE_CURVE_MAX_KNOTS);
	knots = palloc(nknots * sizeof(KnotSpec));
	for (int i = 0; i < nknots; i++)
	{
		knots[i].x = wire_read_numeric(in);
		knots[i].y = wire_read_numeric(in);
	}
	PG_RETURN_POINTER(score_curve_make(kind, knots, nknots, NULL));
}
