/*
 * grade.h
 *	  Which band of a scale a score or a label belongs to.
 */
#ifndef APPRAISAL_GRADE_H
#define APPRAISAL_GRADE_H

#include "grade_scale.h"

extern int	find_label(const GradeScale *scale, Label label);
extern int	band_of_label(const GradeScale *scale, Label label);
extern int	band_of_score(const GradeScale *scale, Datum score);
extern bool score_reaches_band(Numeric score, const GradeScale *scale, int i);
extern void check_score(Numeric score);

#endif							/* APPRAISAL_GRADE_H */
