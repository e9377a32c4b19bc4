/*
 * fuzz.h
 *	  What the fuzz harnesses share.
 */
#ifndef APPRAISAL_FUZZ_H
#define APPRAISAL_FUZZ_H

#include "compat.h"

/* one input for a harness; what it allocates is freed after it */
typedef void (*Harness) (const uint8_t *data, size_t size);

extern const char *fuzz_name;

/* what new chunks are filled with */
extern int	fuzz_fill;

extern Harness find_type_harness(const char *name);
extern void fuzz_decimal(const uint8_t *data, size_t size);

extern bool fuzz_call(Datum *result, PGFunction function, int nargs, ...);
extern void fuzz_failed(const char *fmt,...) pg_attribute_printf(1, 2) __attribute__((noreturn));

#endif							/* APPRAISAL_FUZZ_H */
