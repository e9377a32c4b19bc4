/*
 * quota_feasible.c
 *	  Could a group of any size meet all rules of a quota?
 *
 * Heads are taken as real numbers here: rounding in small groups is the
 * business of quota_head_limits() and of forced_scale, which reports what it
 * cannot meet.  A quota is refused only when its shares themselves clash.
 *
 * Let C(j) be the heads in the j best grades, so C(0) = 0 and C(k) = n.  A
 * rule that starts at the top or ends at the bottom bounds one C(j); a rule
 * for a grade in between bounds a difference of neighbours.  Such a system
 * has a solution unless, somewhere, a lower bound carried along the grades
 * in between passes an upper bound.  Every such comparison is linear in n,
 * so it holds for the sizes on one side of some n; the quota is feasible if
 * a size of 1 or more is left by all of them.
 */
#include "quota_limits.h"

#include "miscadmin.h"

/* share * n / QUOTA_WHOLE + heads, linear in the size n of the group */
typedef struct Linear
{
	int64		share;
	int64		heads;
} Linear;

/* a bound on C(boundary), from a rule, or from the group itself (-1) */
typedef struct BoundaryLimit
{
	int			boundary;
	Linear		value;
	int			rule;
} BoundaryLimit;

/* limits of one grade between neighbours; rule -1: none */
typedef struct GradeLimit
{
	Linear		least;
	Linear		most;
	int			least_rule;
	int			most_rule;
} GradeLimit;

typedef struct LimitSystem
{
	const Quota *quota;
	int			ngrades;
	int			nlower;
	int			nupper;
	BoundaryLimit *lower;
	BoundaryLimit *upper;
	GradeLimit *grades;
	Linear	   *least_sum;		/* of grades 0 .. j-1 */
	Linear	   *most_sum;		/* likewise, where there is one */
	int		   *unlimited;		/* grades 0 .. j-1 without an upper limit */
} LimitSystem;

/* a comparison that bounds the sizes: lower[l] against upper[u] or one grade */
typedef struct SizeLimit
{
	int64		size;
	int			lower;			/* -1: no comparison, the size is given */
	int			upper;			/* -1: the limits of one grade ... */
	int			grade;			/* ... this one */
} SizeLimit;

static Linear
linear_add(Linear a, Linear b)
{
	return (Linear) {a.share + b.share, a.heads + b.heads};
}

static Linear
linear_subtract(Linear a, Linear b)
{
	return (Linear) {a.share - b.share, a.heads - b.heads};
}

static Linear
rule_limit(const QuotaRule *rule, int64 limit)
{
	return rule->is_share ? (Linear) {limit, 0} : (Linear) {0, limit};
}

static void
add_limit(BoundaryLimit *limits, int *count, int boundary, Linear value, int rule)
{
	limits[(*count)++] = (BoundaryLimit) {boundary, value, rule};
}

/*
 * Enter one rule: as a bound of C at its inner end, or of a single grade.
 */
static void
enter_rule(LimitSystem *system, const GradeRun *run, int number)
{
	const QuotaRule *rule = &system->quota->rules[number];
	Linear		group = {QUOTA_WHOLE, 0};
	Linear		least = rule_limit(rule, rule->least);
	Linear		most = rule_limit(rule, rule->most);

	if (run->first == 0)
	{
		if (rule_has_least(rule))
			add_limit(system->lower, &system->nlower, run->last + 1, least, number);
		if (rule_has_most(rule))
			add_limit(system->upper, &system->nupper, run->last + 1, most, number);
	}
	else if (run->last == system->ngrades - 1)
	{
		if (rule_has_most(rule))
			add_limit(system->lower, &system->nlower, run->first,
					  linear_subtract(group, most), number);
		if (rule_has_least(rule))
			add_limit(system->upper, &system->nupper, run->first,
					  linear_subtract(group, least), number);
	}
	else
	{
		GradeLimit *grade = &system->grades[run->first];

		if (rule_has_least(rule))
		{
			grade->least = least;
			grade->least_rule = number;
		}
		if (rule_has_most(rule))
		{
			grade->most = most;
			grade->most_rule = number;
		}
	}
}

static void
build_system(LimitSystem *system, const Quota *quota, const GradeRun *runs, int ngrades)
{
	Linear		nobody = {0, 0};
	Linear		group = {QUOTA_WHOLE, 0};

	system->quota = quota;
	system->ngrades = ngrades;
	system->nlower = system->nupper = 0;
	system->lower = palloc((quota->nrules + 2) * sizeof(BoundaryLimit));
	system->upper = palloc((quota->nrules + 2) * sizeof(BoundaryLimit));
	system->grades = palloc(ngrades * sizeof(GradeLimit));
	system->least_sum = palloc((ngrades + 1) * sizeof(Linear));
	system->most_sum = palloc((ngrades + 1) * sizeof(Linear));
	system->unlimited = palloc((ngrades + 1) * sizeof(int));

	for (int i = 0; i < ngrades; i++)
		system->grades[i] = (GradeLimit) {nobody, nobody, -1, -1};
	for (int i = 0; i < quota->nrules; i++)
		enter_rule(system, &runs[i], i);
	add_limit(system->lower, &system->nlower, 0, nobody, -1);
	add_limit(system->upper, &system->nupper, 0, nobody, -1);
	add_limit(system->lower, &system->nlower, ngrades, group, -1);
	add_limit(system->upper, &system->nupper, ngrades, group, -1);

	system->least_sum[0] = system->most_sum[0] = nobody;
	system->unlimited[0] = 0;
	for (int i = 0; i < ngrades; i++)
	{
		const GradeLimit *grade = &system->grades[i];

		system->least_sum[i + 1] = linear_add(system->least_sum[i], grade->least);
		system->most_sum[i + 1] = linear_add(system->most_sum[i], grade->most);
		system->unlimited[i + 1] = system->unlimited[i] + (grade->most_rule < 0);
	}
}

