/*
 * quota.c
 *	  The type quota: text and binary forms, and what can be checked of a
 *	  quota without its scale.
 *
 * All ways in end in quota_make(), so a stored quota always obeys the same
 * rules.
 */
#include "quota.h"

#include "decimal.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "wire.h"

#define QUOTA_VERSION	1

PG_FUNCTION_INFO_V1(quota_in);
PG_FUNCTION_INFO_V1(quota_out);
PG_FUNCTION_INFO_V1(quota_recv);
PG_FUNCTION_INFO_V1(quota_send);

static const char *const operator_texts[] = {"<=", ">=", "=", "between"};
static const char *const rounding_texts[] = {"nearest", "strict", "lenient"};

/*
 * Check what a rule says of its limits.
 */
static bool
check_rule(const QuotaRuleSpec *rule, int number, Node *escontext)
{
	int64		whole = rule->is_share ? QUOTA_WHOLE : PG_INT32_MAX;

	if (rule->least > whole || rule->most > whole)
		ereturn(escontext, false,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 rule->is_share ?
				 errmsg("quota rule %d has a share over 100%%", number) :
				 errmsg("quota rule %d has more than %d heads", number, PG_INT32_MAX)));
	if (rule->op == QUOTA_BETWEEN && rule->least > rule->most)
		ereturn(escontext, false,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("quota rule %d has its upper limit below its lower limit", number)));
	for (int i = 0; i < rule->nlabels; i++)
	{
		CHECK_FOR_INTERRUPTS();
		for (int j = 0; j < i; j++)
		{
			Label		label = rule->labels[i];

			if (labels_equal(label, rule->labels[j]))
				ereturn(escontext, false,
						(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						 errmsg("quota rule %d names grade %s twice", number,
								quoted_excerpt(label.data, label.len))));
		}
	}
	return true;
}

static bool
check_count(int count, int limit, const char *what, Node *escontext)
{
	if (count > limit)
		ereturn(escontext, false,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("quota has more than %d %s", limit, what)));
	return true;
}

/*
 * Make a stored quota of rules, or report what is wrong with them; NULL
 * after a soft error.
 */
static Quota *
quota_make(const QuotaRuleSpec *rules, int nrules, QuotaRounding rounding,
		   Node *escontext)
{
	Size		size = offsetof(Quota, rules) + nrules * sizeof(QuotaRule);
	uint32		end = (uint32) size;
	Quota	   *quota;

	for (int i = 0; i < nrules; i++)
	{
		if (!check_rule(&rules[i], i + 1, escontext))
			return NULL;
		for (int j = 0; j < rules[i].nlabels; j++)
			size += sizeof(int32) + INTALIGN(rules[i].labels[j].len);
	}
	if (size > MaxAllocSize)
		ereturn(escontext, NULL,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("quota is too large")));

	quota = palloc0(size);
	SET_VARSIZE(quota, size);
	quota->version = QUOTA_VERSION;
	quota->rounding = rounding;
	quota->nrules = nrules;
	for (int i = 0; i < nrules; i++)
	{
		QuotaRule  *rule = &quota->rules[i];

		rule->op = rules[i].op;
		rule->is_share = rules[i].is_share;
		rule->least = rules[i].least;
		rule->most = rules[i].most;
		rule->nlabels = rules[i].nlabels;
		rule->labels = end;
		for (int j = 0; j < rules[i].nlabels; j++)
		{
			Label		label = rules[i].labels[j];

			*(int32 *) ((char *) quota + end) = label.len;
			memcpy((char *) quota + end + sizeof(int32), label.data, label.len);
			end += sizeof(int32) + INTALIGN(label.len);
		}
	}
	Assert(end == size);
	return quota;
}

/*
 * label { + label }
 */
static bool
scan_run(Scanner *scanner, QuotaRuleSpec *rule)
{
	int			capacity = 4;

	rule->labels = palloc(capacity * sizeof(Label));
	rule->nlabels = 0;
	do
	{
		if (rule->nlabels == capacity)
		{
			capacity *= 2;
			rule->labels = repalloc(rule->labels, capacity * sizeof(Label));
		}
		if (!check_count(rule->nlabels + 1, QUOTA_MAX_RULES, "grades in a rule",
						 scanner->escontext) ||
			!scan_label(scanner, &rule->labels[rule->nlabels]))
			return false;
		rule->nlabels++;
	} while (scan_symbol(scanner, "+"));
	return true;
}

static bool
refuse_limit(Scanner *scanner, const char *limit, const char *expected)
{
	scanner->next = limit;
	scan_failed(scanner, expected);
	return false;
}

/*
 * A share (number %) or a head-count (whole number).
 */
