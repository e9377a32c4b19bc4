/*
 * window_support.h
 *	  What our window functions share.
 */
#ifndef APPRAISAL_WINDOW_SUPPORT_H
#define APPRAISAL_WINDOW_SUPPORT_H

#include "compat.h"

#include "windowapi.h"

extern int	partition_row_count(WindowObject winobj);

#endif							/* APPRAISAL_WINDOW_SUPPORT_H */
