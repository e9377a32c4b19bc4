/*
 * cut_line.c
 *	  The solver of forced distribution.
 *
 * Of all ways to cut the distinct scores of a group into grades it finds the
 * one with the fewest heads out of bounds; of these, with the fewest grade
 * steps away from the natural grades; of these, the one with the most people
 * above cut 1, then above cut 2, and so on.
 *
 * Let C(j) be the heads above cut j.  The steps moved are the sum over the
 * cuts of |C(j) - natural C(j)|, because whoever moves by s grades crosses s
 * cuts.  A limit for a run from the top or to the bottom is a limit for one
 * C(j); only a limit for a grade in between ties neighbouring cuts together,
 * by C(j) - C(j-1).  So a dynamic programme over the cuts, from the last to
 * the first, needs for each position p of cut j-1 the best position q >= p
 * of cut j:
 *
 *	  best(j-1, p) = min over q >= p of cost(j, q) + between(C(q) - C(p))
 *
 * where cost(j, q) is what cut j costs at q plus best(j, q).  Without a limit
 * between, that is a running minimum.  With one, between() falls with slope
 * -1, stays level, then rises with slope 1; each piece is a window of
 * positions that only moves down as p does, so its minimum is a sliding one.
 * All is linear in the number of positions.
 *
 * Choosing the largest q among equals at every step yields the last of the
 * three wishes, since the steps run from the first cut when read back.
 *
 * No catalogue access and no types of the server's beyond plain C, so that
 * it can be run outside the server.
 */
#include "cut_line.h"

#include "miscadmin.h"

/* ordered: heads out first, steps second */
typedef struct CutCost
{
	int64		out;
	int64		steps;
} CutCost;

/* a window of positions that moves down; its least cost is kept at the head */
typedef struct SlidingMinimum
{
	int		   *position;		/* a queue; costs rise from head to tail */
	CutCost    *cost;
	int			head;
	int			tail;			/* one behind the last */
	int			next;			/* the next position to enter, going down */
} SlidingMinimum;

/* the best choice so far for one position */
typedef struct Choice
{
	CutCost		cost;
	int			position;		/* -1: none yet */
} Choice;

typedef struct Solver
{
	const CutLineProblem *problem;
	CutCost    *cost;			/* best(j, q), then cost(j, q) */
	CutCost    *next_cost;		/* best(j-1, p) */
	int		  **choice;			/* [j][p]: the best q of cut j, p of cut j-1 */
	SlidingMinimum below;		/* for a grade with a limit: heads too few */
	SlidingMinimum within;
} Solver;

static inline bool
cost_less(CutCost a, CutCost b)
{
	return a.out < b.out || (a.out == b.out && a.steps < b.steps);
}

static inline CutCost
cost_plus(CutCost cost, int64 out)
{
	cost.out += out;
	return cost;
}

/*
 * Take a candidate if it is better; between equals the larger position wins.
 */
static inline void
consider(Choice *choice, CutCost cost, int position)
{
	if (choice->position < 0 || cost_less(cost, choice->cost) ||
		(position > choice->position && !cost_less(choice->cost, cost)))
	{
		choice->cost = cost;
		choice->position = position;
	}
}

/*
 * The limit that a rule puts on the heads above cut j, if it does.
 */
static bool
limit_above(const CutLineProblem *problem, const HeadLimit *limit, int j,
			int64 *least, int64 *most)
{
	int64		n = problem->heads_above[problem->nscores];

	if (limit->run.first == 0 && limit->run.last == j - 1)
	{
		*least = limit->least;
		*most = limit->most;
		return true;
	}
	if (limit->run.first == j && limit->run.last == problem->ngrades - 1)
	{
		*least = n - limit->most;
		*most = n - limit->least;
		return true;
	}
	return false;
}

/*
 * Turn best(j, q) into cost(j, q): add what cut j itself costs at q.
 */
static void
add_cut_cost(Solver *solver, int j)
{
	const CutLineProblem *problem = solver->problem;
	int64		natural = problem->heads_above[problem->natural[j]];

	for (int q = 0; q <= problem->nscores; q++)
	{
		int64		steps = problem->heads_above[q] - natural;

		solver->cost[q].steps += steps < 0 ? -steps : steps;
	}
	for (int i = 0; i < problem->nlimits; i++)
	{
		int64		least,
					most;

		if (!limit_above(problem, &problem->limits[i], j, &least, &most))
			continue;
		for (int q = 0; q <= problem->nscores; q++)
		{
			int64		heads = problem->heads_above[q];

			solver->cost[q].out += Max(least - heads, 0) + Max(heads - most, 0);
		}
	}
}

/*
 * The limits of the one grade between cuts j-1 and j, when it has any and
 * neither end of the scale is next to it.
 */
static bool
limit_between(const CutLineProblem *problem, int j, int64 *least, int64 *most)
{
	bool		found = false;

	*least = 0;
	*most = problem->heads_above[problem->nscores];
	for (int i = 0; i < problem->nlimits; i++)
	{
		const HeadLimit *limit = &problem->limits[i];

		if (limit->run.first == j - 1 && limit->run.last == j - 1 &&
			j > 1 && j < problem->ngrades)
		{
			*least = Max(*least, limit->least);
			*most = Min(*most, limit->most);
			found = true;
		}
	}
	return found;
}

/*
 * Step from cut j to cut j-1 when nothing limits the grade between them.
 */
static void
step_free(Solver *solver, int *choice)
{
	Choice		best = {.position = -1};

	for (int p = solver->problem->nscores; p >= 0; p--)
	{
		consider(&best, solver->cost[p], p);
		choice[p] = best.position;
		solver->next_cost[p] = best.cost;
	}
}

