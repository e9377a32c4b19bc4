/*
 * decide_first.c
 *	  A condition that is evaluated before all others on its table.
 *
 * Row-level security lets a reader's own conditions go before its policies
 * when they are leakproof, as comparisons of text and integers are, and cheap.
 * They give nothing away themselves, but EXPLAIN ANALYZE and the statistics of
 * table access tell whether the policies were asked at all for a row, so a
 * reader could compare a hidden grade with each letter.  Conditions that may
 * trade places are ordered by their cost, and by nothing else: this one costs
 * less than nothing, by a hair.
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "nodes/nodeFuncs.h"
#include "nodes/supportnodes.h"
#include "optimizer/cost.h"

PG_FUNCTION_INFO_V1(decide_first);
PG_FUNCTION_INFO_V1(decide_first_support);

Datum
decide_first(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(PG_GETARG_BOOL(0));
}

/*
 * The planner adds the cost of the condition inside, so this takes as much off
 * and a little more than adding up may round away.
 */
static void
report_cost(SupportRequestCost *request)
{
	QualCost	inside = {0, 0};

	if (request->node != NULL && IsA(request->node, FuncExpr))
		cost_qual_eval(&inside, ((FuncExpr *) request->node)->args, request->root);
	if (!isfinite(inside.per_tuple * 2))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("cost settings of the planner are too large for row-level security"),
				 errhint("Lower cpu_operator_cost.")));
	request->startup = 0;
	request->per_tuple = -inside.per_tuple * (1 + 1e-6) - 1e-9;
}

Datum
decide_first_support(PG_FUNCTION_ARGS)
{
	Node	   *request = (Node *) PG_GETARG_POINTER(0);

	if (!IsA(request, SupportRequestCost))
		PG_RETURN_POINTER(NULL);
	report_cost((SupportRequestCost *) request);
	PG_RETURN_POINTER(request);
}