/*
 * Take "slack must not be negative" into the sizes that are left.
 */
static void
restrict_sizes(Linear slack, SizeLimit source, SizeLimit *smallest, SizeLimit *largest)
{
	int128		heads = (int128) slack.heads * QUOTA_WHOLE;

	if (slack.share > 0 && slack.heads < 0)
	{
		int128		size = (-heads + slack.share - 1) / slack.share;

		source.size = (int64) Min(size, (int128) PG_INT64_MAX);
		if (source.size > smallest->size)
			*smallest = source;
	}
	else if (slack.share <= 0 && (slack.share < 0 || slack.heads < 0))
	{
		int128		size = slack.heads < 0 ? 0 : heads / -(int128) slack.share;

		source.size = (int64) Min(size, (int128) PG_INT64_MAX);
		if (source.size < largest->size)
			*largest = source;
	}
}

/*
 * Mark the rules that a comparison rests on.
 */
static void
mark_rules(const LimitSystem *system, SizeLimit limit, bool *marked)
{
	int			from,
				to;

	if (limit.lower < 0 && limit.upper < 0)
	{
		if (limit.grade >= 0)
		{
			marked[system->grades[limit.grade].least_rule] = true;
			marked[system->grades[limit.grade].most_rule] = true;
		}
		return;
	}

	if (system->lower[limit.lower].rule >= 0)
		marked[system->lower[limit.lower].rule] = true;
	if (system->upper[limit.upper].rule >= 0)
		marked[system->upper[limit.upper].rule] = true;
	from = system->lower[limit.lower].boundary;
	to = system->upper[limit.upper].boundary;
	for (int i = from; i < to; i++)
	{
		if (system->grades[i].least_rule >= 0)
			marked[system->grades[i].least_rule] = true;
	}
	for (int i = to; i < from; i++)
		marked[system->grades[i].most_rule] = true;
}

static void
report_conflict(const LimitSystem *system, SizeLimit smallest, SizeLimit largest)
{
	const Quota *quota = system->quota;
	bool	   *marked = palloc0(quota->nrules * sizeof(bool));
	StringInfoData list;
	StringInfoData rule;

	mark_rules(system, smallest, marked);
	mark_rules(system, largest, marked);
	initStringInfo(&list);
	initStringInfo(&rule);
	for (int i = 0; i < quota->nrules; i++)
	{
		if (!marked[i])
			continue;
		resetStringInfo(&rule);
		append_quota_rule(&rule, quota, i);
		appendStringInfo(&list, "%srule %d (%s)", list.len > 0 ? ", " : "", i + 1,
						 quoted_excerpt(rule.data, rule.len));
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("quota cannot be met by a group of any size"),
			 errdetail("In conflict on a scale of %d grades: %s.",
					   system->ngrades, list.data)));
}

/*
 * The slack between a lower bound, carried to the upper bound's boundary,
 * and the upper bound; false when no grade limit carries it there.
 */
static bool
slack_between(const LimitSystem *system, const BoundaryLimit *lower,
			  const BoundaryLimit *upper, Linear *slack)
{
	int			from = lower->boundary;
	int			to = upper->boundary;

	*slack = linear_subtract(upper->value, lower->value);
	if (from <= to)
		*slack = linear_subtract(*slack, linear_subtract(system->least_sum[to],
														 system->least_sum[from]));
	else if (system->unlimited[from] == system->unlimited[to])
		*slack = linear_add(*slack, linear_subtract(system->most_sum[from],
													system->most_sum[to]));
	else
		return false;
	return true;
}

/*
 * Raise an error that names the rules in conflict, if there are any.
 */
void
quota_check_feasible(const Quota *quota, const GradeRun *runs, int ngrades)
{
	LimitSystem system;
	SizeLimit	smallest = {1, -1, -1, -1};
	SizeLimit	largest = {PG_INT64_MAX, -1, -1, -1};

	build_system(&system, quota, runs, ngrades);
	for (int i = 0; i < ngrades; i++)
	{
		const GradeLimit *grade = &system.grades[i];

		if (grade->least_rule >= 0 && grade->most_rule >= 0)
			restrict_sizes(linear_subtract(grade->most, grade->least),
						   (SizeLimit) {0, -1, -1, i}, &smallest, &largest);
	}
	for (int i = 0; i < system.nlower; i++)
	{
		CHECK_FOR_INTERRUPTS();
		for (int j = 0; j < system.nupper; j++)
		{
			Linear		slack;

			if (slack_between(&system, &system.lower[i], &system.upper[j], &slack))
				restrict_sizes(slack, (SizeLimit) {0, i, j, -1}, &smallest, &largest);
		}
	}
	if (smallest.size > largest.size)
		report_conflict(&system, smallest, largest);
}
