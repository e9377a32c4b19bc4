/*
 * streak.c
 *	  The window function streak: for how many rows on end, up to this one, a
 *	  condition has been true.
 *
 * One counter a partition is all it remembers, and it lets go of every row
 * that it has seen.
 */
#include "compat.h"

#include "windowapi.h"

PG_FUNCTION_INFO_V1(streak);

/*
 * streak(condition boolean) OVER (...) -> bigint
 *
 * A row whose condition is null is null, and ends the streak.
 */
Datum
streak(PG_FUNCTION_ARGS)
{
	WindowObject winobj = PG_WINDOW_OBJECT();
	int64	   *length = WinGetPartitionLocalMemory(winobj, sizeof(int64));
	bool		isnull;
	Datum		condition;

	begin_window_function(winobj, fcinfo);
	condition = WinGetFuncArgCurrent(winobj, 0, &isnull);
	WinSetMarkPosition(winobj, WinGetCurrentPosition(winobj));
	if (isnull)
	{
		*length = 0;
		PG_RETURN_NULL();
	}
	*length = DatumGetBool(condition) ? *length + 1 : 0;
	PG_RETURN_INT64(*length);
}
