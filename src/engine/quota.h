/*
 * quota.h
 *	  A quota: which shares of a group, or how many heads, may or must get
 *	  which grades.
 *
 * A quota names grades but knows no scale.  What depends on the scale or on
 * the size of the group is in quota_limits.h.
 */
#ifndef APPRAISAL_QUOTA_H
#define APPRAISAL_QUOTA_H

#include "scanner.h"

#define QUOTA_MAX_RULES		1000

/* shares are exact: counted in 10^-8 of a percent */
#define QUOTA_SHARE_UNIT	INT64CONST(100000000)
#define QUOTA_WHOLE			(100 * QUOTA_SHARE_UNIT)

typedef enum QuotaRounding
{
	ROUND_NEAREST,				/* half up */
	ROUND_STRICT,				/* never over a cap nor under a floor */
	ROUND_LENIENT				/* the reverse */
} QuotaRounding;

typedef enum QuotaOperator
{
	QUOTA_AT_MOST,				/* <= most */
	QUOTA_AT_LEAST,				/* >= least */
	QUOTA_EXACTLY,				/* = least = most */
	QUOTA_BETWEEN				/* between least and most */
} QuotaOperator;

/* one rule as parsed or received */
typedef struct QuotaRuleSpec
{
	QuotaOperator op;
	bool		is_share;		/* limits are shares, not heads */
	int64		least;			/* 0 if the operator sets none */
	int64		most;			/* 0 if the operator sets none */
	int			nlabels;
	Label	   *labels;
} QuotaRuleSpec;

/* one rule as stored */
typedef struct QuotaRule
{
	int64		least;
	int64		most;
	uint8		op;				/* a QuotaOperator */
	bool		is_share;
	uint16		nlabels;
	uint32		labels;			/* offset of the first: int32 length, bytes */
} QuotaRule;

typedef struct Quota
{
	int32		vl_len_;		/* varlena header (do not touch directly!) */
	uint8		version;
	uint8		rounding;		/* a QuotaRounding */
	uint16		nrules;
	QuotaRule	rules[FLEXIBLE_ARRAY_MEMBER];
} Quota;

#define DatumGetQuota(d)	((Quota *) PG_DETOAST_DATUM(d))
#define PG_GETARG_QUOTA(n)	DatumGetQuota(PG_GETARG_DATUM(n))

extern void quota_write(const Quota *quota, StringInfo out);
extern Quota *quota_read(StringInfo in);
extern void append_quota_rule(StringInfo out, const Quota *quota, int rule);

static inline bool
rule_has_least(const QuotaRule *rule)
{
	return rule->op != QUOTA_AT_MOST;
}

static inline bool
rule_has_most(const QuotaRule *rule)
{
	return rule->op != QUOTA_AT_LEAST;
}

/*
 * Step through the labels of a rule: start with *position = rule->labels.
 */
static inline Label
next_rule_label(const Quota *quota, uint32 *position)
{
	const char *p = (const char *) quota + *position;
	Label		label = {p + sizeof(int32), *(const int32 *) p};

	*position += sizeof(int32) + INTALIGN(label.len);
	return label;
}

#endif							/* APPRAISAL_QUOTA_H */
