/*
 * sort_scores.h
 *	  Sorts fixed-point scores.
 */
#ifndef APPRAISAL_SORT_SCORES_H
#define APPRAISAL_SORT_SCORES_H

#include "compat.h"

extern void sort_scores(int64 *scores, uint32 n);

#endif							/* APPRAISAL_SORT_SCORES_H */
