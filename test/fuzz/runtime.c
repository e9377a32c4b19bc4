/*
 * runtime.c
 *	  Runs libFuzzer inside the postgres program, without a server.
 *
 * tools/fuzz builds the engine's own sources and the harnesses with clang
 * into one library and preloads that into PostgreSQL's unchanged program.
 * Its main() is never called; ours is, here.  So the engine meets the real
 * numeric.c, pqformat.c, elog.c and encoding checks, while there is no
 * cluster, no catalog and no signal handling, and an input takes
 * microseconds.
 *
 * AddressSanitizer cannot see the borders of chunks inside palloc's blocks.
 * So the engine's calls of palloc and friends come here (the linker's
 * --wrap), and each chunk is a malloc of its own: as long as was asked for,
 * and aligned to 8 bytes, not 16, as palloc's are.  The numerics that the
 * engine reads are copied into such chunks, too.
 */
#define _GNU_SOURCE

#include "fuzz.h"

#include <dlfcn.h>
#include <sanitizer/asan_interface.h>

#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/numeric.h"

typedef int (*MainFunction) (int argc, char **argv, char **envp);

extern int	LLVMFuzzerRunDriver(int *argc, char ***argv,
								int (*callback) (const uint8_t *data, size_t size));
extern int	__libc_start_main(MainFunction main_function, int argc, char **argv,
							  void (*init) (void), void (*fini) (void),
							  void (*rtld_fini) (void), void *stack_end);

extern void *__wrap_palloc(Size size);
extern void *__wrap_palloc0(Size size);
extern void *__wrap_palloc_extended(Size size, int flags);
extern void *__wrap_repalloc(void *pointer, Size size);
extern void __wrap_pfree(void *pointer);
extern void *__real_repalloc(void *pointer, Size size);
extern void __real_pfree(void *pointer);
extern Datum __wrap_numeric_in(PG_FUNCTION_ARGS);
extern Datum __wrap_numeric_recv(PG_FUNCTION_ARGS);
extern Datum __wrap_numeric_trim_scale(PG_FUNCTION_ARGS);
extern Datum __real_numeric_in(PG_FUNCTION_ARGS);
extern Datum __real_numeric_recv(PG_FUNCTION_ARGS);
extern Datum __real_numeric_trim_scale(PG_FUNCTION_ARGS);

const char *fuzz_name;
int			fuzz_fill;

static Harness harness;

/*
 * The chunks of the input at hand.  In front of each is its number, out of
 * bounds for the engine: that also tells our chunks from the server's.
 */
#define CHUNK_HEADER	8

static void **chunks;
static size_t nchunks;
static size_t chunk_room;

void
fuzz_failed(const char *fmt,...)
{
	va_list		args;

	fprintf(stderr, "%s: ", fuzz_name);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	abort();
}

static bool
is_chunk(void *pointer)
{
	return __asan_address_is_poisoned((char *) pointer - 1);
}

static size_t *
chunk_number(void *pointer)
{
	return (size_t *) ((char *) pointer - CHUNK_HEADER);
}

static void
free_chunk(void *pointer)
{
	char	   *header = (char *) pointer - CHUNK_HEADER;

	__asan_unpoison_memory_region(header, CHUNK_HEADER);
	chunks[*chunk_number(pointer)] = NULL;
	free(header);
}

static void
free_chunks(void)
{
	for (size_t i = 0; i < nchunks; i++)
		if (chunks[i] != NULL)
			free_chunk(chunks[i]);
	nchunks = 0;
}

static void *
new_chunk(Size size)
{
	char	   *chunk = (char *) malloc(CHUNK_HEADER + size) + CHUNK_HEADER;

	if (nchunks == chunk_room)
	{
		chunk_room = chunk_room * 2 + 1024;
		chunks = realloc(chunks, chunk_room * sizeof(void *));
	}
	*chunk_number(chunk) = nchunks;
	chunks[nchunks++] = chunk;
	__asan_poison_memory_region(chunk - CHUNK_HEADER, CHUNK_HEADER);
	return memset(chunk, fuzz_fill, size);
}

void *
__wrap_palloc(Size size)
{
	/* palloc's own check, and its error: the engine must have made its own */
	if (!AllocSizeIsValid(size))
		elog(ERROR, "invalid memory alloc request size %zu", size);
	return new_chunk(size);
}

void *
__wrap_palloc0(Size size)
{
	return memset(__wrap_palloc(size), 0, size);
}

void *
__wrap_palloc_extended(Size size, int flags)
{
	if (flags != MCXT_ALLOC_HUGE)
		fuzz_failed("palloc_extended with flags %d: teach runtime.c", flags);
	if (!AllocHugeSizeIsValid(size))
		elog(ERROR, "invalid memory alloc request size %zu", size);
	return new_chunk(size);
}

/*
 * The old size of a chunk is as good as unknown: what is allocated at least
 * tells how much may be copied.
 */
void *
__wrap_repalloc(void *pointer, Size size)
{
	char	   *chunk;
	size_t		old;

	if (!is_chunk(pointer))
		return __real_repalloc(pointer, size);
	old = __sanitizer_get_allocated_size((char *) pointer - CHUNK_HEADER) - CHUNK_HEADER;
	chunk = __wrap_palloc(size);
	memcpy(chunk, pointer, Min(old, size));
	free_chunk(pointer);
	return chunk;
}