static void
window_start(SlidingMinimum *window, int next)
{
	window->head = window->tail = 0;
	window->next = next;
}

/*
 * Let the next position in.  Of equal costs the earlier, larger one is kept
 * in front.
 */
static inline void
window_enter(SlidingMinimum *window, CutCost cost)
{
	while (window->tail > window->head && cost_less(cost, window->cost[window->tail - 1]))
		window->tail--;
	window->position[window->tail] = window->next--;
	window->cost[window->tail++] = cost;
}

/*
 * Drop the positions from limit up.
 */
static inline void
window_leave(SlidingMinimum *window, int limit)
{
	while (window->head < window->tail && window->position[window->head] >= limit)
		window->head++;
}

/*
 * Step from cut j to cut j-1 when the grade between them should have from
 * least to most heads.
 *
 * Rounding can leave least above most; every number of heads in between is
 * then out by the same difference.
 */
static void
step_limited(Solver *solver, int64 least, int64 most, int *choice)
{
	const int64 *heads = solver->problem->heads_above;
	int			nscores = solver->problem->nscores;
	int64		low = Min(least, most);
	int64		high = Max(least, most);
	int64		level = Max(least - most, 0);
	int			enough = nscores + 1;	/* first q with low heads or more */
	int			too_many = nscores + 1; /* first q with more than high */
	Choice		above = {.position = -1};
	CutCost    *cost = solver->cost;

	window_start(&solver->below, nscores);
	window_start(&solver->within, nscores);
	for (int p = nscores; p >= 0; p--)
	{
		Choice		best = {.position = -1};

		while (too_many > 0 && heads[too_many - 1] - heads[p] > high)
		{
			too_many--;
			consider(&above, cost_plus(cost[too_many], heads[too_many]), too_many);
		}
		while (enough > 0 && heads[enough - 1] - heads[p] >= low)
			enough--;

		/* a position that is passed over on entry would leave at once */
		while (solver->within.next >= Max(enough, p))
			window_enter(&solver->within, cost[solver->within.next]);
		window_leave(&solver->within, too_many);
		while (solver->below.next >= p)
			window_enter(&solver->below, cost_plus(cost[solver->below.next],
												   -heads[solver->below.next]));
		window_leave(&solver->below, enough);

		if (solver->below.head < solver->below.tail)
			consider(&best, cost_plus(solver->below.cost[solver->below.head],
									  least + heads[p]),
					 solver->below.position[solver->below.head]);
		if (solver->within.head < solver->within.tail)
			consider(&best, cost_plus(solver->within.cost[solver->within.head], level),
					 solver->within.position[solver->within.head]);
		if (above.position >= 0)
			consider(&best, cost_plus(above.cost, -heads[p] - most), above.position);

		choice[p] = best.position;
		solver->next_cost[p] = best.cost;
	}
}

static void *
alloc_array(Size count, Size size)
{
	return palloc_extended(count * size, MCXT_ALLOC_HUGE);
}

static void
alloc_window(SlidingMinimum *window, int npositions)
{
	window->position = alloc_array(npositions, sizeof(int));
	window->cost = alloc_array(npositions, sizeof(CutCost));
}

/*
 * Do the natural cuts meet every limit?  Then nothing can be better.
 */
static bool
natural_is_within(const CutLineProblem *problem)
{
	for (int i = 0; i < problem->nlimits; i++)
	{
		GradeRun	run = problem->limits[i].run;
		int			top = run.first == 0 ? 0 : problem->natural[run.first];
		int			bottom = run.last == problem->ngrades - 1 ?
			problem->nscores : problem->natural[run.last + 1];

		if (heads_out(&problem->limits[i],
					  problem->heads_above[bottom] - problem->heads_above[top]) > 0)
			return false;
	}
	return true;
}

/*
 * One step of the programme: from best(j) to best(j-1).
 */
static void
solve_cut(Solver *solver, int j)
{
	CutCost    *swap;
	int64		least,
				most;

	add_cut_cost(solver, j);
	if (limit_between(solver->problem, j, &least, &most))
		step_limited(solver, least, most, solver->choice[j]);
	else
		step_free(solver, solver->choice[j]);
	swap = solver->cost;
	solver->cost = solver->next_cost;
	solver->next_cost = swap;
}

/*
 * Find the positions of cuts 1 .. ngrades - 1; cuts[0] is set to 0.
 */
void
cut_line_solve(const CutLineProblem *problem, int *cuts)
{
	int			npositions = problem->nscores + 1;
	int			ngrades = problem->ngrades;
	Solver		solver = {.problem = problem};

	cuts[0] = 0;
	if (natural_is_within(problem))
	{
		for (int j = 1; j < ngrades; j++)
			cuts[j] = problem->natural[j];
		return;
	}

	solver.cost = alloc_array(npositions, sizeof(CutCost));
	solver.next_cost = alloc_array(npositions, sizeof(CutCost));
	solver.choice = palloc(ngrades * sizeof(int *));
	alloc_window(&solver.below, npositions);
	alloc_window(&solver.within, npositions);
	for (int q = 0; q < npositions; q++)
		solver.cost[q] = (CutCost) {0, 0};

	for (int j = ngrades - 1; j >= 1; j--)
	{
		CHECK_FOR_INTERRUPTS();
		solver.choice[j] = alloc_array(npositions, sizeof(int));
		solve_cut(&solver, j);
	}
	for (int j = 1; j < ngrades; j++)
		cuts[j] = solver.choice[j][cuts[j - 1]];
}
