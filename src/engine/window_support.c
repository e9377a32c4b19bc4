/*
 * window_support.c
 *	  What our window functions share, and what the planner may know of them.
 *
 * They look at the partition and the current row, never at a frame, so the
 * planner can take the cheapest frame (the default one must look for peers).
 */
#include "window_support.h"

#include "nodes/parsenodes.h"
#include "nodes/supportnodes.h"

PG_FUNCTION_INFO_V1(window_frame_support);
PG_FUNCTION_INFO_V1(window_rising_support);

static Node *
choose_frame(Node *request)
{
#ifdef HAVE_WINDOW_FRAME_SUPPORT
	if (IsA(request, SupportRequestOptimizeWindowClause))
	{
		((SupportRequestOptimizeWindowClause *) request)->frameOptions =
			FRAMEOPTION_NONDEFAULT | FRAMEOPTION_ROWS |
			FRAMEOPTION_START_UNBOUNDED_PRECEDING | FRAMEOPTION_END_CURRENT_ROW;
		return request;
	}
#endif
	return NULL;
}

/*
 * For any of our window functions.
 */
Datum
window_frame_support(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(choose_frame((Node *) PG_GETARG_POINTER(0)));
}

/*
 * For one whose result never falls within a partition.
 */
Datum
window_rising_support(PG_FUNCTION_ARGS)
{
	Node	   *request = (Node *) PG_GETARG_POINTER(0);

	if (IsA(request, SupportRequestWFuncMonotonic))
	{
		((SupportRequestWFuncMonotonic *) request)->monotonic = MONOTONICFUNC_INCREASING;
		PG_RETURN_POINTER(request);
	}
	PG_RETURN_POINTER(choose_frame(request));
}

/*
 * The number of rows of the partition, which all can then be fetched by
 * WinGetFuncArgInPartition(): its position is an int.
 */
int
partition_row_count(WindowObject winobj)
{
	int64		nrows = WinGetPartitionRowCount(winobj);

	if (nrows > PG_INT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("partition has more than %d rows", PG_INT32_MAX)));
	return (int) nrows;
}
