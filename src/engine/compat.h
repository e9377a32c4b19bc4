/*
 * compat.h
 *	  Every difference between PostgreSQL 15 and later that this code meets.
 *
 * One shim a block, each with its reason.  No other file tests
 * PG_VERSION_NUM.
 */
#ifndef APPRAISAL_COMPAT_H
#define APPRAISAL_COMPAT_H

#include "postgres.h"

#include "fmgr.h"
#include "nodes/nodes.h"

#ifndef HAVE_INT128
#error "pg_appraisal needs a compiler with 128-bit integers"
#endif

/* 16 moved the varlena macros out of postgres.h */
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/* 16 brought soft errors; before it every error is a hard one */
#if PG_VERSION_NUM >= 160000
#include "nodes/miscnodes.h"
#define SOFT_ERROR_CONTEXT(fcinfo)	((fcinfo)->context)
#else
#define ereturn(context, dummy_value, ...) \
	do { \
		(void) (context); \
		ereport(ERROR, __VA_ARGS__); \
		return dummy_value; \
	} while (0)
#define errsave(context, ...) \
	do { \
		(void) (context); \
		ereport(ERROR, __VA_ARGS__); \
	} while (0)
#define SOFT_ERROR_CONTEXT(fcinfo)	NULL

static inline bool
DirectInputFunctionCallSafe(PGFunction func, char *str, Oid typioparam,
							int32 typmod, Node *escontext, Datum *result)
{
	(void) escontext;
	*result = DirectFunctionCall3(func, CStringGetDatum(str),
								  ObjectIdGetDatum(typioparam),
								  Int32GetDatum(typmod));
	return true;
}
#endif

/* 16 added a soft error context to make_range() */
#if PG_VERSION_NUM >= 160000
#define make_range_hard(typcache, lower, upper) \
	make_range(typcache, lower, upper, false, NULL)
#else
#define make_range_hard(typcache, lower, upper) \
	make_range(typcache, lower, upper, false)
#endif

/* 18 lets a module say its name and version */
#if PG_VERSION_NUM >= 180000
#define APPRAISAL_MODULE_MAGIC \
	PG_MODULE_MAGIC_EXT(.name = "pg_appraisal", .version = APPRAISAL_VERSION)
#else
#define APPRAISAL_MODULE_MAGIC PG_MODULE_MAGIC
#endif

/* 16 lets a window function say that it needs no particular frame */
#if PG_VERSION_NUM >= 160000
#define HAVE_WINDOW_FRAME_SUPPORT 1
#endif

/*
 * 19 lets a query say IGNORE NULLS.  None of our window functions could make
 * sense of that, so they have the server refuse it.
 */
#if PG_VERSION_NUM >= 190000
#define begin_window_function(winobj, fcinfo) \
	WinCheckAndInitializeNullTreatment(winobj, false, fcinfo)
#else
#define begin_window_function(winobj, fcinfo) ((void) 0)
#endif

/*
 * May the first argument be changed in place?  Only when an aggregate calls.
 * The same test as AggCheckCallContext(), without a call for every row.
 */
static inline bool
is_aggregate_call(FunctionCallInfo fcinfo)
{
	return fcinfo->context != NULL &&
		(IsA(fcinfo->context, AggState) || IsA(fcinfo->context, WindowAggState));
}

/*
 * The first argument, a state, as something that may be changed.
 */
static inline void *
writable_argument(FunctionCallInfo fcinfo)
{
	struct varlena *state = (struct varlena *) PG_GETARG_POINTER(0);

	if (likely(!VARATT_IS_EXTENDED(state) && is_aggregate_call(fcinfo)))
		return state;
	return PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(0));
}

#endif							/* APPRAISAL_COMPAT_H */
