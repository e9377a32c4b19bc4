/*
 * cut_line.h
 *	  The solver of forced distribution: where to draw the cuts between the
 *	  grades of a group.
 */
#ifndef APPRAISAL_CUT_LINE_H
#define APPRAISAL_CUT_LINE_H

#include "quota_limits.h"

/*
 * A group and what is asked of it.  Position p among the distinct scores, in
 * falling order, stands for the cut below the p best of them: 0 .. nscores.
 * Cut j, 1 .. ngrades - 1, is the one below the j best grades.
 */
typedef struct CutLineProblem
{
	int			ngrades;
	int			nscores;		/* distinct scores */
	const int64 *heads_above;	/* people above each position */
	const int  *natural;		/* natural position of each cut; [0] unused */
	int			nlimits;
	const HeadLimit *limits;
} CutLineProblem;

extern void cut_line_solve(const CutLineProblem *problem, int *cuts);

#endif							/* APPRAISAL_CUT_LINE_H */