void
__wrap_pfree(void *pointer)
{
	if (is_chunk(pointer))
		free_chunk(pointer);
	else
		__real_pfree(pointer);
}

static Datum
copy_numeric(Datum num)
{
	Size		size = VARSIZE_ANY(DatumGetPointer(num));

	return PointerGetDatum(memcpy(new_chunk(size), DatumGetPointer(num), size));
}

Datum
__wrap_numeric_in(PG_FUNCTION_ARGS)
{
	return copy_numeric(__real_numeric_in(fcinfo));
}

/*
 * Eight bytes can say 1e131068, whose text alone takes as long as a hundred
 * other inputs.  Numbers of more than 4096 digits before the point, which no
 * text input is long enough for, are refused here; sql/points.sql has some.
 */
Datum
__wrap_numeric_recv(PG_FUNCTION_ARGS)
{
	Datum		num = copy_numeric(__real_numeric_recv(fcinfo));
	Datum		limit = DirectFunctionCall3(numeric_in, CStringGetDatum("1e4096"),
											ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
	Numeric		value = DatumGetNumeric(num);

	if (!numeric_is_nan(value) && !numeric_is_inf(value) &&
		DatumGetBool(DirectFunctionCall2(numeric_gt,
										 DirectFunctionCall1(numeric_abs, num), limit)))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("too slow to fuzz")));
	return num;
}

Datum
__wrap_numeric_trim_scale(PG_FUNCTION_ARGS)
{
	return copy_numeric(__real_numeric_trim_scale(fcinfo));
}

/*
 * An error that a user may see: of class 22 (data), 54 (limits) or 08
 * (message ends too early), in valid characters.
 */
static void
check_error(void)
{
	ErrorData  *error;
	const char *state;

	MemoryContextSwitchTo(TopTransactionContext);
	error = CopyErrorData();
	FlushErrorState();
	state = unpack_sql_state(error->sqlerrcode);
	if (strncmp(state, "22", 2) != 0 && strncmp(state, "54", 2) != 0 && strncmp(state, "08", 2) != 0)
		fuzz_failed("error %s: %s", state, error->message);
	if (!pg_verify_mbstr(PG_UTF8, error->message, strlen(error->message), true) ||
		(error->detail && !pg_verify_mbstr(PG_UTF8, error->detail, strlen(error->detail), true)))
		fuzz_failed("error message is not UTF-8: %s", error->message);
}

/*
 * Call a function as SQL would.  False after an error; *result is 0 if it
 * returned NULL.
 */
bool
fuzz_call(Datum *result, PGFunction function, int nargs,...)
{
	LOCAL_FCINFO(fcinfo, 8);
	volatile bool done = false;
	va_list		args;

	InitFunctionCallInfoData(*fcinfo, NULL, nargs, InvalidOid, NULL, NULL);
	va_start(args, nargs);
	for (int i = 0; i < nargs; i++)
	{
		fcinfo->args[i].value = va_arg(args, Datum);
		fcinfo->args[i].isnull = false;
	}
	va_end(args);

	PG_TRY();
	{
		*result = function(fcinfo);
		if (fcinfo->isnull)
			*result = (Datum) 0;
		done = true;
	}
	PG_CATCH();
	{
		check_error();
	}
	PG_END_TRY();
	return done;
}

static int
run_input(const uint8_t *data, size_t size)
{
	MemoryContextSwitchTo(TopTransactionContext);
	PG_TRY();
	{
		harness(data, size);
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(TopTransactionContext);
		error = CopyErrorData();
		fuzz_failed("unexpected error: %s", error->message);
	}
	PG_END_TRY();
	free_chunks();
	MemoryContextReset(TopTransactionContext);
	return 0;
}

static int
fuzz_main(int argc, char **argv, char **envp)
{
	unsetenv("LD_PRELOAD");		/* not for what libFuzzer starts */
	fuzz_name = getenv("FUZZ");
	harness = fuzz_name == NULL ? NULL :
		strcmp(fuzz_name, "decimal") == 0 ? fuzz_decimal : find_type_harness(fuzz_name);
	if (harness == NULL)
	{
		fprintf(stderr, "no fuzz harness is named \"%s\"\n", fuzz_name ? fuzz_name : "");
		return 2;
	}
	MemoryContextInit();
	TopTransactionContext = AllocSetContextCreate(TopMemoryContext, "input",
												  ALLOCSET_DEFAULT_SIZES);
	SetDatabaseEncoding(PG_UTF8);
	return LLVMFuzzerRunDriver(&argc, &argv, run_input);
}

/*
 * Here the C library starts a program; ours takes the place of its main().
 */
int
__libc_start_main(MainFunction main_function, int argc, char **argv,
				  void (*init) (void), void (*fini) (void),
				  void (*rtld_fini) (void), void *stack_end)
{
	int			(*start) (MainFunction, int, char **, void (*) (void), void (*) (void),
						  void (*) (void), void *) = dlsym(RTLD_NEXT, "__libc_start_main");

	return start(fuzz_main, argc, argv, init, fini, rtld_fini, stack_end);
}