static bool
scan_limit(Scanner *scanner, int64 *limit, bool *is_share)
{
	const char *start = scanner->next;
	Numeric		number;
	int			dscale;

	if (!scan_number(scanner, &number))
		return false;
	*is_share = scan_symbol(scanner, "%");
	if (!decimal_read(NumericGetDatum(number), limit, &dscale) || *limit < 0)
		return refuse_limit(scanner, start, "a limit of zero or more with at most 8 decimals");
	if (!*is_share)
	{
		if (*limit % DECIMAL_UNIT != 0)
			return refuse_limit(scanner, start, "a whole number of heads or a share with \"%\"");
		*limit /= DECIMAL_UNIT;
	}
	return true;
}

static bool
scan_operator(Scanner *scanner, QuotaOperator *op)
{
	if (scan_symbol(scanner, "<="))
		*op = QUOTA_AT_MOST;
	else if (scan_symbol(scanner, ">="))
		*op = QUOTA_AT_LEAST;
	else if (scan_symbol(scanner, "="))
		*op = QUOTA_EXACTLY;
	else if (scan_word(scanner, "between"))
		*op = QUOTA_BETWEEN;
	else
	{
		scan_failed(scanner, "\"+\", \"<=\", \">=\", \"=\" or \"between\"");
		return false;
	}
	return true;
}

/*
 * One rule: run operator limit, or run between limit and limit
 */
static bool
scan_rule(Scanner *scanner, QuotaRuleSpec *rule)
{
	int64		first;

	rule->least = rule->most = 0;
	if (!scan_run(scanner, rule) ||
		!scan_operator(scanner, &rule->op) ||
		!scan_limit(scanner, &first, &rule->is_share))
		return false;

	if (rule->op != QUOTA_AT_MOST)
		rule->least = first;
	if (rule->op != QUOTA_AT_LEAST)
		rule->most = first;
	if (rule->op == QUOTA_BETWEEN)
	{
		const char *start;
		bool		is_share;

		if (!scan_word(scanner, "and"))
		{
			scan_failed(scanner, "\"and\"");
			return false;
		}
		start = scanner->next;
		if (!scan_limit(scanner, &rule->most, &is_share))
			return false;
		if (is_share != rule->is_share)
			return refuse_limit(scanner, start, rule->is_share ?
								"a share, like the first limit," :
								"a head-count, like the first limit,");
	}
	return true;
}

/*
 * with (rounding = nearest | strict | lenient)
 */
static bool
scan_options(Scanner *scanner, QuotaRounding *rounding)
{
	if (!scan_symbol(scanner, "(") ||
		!scan_word(scanner, "rounding") ||
		!scan_symbol(scanner, "="))
	{
		scan_failed(scanner, "\"(rounding = ...)\"");
		return false;
	}
	for (int i = 0; i < (int) lengthof(rounding_texts); i++)
	{
		if (scan_word(scanner, rounding_texts[i]))
		{
			*rounding = (QuotaRounding) i;
			if (scan_symbol(scanner, ")"))
				return true;
			scan_failed(scanner, "\")\"");
			return false;
		}
	}
	scan_failed(scanner, "\"nearest\", \"strict\" or \"lenient\"");
	return false;
}

/*
 * quota_in(cstring) -> quota
 */
