/*
 * quota_limits.h
 *	  What a quota asks of a scale's grades, and of a group of a given size.
 */
#ifndef APPRAISAL_QUOTA_LIMITS_H
#define APPRAISAL_QUOTA_LIMITS_H

#include "grade_scale.h"
#include "quota.h"

/* the grades that one rule speaks of: bands first to last, from 0 */
typedef struct GradeRun
{
	int			first;
	int			last;
} GradeRun;

/* how many heads a run of grades should have */
typedef struct HeadLimit
{
	GradeRun	run;
	int64		least;
	int64		most;
} HeadLimit;

extern GradeRun *quota_resolve(const Quota *quota, const GradeScale *scale);
extern void quota_head_limits(const Quota *quota, const GradeRun *runs,
							  int ngrades, int64 n, HeadLimit *limits);
extern void quota_check_feasible(const Quota *quota, const GradeRun *runs, int ngrades);

static inline int64
heads_out(const HeadLimit *limit, int64 heads)
{
	return Max(limit->least - heads, 0) + Max(heads - limit->most, 0);
}

#endif							/* APPRAISAL_QUOTA_LIMITS_H */
