/*
 * quotient.h
 *	  A quotient, exact or rounded once.
 */
#ifndef APPRAISAL_QUOTIENT_H
#define APPRAISAL_QUOTIENT_H

#include "decimal.h"

extern Numeric quotient_of_fixed(int128 dividend, int64 divisor);
extern Numeric divide_fixed(int128 dividend, int dividend_places, int dividend_dscale,
							int128 divisor, int divisor_dscale);
extern Numeric quotient_of_numerics(Numeric dividend, Numeric divisor);

#endif							/* APPRAISAL_QUOTIENT_H */