Datum
quota_in(PG_FUNCTION_ARGS)
{
	char	   *input = PG_GETARG_CSTRING(0);
	Scanner		scanner = {
		.start = input, .next = input, .type_name = "quota",
		.item_name = "rule", .escontext = SOFT_ERROR_CONTEXT(fcinfo)
	};
	int			capacity = 8;
	QuotaRuleSpec *rules = palloc(capacity * sizeof(QuotaRuleSpec));
	int			nrules = 0;
	QuotaRounding rounding = ROUND_NEAREST;
	Quota	   *quota;

	do
	{
		if (nrules == capacity)
		{
			capacity *= 2;
			rules = repalloc(rules, capacity * sizeof(QuotaRuleSpec));
		}
		scanner.item = nrules + 1;
		if (!check_count(nrules + 1, QUOTA_MAX_RULES, "rules", scanner.escontext) ||
			!scan_rule(&scanner, &rules[nrules]))
			PG_RETURN_NULL();
		nrules++;
	} while (scan_symbol(&scanner, ","));

	if (scan_word(&scanner, "with") && !scan_options(&scanner, &rounding))
		PG_RETURN_NULL();
	if (!scan_end(&scanner))
	{
		scan_failed(&scanner, "\",\", \"with\" or the end");
		PG_RETURN_NULL();
	}
	quota = quota_make(rules, nrules, rounding, scanner.escontext);
	if (quota == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(quota);
}

static void
append_limit(StringInfo out, int64 limit, bool is_share)
{
	if (is_share)
	{
		Numeric		percent = trim_numeric(decimal_make(limit, DECIMAL_PLACES, DECIMAL_PLACES));

		appendStringInfo(out, "%s%%", numeric_text(percent));
	}
	else
		appendStringInfo(out, INT64_FORMAT, limit);
}

/*
 * Append the text of one rule, numbered from 0.
 */
void
append_quota_rule(StringInfo out, const Quota *quota, int number)
{
	const QuotaRule *rule = &quota->rules[number];
	uint32		position = rule->labels;

	for (int i = 0; i < rule->nlabels; i++)
	{
		if (i > 0)
			appendStringInfoChar(out, '+');
		append_label(out, next_rule_label(quota, &position));
	}
	appendStringInfo(out, " %s ", operator_texts[rule->op]);
	append_limit(out, rule_has_least(rule) ? rule->least : rule->most, rule->is_share);
	if (rule->op == QUOTA_BETWEEN)
	{
		appendStringInfoString(out, " and ");
		append_limit(out, rule->most, rule->is_share);
	}
}

/*
 * quota_out(quota) -> cstring
 */
Datum
quota_out(PG_FUNCTION_ARGS)
{
	Quota	   *quota = PG_GETARG_QUOTA(0);
	StringInfoData out;

	initStringInfo(&out);
	for (int i = 0; i < quota->nrules; i++)
	{
		if (i > 0)
			appendStringInfoString(&out, ", ");
		append_quota_rule(&out, quota, i);
	}
	if (quota->rounding != ROUND_NEAREST)
		appendStringInfo(&out, " with (rounding = %s)", rounding_texts[quota->rounding]);
	PG_RETURN_CSTRING(out.data);
}

/*
 * Append the binary form: version, rounding, number of rules, then for each
 * rule its operator, whether it has shares, its limits and its labels.
 */
void
quota_write(const Quota *quota, StringInfo out)
{
	pq_sendbyte(out, QUOTA_VERSION);
	pq_sendbyte(out, quota->rounding);
	pq_sendint32(out, quota->nrules);
	for (int i = 0; i < quota->nrules; i++)
	{
		const QuotaRule *rule = &quota->rules[i];
		uint32		position = rule->labels;

		pq_sendbyte(out, rule->op);
		pq_sendbyte(out, rule->is_share);
		pq_sendint64(out, rule->least);
		pq_sendint64(out, rule->most);
		pq_sendint32(out, rule->nlabels);
		for (int j = 0; j < rule->nlabels; j++)
			wire_write_label(next_rule_label(quota, &position), out);
	}
}

static void
read_rule(StringInfo in, QuotaRuleSpec *rule)
{
	int64		whole;

	rule->op = wire_check_field("quota", "operator", pq_getmsgbyte(in),
								QUOTA_AT_MOST, QUOTA_BETWEEN);
	rule->is_share = wire_check_field("quota", "share mark", pq_getmsgbyte(in), 0, 1);
	whole = rule->is_share ? QUOTA_WHOLE : PG_INT32_MAX;
	rule->least = wire_check_field("quota", "lower limit", pq_getmsgint64(in),
								   0, rule->op == QUOTA_AT_MOST ? 0 : whole);
	rule->most = wire_check_field("quota", "upper limit", pq_getmsgint64(in),
								  rule->op == QUOTA_EXACTLY ? rule->least : 0,
								  rule->op == QUOTA_EXACTLY ? rule->least : rule->op == QUOTA_AT_LEAST ? 0 : whole);
	rule->nlabels = wire_check_field("quota", "number of grades", (int) pq_getmsgint(in, 4),
									 1, QUOTA_MAX_RULES);
	rule->labels = palloc(rule->nlabels * sizeof(Label));
	for (int i = 0; i < rule->nlabels; i++)
	{
		rule->labels[i] = wire_read_label(in);
		wire_check_field("quota", "label length", rule->labels[i].len, 1, PG_INT32_MAX);
	}
}

/*
 * Read the binary form, trusting nothing in it.
 */
Quota *
quota_read(StringInfo in)
{
	QuotaRounding rounding;
	int			nrules;
	QuotaRuleSpec *rules;

	wire_check_field("quota", "version", pq_getmsgbyte(in), QUOTA_VERSION, QUOTA_VERSION);
	rounding = wire_check_field("quota", "rounding", pq_getmsgbyte(in),
								ROUND_NEAREST, ROUND_LENIENT);
	nrules = wire_check_field("quota", "number of rules", (int) pq_getmsgint(in, 4),
							  1, QUOTA_MAX_RULES);
	rules = palloc(nrules * sizeof(QuotaRuleSpec));
	for (int i = 0; i < nrules; i++)
		read_rule(in, &rules[i]);
	return quota_make(rules, nrules, rounding, NULL);
}

Datum
quota_send(PG_FUNCTION_ARGS)
{
	StringInfoData out;

	pq_begintypsend(&out);
	quota_write(PG_GETARG_QUOTA(0), &out);
	PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}

Datum
quota_recv(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(quota_read((StringInfo) PG_GETARG_POINTER(0)));
}
