-- Every part of this script names schemas in full and pins the search path,
-- so that nothing in the installing session can be picked up by mistake.
\echo Use "CREATE EXTENSION pg_appraisal" to load this file. \quit

SET LOCAL search_path = pg_catalog, pg_temp;

COMMENT ON SCHEMA appraisal IS 'employee performance appraisal (extension pg_appraisal)';
REVOKE ALL ON SCHEMA appraisal FROM PUBLIC;
GRANT USAGE ON SCHEMA appraisal TO PUBLIC;
CREATE TYPE appraisal.grade_scale;

CREATE FUNCTION appraisal.grade_scale_in(cstring) RETURNS appraisal.grade_scale
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.grade_scale_in(cstring) IS 'I/O';

CREATE FUNCTION appraisal.grade_scale_out(appraisal.grade_scale) RETURNS cstring
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.grade_scale_out(appraisal.grade_scale) IS 'I/O';

CREATE FUNCTION appraisal.grade_scale_recv(internal) RETURNS appraisal.grade_scale
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.grade_scale_recv(internal) IS 'I/O';

CREATE FUNCTION appraisal.grade_scale_send(appraisal.grade_scale) RETURNS bytea
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.grade_scale_send(appraisal.grade_scale) IS 'I/O';

CREATE TYPE appraisal.grade_scale (
    INPUT = appraisal.grade_scale_in,
    OUTPUT = appraisal.grade_scale_out,
    RECEIVE = appraisal.grade_scale_recv,
    SEND = appraisal.grade_scale_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE appraisal.grade_scale IS
    'grades from best to worst with the scores they take: ''A >= 90, B >= 80 : 1.2, C''';

-- A stored scale is canonical, so equality is equality of bytes and bytea's
-- own functions do.
CREATE FUNCTION appraisal.grade_scale_eq(appraisal.grade_scale, appraisal.grade_scale)
    RETURNS boolean AS 'byteaeq' LANGUAGE internal IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.grade_scale_eq(appraisal.grade_scale, appraisal.grade_scale) IS
    'implementation of = operator';

CREATE FUNCTION appraisal.grade_scale_ne(appraisal.grade_scale, appraisal.grade_scale)
    RETURNS boolean AS 'byteane' LANGUAGE internal IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.grade_scale_ne(appraisal.grade_scale, appraisal.grade_scale) IS
    'implementation of <> operator';

CREATE FUNCTION appraisal.grade_scale_hash(appraisal.grade_scale)
    RETURNS integer AS 'hashvarlena' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.grade_scale_hash(appraisal.grade_scale) IS 'hash';

CREATE FUNCTION appraisal.grade_scale_hash_extended(appraisal.grade_scale, bigint)
    RETURNS bigint AS 'hashvarlenaextended' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.grade_scale_hash_extended(appraisal.grade_scale, bigint) IS 'hash';

CREATE OPERATOR appraisal.= (
    FUNCTION = appraisal.grade_scale_eq,
    LEFTARG = appraisal.grade_scale,
    RIGHTARG = appraisal.grade_scale,
    COMMUTATOR = OPERATOR(appraisal.=),
    NEGATOR = OPERATOR(appraisal.<>),
    RESTRICT = eqsel,
    JOIN = eqjoinsel,
    HASHES
);
COMMENT ON OPERATOR appraisal.= (appraisal.grade_scale, appraisal.grade_scale) IS
    'same labels, bounds and coefficients';

CREATE OPERATOR appraisal.<> (
    FUNCTION = appraisal.grade_scale_ne,
    LEFTARG = appraisal.grade_scale,
    RIGHTARG = appraisal.grade_scale,
    COMMUTATOR = OPERATOR(appraisal.<>),
    NEGATOR = OPERATOR(appraisal.=),
    RESTRICT = neqsel,
    JOIN = neqjoinsel
);
COMMENT ON OPERATOR appraisal.<> (appraisal.grade_scale, appraisal.grade_scale) IS
    'some label, bound or coefficient differs';

CREATE OPERATOR CLASS appraisal.grade_scale_ops
    DEFAULT FOR TYPE appraisal.grade_scale USING hash AS
    OPERATOR 1 appraisal.=,
    FUNCTION 1 appraisal.grade_scale_hash(appraisal.grade_scale),
    FUNCTION 2 appraisal.grade_scale_hash_extended(appraisal.grade_scale, bigint);
COMMENT ON OPERATOR CLASS appraisal.grade_scale_ops USING hash IS
    'lets scales be grouped, told apart and hashed';
COMMENT ON OPERATOR FAMILY appraisal.grade_scale_ops USING hash IS
    'equality and hash of scales';
CREATE FUNCTION appraisal.grade(score numeric, scale appraisal.grade_scale) RETURNS text
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.grade(numeric, appraisal.grade_scale) IS
    'grade of a score; null below a scale whose last grade has a bound';

CREATE FUNCTION appraisal.grade_rank(label text, scale appraisal.grade_scale) RETURNS integer
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.grade_rank(text, appraisal.grade_scale) IS
    'place of a grade in its scale, 1 for the best';

CREATE FUNCTION appraisal.coefficient(label text, scale appraisal.grade_scale) RETURNS numeric
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.coefficient(text, appraisal.grade_scale) IS
    'coefficient of a grade; null if the scale gives it none';

CREATE FUNCTION appraisal.grade_bounds(label text, scale appraisal.grade_scale) RETURNS numrange
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.grade_bounds(text, appraisal.grade_scale) IS
    'scores that get a grade, as a range; empty if none do';

CREATE FUNCTION appraisal.grades(
    scale appraisal.grade_scale,
    OUT rank integer, OUT grade text, OUT bounds numrange, OUT coefficient numeric
) RETURNS SETOF record
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 5;
COMMENT ON FUNCTION appraisal.grades(appraisal.grade_scale) IS
    'the grades of a scale as rows, best first';
CREATE TYPE appraisal.quota;

CREATE FUNCTION appraisal.quota_in(cstring) RETURNS appraisal.quota
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.quota_in(cstring) IS 'I/O';

CREATE FUNCTION appraisal.quota_out(appraisal.quota) RETURNS cstring
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.quota_out(appraisal.quota) IS 'I/O';

CREATE FUNCTION appraisal.quota_recv(internal) RETURNS appraisal.quota
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.quota_recv(internal) IS 'I/O';

CREATE FUNCTION appraisal.quota_send(appraisal.quota) RETURNS bytea
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.quota_send(appraisal.quota) IS 'I/O';

CREATE TYPE appraisal.quota (
    INPUT = appraisal.quota_in,
    OUTPUT = appraisal.quota_out,
    RECEIVE = appraisal.quota_recv,
    SEND = appraisal.quota_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE appraisal.quota IS
    'how many of a group may or must get which grades: ''A <= 20%, A+B <= 50%, D+E >= 10%''';

-- A stored quota is canonical, so equality is equality of bytes and bytea's
-- own functions do.
CREATE FUNCTION appraisal.quota_eq(appraisal.quota, appraisal.quota)
    RETURNS boolean AS 'byteaeq' LANGUAGE internal IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.quota_eq(appraisal.quota, appraisal.quota) IS
    'implementation of = operator';

CREATE FUNCTION appraisal.quota_ne(appraisal.quota, appraisal.quota)
    RETURNS boolean AS 'byteane' LANGUAGE internal IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.quota_ne(appraisal.quota, appraisal.quota) IS
    'implementation of <> operator';

CREATE FUNCTION appraisal.quota_hash(appraisal.quota)
    RETURNS integer AS 'hashvarlena' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.quota_hash(appraisal.quota) IS 'hash';

CREATE FUNCTION appraisal.quota_hash_extended(appraisal.quota, bigint)
    RETURNS bigint AS 'hashvarlenaextended' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.quota_hash_extended(appraisal.quota, bigint) IS 'hash';

CREATE OPERATOR appraisal.= (
    FUNCTION = appraisal.quota_eq,
    LEFTARG = appraisal.quota,
    RIGHTARG = appraisal.quota,
    COMMUTATOR = OPERATOR(appraisal.=),
    NEGATOR = OPERATOR(appraisal.<>),
    RESTRICT = eqsel,
    JOIN = eqjoinsel,
    HASHES
);
COMMENT ON OPERATOR appraisal.= (appraisal.quota, appraisal.quota) IS
    'same rules and options';

CREATE OPERATOR appraisal.<> (
    FUNCTION = appraisal.quota_ne,
    LEFTARG = appraisal.quota,
    RIGHTARG = appraisal.quota,
    COMMUTATOR = OPERATOR(appraisal.<>),
    NEGATOR = OPERATOR(appraisal.=),
    RESTRICT = neqsel,
    JOIN = neqjoinsel
);
COMMENT ON OPERATOR appraisal.<> (appraisal.quota, appraisal.quota) IS
    'some rule or option differs';

CREATE OPERATOR CLASS appraisal.quota_ops
    DEFAULT FOR TYPE appraisal.quota USING hash AS
    OPERATOR 1 appraisal.=,
    FUNCTION 1 appraisal.quota_hash(appraisal.quota),
    FUNCTION 2 appraisal.quota_hash_extended(appraisal.quota, bigint);
COMMENT ON OPERATOR CLASS appraisal.quota_ops USING hash IS
    'lets quotas be grouped, told apart and hashed';
COMMENT ON OPERATOR FAMILY appraisal.quota_ops USING hash IS
    'equality and hash of quotas';
CREATE FUNCTION appraisal.check_quota(quota appraisal.quota, scale appraisal.grade_scale)
    RETURNS boolean
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.check_quota(appraisal.quota, appraisal.grade_scale) IS
    'true if a quota fits a scale and some group could meet it; else an error that names the rules';

CREATE FUNCTION appraisal.quota_bounds(
    quota appraisal.quota, scale appraisal.grade_scale, n integer,
    OUT rule text, OUT "least" integer, OUT most integer
) RETURNS SETOF record
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 5;
COMMENT ON FUNCTION appraisal.quota_bounds(appraisal.quota, appraisal.grade_scale, integer) IS
    'least and most heads for each rule of a quota in a group of n';

CREATE FUNCTION appraisal.quota_check(
    counts integer[], scale appraisal.grade_scale, quota appraisal.quota,
    OUT rule text, OUT "least" integer, OUT most integer, OUT actual integer, OUT heads_out integer
) RETURNS SETOF record
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 5;
COMMENT ON FUNCTION appraisal.quota_check(integer[], appraisal.grade_scale, appraisal.quota) IS
    'heads in each grade against each rule of a quota, with the heads out of bounds';
CREATE TYPE appraisal.score_curve;

CREATE FUNCTION appraisal.score_curve_in(cstring) RETURNS appraisal.score_curve
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.score_curve_in(cstring) IS 'I/O';

CREATE FUNCTION appraisal.score_curve_out(appraisal.score_curve) RETURNS cstring
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.score_curve_out(appraisal.score_curve) IS 'I/O';

CREATE FUNCTION appraisal.score_curve_recv(internal) RETURNS appraisal.score_curve
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.score_curve_recv(internal) IS 'I/O';

CREATE FUNCTION appraisal.score_curve_send(appraisal.score_curve) RETURNS bytea
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.score_curve_send(appraisal.score_curve) IS 'I/O';

CREATE TYPE appraisal.score_curve (
    INPUT = appraisal.score_curve_in,
    OUTPUT = appraisal.score_curve_out,
    RECEIVE = appraisal.score_curve_recv,
    SEND = appraisal.score_curve_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE appraisal.score_curve IS
    'from a measurement to points: ''linear (0.6, 0), (1, 100)'' or ''step (0, 60), (0.8, 80)''';

-- A stored curve is canonical, so equality is equality of bytes and bytea's
-- own functions do.
CREATE FUNCTION appraisal.score_curve_eq(appraisal.score_curve, appraisal.score_curve)
    RETURNS boolean AS 'byteaeq' LANGUAGE internal IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.score_curve_eq(appraisal.score_curve, appraisal.score_curve) IS
    'implementation of = operator';

CREATE FUNCTION appraisal.score_curve_ne(appraisal.score_curve, appraisal.score_curve)
    RETURNS boolean AS 'byteane' LANGUAGE internal IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.score_curve_ne(appraisal.score_curve, appraisal.score_curve) IS
    'implementation of <> operator';

CREATE FUNCTION appraisal.score_curve_hash(appraisal.score_curve)
    RETURNS integer AS 'hashvarlena' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.score_curve_hash(appraisal.score_curve) IS 'hash';

CREATE FUNCTION appraisal.score_curve_hash_extended(appraisal.score_curve, bigint)
    RETURNS bigint AS 'hashvarlenaextended' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.score_curve_hash_extended(appraisal.score_curve, bigint) IS 'hash';

CREATE OPERATOR appraisal.= (
    FUNCTION = appraisal.score_curve_eq,
    LEFTARG = appraisal.score_curve,
    RIGHTARG = appraisal.score_curve,
    COMMUTATOR = OPERATOR(appraisal.=),
    NEGATOR = OPERATOR(appraisal.<>),
    RESTRICT = eqsel,
    JOIN = eqjoinsel,
    HASHES
);
COMMENT ON OPERATOR appraisal.= (appraisal.score_curve, appraisal.score_curve) IS
    'same kind and knots';

CREATE OPERATOR appraisal.<> (
    FUNCTION = appraisal.score_curve_ne,
    LEFTARG = appraisal.score_curve,
    RIGHTARG = appraisal.score_curve,
    COMMUTATOR = OPERATOR(appraisal.<>),
    NEGATOR = OPERATOR(appraisal.=),
    RESTRICT = neqsel,
    JOIN = neqjoinsel
);
COMMENT ON OPERATOR appraisal.<> (appraisal.score_curve, appraisal.score_curve) IS
    'the kind or some knot differs';

CREATE OPERATOR CLASS appraisal.score_curve_ops
    DEFAULT FOR TYPE appraisal.score_curve USING hash AS
    OPERATOR 1 appraisal.=,
    FUNCTION 1 appraisal.score_curve_hash(appraisal.score_curve),
    FUNCTION 2 appraisal.score_curve_hash_extended(appraisal.score_curve, bigint);
COMMENT ON OPERATOR CLASS appraisal.score_curve_ops USING hash IS
    'lets curves be grouped, told apart and hashed';
COMMENT ON OPERATOR FAMILY appraisal.score_curve_ops USING hash IS
    'equality and hash of curves';
CREATE FUNCTION appraisal.points(measurement numeric, curve appraisal.score_curve) RETURNS numeric
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.points(numeric, appraisal.score_curve) IS
    'points of a scoring curve at a measurement';

CREATE FUNCTION appraisal.attainment(actual numeric, target numeric) RETURNS numeric
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.attainment(numeric, numeric) IS
    'completion rate of a target, 1 when it is met; right for negative targets, too';

CREATE FUNCTION appraisal.gated_score(levels numeric[]) RETURNS numeric
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.gated_score(numeric[]) IS
    'levels passed in order: the sum up to and including the first that is not 1';
CREATE TYPE appraisal.score_summary;

CREATE FUNCTION appraisal.score_summary_in(cstring) RETURNS appraisal.score_summary
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.score_summary_in(cstring) IS 'I/O';

CREATE FUNCTION appraisal.score_summary_out(appraisal.score_summary) RETURNS cstring
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.score_summary_out(appraisal.score_summary) IS 'I/O';

CREATE FUNCTION appraisal.score_summary_recv(internal) RETURNS appraisal.score_summary
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.score_summary_recv(internal) IS 'I/O';

CREATE FUNCTION appraisal.score_summary_send(appraisal.score_summary) RETURNS bytea
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.score_summary_send(appraisal.score_summary) IS 'I/O';

CREATE TYPE appraisal.score_summary (
    INPUT = appraisal.score_summary_in,
    OUTPUT = appraisal.score_summary_out,
    RECEIVE = appraisal.score_summary_recv,
    SEND = appraisal.score_summary_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE appraisal.score_summary IS
    'exact sums of a set of weighted scores: (count,sum of weights,sum of score times weight[,sum of weight times score squared,sum of weights squared])';

CREATE FUNCTION appraisal.score_summary_eq(appraisal.score_summary, appraisal.score_summary)
    RETURNS boolean
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.score_summary_eq(appraisal.score_summary, appraisal.score_summary) IS
    'implementation of = operator';

CREATE FUNCTION appraisal.score_summary_ne(appraisal.score_summary, appraisal.score_summary)
    RETURNS boolean
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.score_summary_ne(appraisal.score_summary, appraisal.score_summary) IS
    'implementation of <> operator';

CREATE FUNCTION appraisal.score_summary_hash(appraisal.score_summary) RETURNS integer
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.score_summary_hash(appraisal.score_summary) IS 'hash';

CREATE OPERATOR appraisal.= (
    LEFTARG = appraisal.score_summary,
    RIGHTARG = appraisal.score_summary,
    PROCEDURE = appraisal.score_summary_eq,
    COMMUTATOR = OPERATOR(appraisal.=),
    NEGATOR = OPERATOR(appraisal.<>),
    RESTRICT = eqsel,
    JOIN = eqjoinsel,
    HASHES
);
COMMENT ON OPERATOR appraisal.= (appraisal.score_summary, appraisal.score_summary) IS 'equal';

CREATE OPERATOR appraisal.<> (
    LEFTARG = appraisal.score_summary,
    RIGHTARG = appraisal.score_summary,
    PROCEDURE = appraisal.score_summary_ne,
    COMMUTATOR = OPERATOR(appraisal.<>),
    NEGATOR = OPERATOR(appraisal.=),
    RESTRICT = neqsel,
    JOIN = neqjoinsel
);
COMMENT ON OPERATOR appraisal.<> (appraisal.score_summary, appraisal.score_summary) IS 'not equal';

CREATE OPERATOR CLASS appraisal.score_summary_ops
    DEFAULT FOR TYPE appraisal.score_summary USING hash AS
    OPERATOR 1 appraisal.=,
    FUNCTION 1 appraisal.score_summary_hash(appraisal.score_summary);
COMMENT ON OPERATOR CLASS appraisal.score_summary_ops USING hash IS
    'hash operator class of score_summary';
COMMENT ON OPERATOR FAMILY appraisal.score_summary_ops USING hash IS
    'equality and hash of summaries';
CREATE FUNCTION appraisal.score_summary_add(appraisal.score_summary, numeric, numeric)
    RETURNS appraisal.score_summary
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.score_summary_add(appraisal.score_summary, numeric, numeric) IS
    'transition function of aggregates over a score and its weight';

CREATE FUNCTION appraisal.score_summary_add(appraisal.score_summary, numeric)
    RETURNS appraisal.score_summary
    AS 'MODULE_PATHNAME', 'score_summary_add_unweighted' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.score_summary_add(appraisal.score_summary, numeric) IS
    'transition function of aggregates over a score of weight 1';

CREATE FUNCTION appraisal.score_summary_combine(appraisal.score_summary, appraisal.score_summary)
    RETURNS appraisal.score_summary
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.score_summary_combine(appraisal.score_summary, appraisal.score_summary) IS
    'combine function of aggregates over a score_summary';

CREATE AGGREGATE appraisal.score_summary(score numeric) (
    SFUNC = appraisal.score_summary_add,
    STYPE = appraisal.score_summary,
    SSPACE = 96,
    INITCOND = '(0,0,0,0,0)',
    COMBINEFUNC = appraisal.score_summary_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE appraisal.score_summary(numeric) IS
    'exact sums of scores of weight 1, to be stored, merged and read by summary_mean and others; nulls are skipped';

CREATE AGGREGATE appraisal.score_summary(score numeric, weight numeric) (
    SFUNC = appraisal.score_summary_add,
    STYPE = appraisal.score_summary,
    SSPACE = 96,
    INITCOND = '(0,0,0,0,0)',
    COMBINEFUNC = appraisal.score_summary_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE appraisal.score_summary(numeric, numeric) IS
    'exact sums of weighted scores, to be stored, merged and read by summary_mean and others; pairs with a null are skipped';

CREATE AGGREGATE appraisal.merge_summaries(summary appraisal.score_summary) (
    SFUNC = appraisal.score_summary_combine,
    STYPE = appraisal.score_summary,
    SSPACE = 96,
    COMBINEFUNC = appraisal.score_summary_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE appraisal.merge_summaries(appraisal.score_summary) IS
    'the summary of all the scores that several summaries stand for; null if there is none';
CREATE FUNCTION appraisal.summary_count(summary appraisal.score_summary) RETURNS bigint
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.summary_count(appraisal.score_summary) IS
    'number of scores in a summary';

CREATE FUNCTION appraisal.summary_weight(summary appraisal.score_summary) RETURNS numeric
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.summary_weight(appraisal.score_summary) IS
    'sum of the weights in a summary';

CREATE FUNCTION appraisal.summary_mean(summary appraisal.score_summary) RETURNS numeric
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.summary_mean(appraisal.score_summary) IS
    'mean of the scores in a summary by their weights; null if there is no weight';

CREATE FUNCTION appraisal.summary_stddev(summary appraisal.score_summary) RETURNS numeric
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.summary_stddev(appraisal.score_summary) IS
    'sample standard deviation of the scores in a summary; null for fewer than two scores with a weight';
CREATE FUNCTION appraisal.rater_agreement_add(numeric[], appraisal.score_summary) RETURNS numeric[]
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.rater_agreement_add(numeric[], appraisal.score_summary) IS
    'transition function of krippendorff_alpha and icc';

CREATE FUNCTION appraisal.rater_agreement_combine(numeric[], numeric[]) RETURNS numeric[]
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.rater_agreement_combine(numeric[], numeric[]) IS
    'combine function of krippendorff_alpha and icc';

CREATE FUNCTION appraisal.krippendorff_alpha_final(numeric[]) RETURNS numeric
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.krippendorff_alpha_final(numeric[]) IS
    'final function of krippendorff_alpha';

CREATE FUNCTION appraisal.icc_final(numeric[]) RETURNS numeric
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.icc_final(numeric[]) IS
    'final function of icc';

CREATE AGGREGATE appraisal.krippendorff_alpha(scores_of_ratee appraisal.score_summary) (
    SFUNC = appraisal.rater_agreement_add,
    STYPE = numeric[],
    INITCOND = '{}',
    FINALFUNC = appraisal.krippendorff_alpha_final,
    COMBINEFUNC = appraisal.rater_agreement_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE appraisal.krippendorff_alpha(appraisal.score_summary) IS
    'agreement of raters, Krippendorff''s alpha for interval data, from one summary a ratee; 1 is full agreement, 0 chance';

CREATE AGGREGATE appraisal.icc(scores_of_ratee appraisal.score_summary) (
    SFUNC = appraisal.rater_agreement_add,
    STYPE = numeric[],
    INITCOND = '{}',
    FINALFUNC = appraisal.icc_final,
    COMBINEFUNC = appraisal.rater_agreement_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE appraisal.icc(appraisal.score_summary) IS
    'intraclass correlation ICC(1,1) of raters, from one summary a ratee: the share of a rating''s variance that is the ratee''s';
CREATE FUNCTION appraisal.weight_coverage_add(appraisal.score_summary, numeric, numeric)
    RETURNS appraisal.score_summary
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.weight_coverage_add(appraisal.score_summary, numeric, numeric) IS
    'transition function of weight_coverage';

CREATE FUNCTION appraisal.weighted_score_moving_add(internal, numeric, numeric) RETURNS internal
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.weighted_score_moving_add(internal, numeric, numeric) IS
    'moving transition function of weighted_score';

CREATE FUNCTION appraisal.weighted_score_moving_remove(internal, numeric, numeric) RETURNS internal
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.weighted_score_moving_remove(internal, numeric, numeric) IS
    'inverse transition function of weighted_score';

CREATE FUNCTION appraisal.weighted_score_moving_final(internal) RETURNS numeric
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.weighted_score_moving_final(internal) IS
    'moving final function of weighted_score';

CREATE AGGREGATE appraisal.weighted_score(score numeric, weight numeric) (
    SFUNC = appraisal.score_summary_add,
    STYPE = appraisal.score_summary,
    SSPACE = 64,
    INITCOND = '(0,0,0)',
    FINALFUNC = appraisal.summary_mean,
    COMBINEFUNC = appraisal.score_summary_combine,
    MSFUNC = appraisal.weighted_score_moving_add,
    MINVFUNC = appraisal.weighted_score_moving_remove,
    MSTYPE = internal,
    MSSPACE = 1200,
    MFINALFUNC = appraisal.weighted_score_moving_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE appraisal.weighted_score(numeric, numeric) IS
    'exact mean of scores by their weights; pairs with a null are skipped';

CREATE AGGREGATE appraisal.weight_coverage(score numeric, weight numeric) (
    SFUNC = appraisal.weight_coverage_add,
    STYPE = appraisal.score_summary,
    SSPACE = 64,
    INITCOND = '(0,0,0)',
    FINALFUNC = appraisal.summary_mean,
    COMBINEFUNC = appraisal.score_summary_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE appraisal.weight_coverage(numeric, numeric) IS
    'share of the weight that has a score, from 0 to 1';
CREATE FUNCTION appraisal.grade_counts_add(bigint[], text, appraisal.grade_scale) RETURNS bigint[]
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.grade_counts_add(bigint[], text, appraisal.grade_scale) IS
    'transition function of grade_counts';

CREATE FUNCTION appraisal.grade_counts_combine(bigint[], bigint[]) RETURNS bigint[]
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.grade_counts_combine(bigint[], bigint[]) IS
    'combine function of grade_counts';

CREATE FUNCTION appraisal.grade_counts_final(bigint[]) RETURNS integer[]
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.grade_counts_final(bigint[]) IS
    'final function of grade_counts';

CREATE AGGREGATE appraisal.grade_counts(grade text, scale appraisal.grade_scale) (
    SFUNC = appraisal.grade_counts_add,
    STYPE = bigint[],
    SSPACE = 96,
    FINALFUNC = appraisal.grade_counts_final,
    COMBINEFUNC = appraisal.grade_counts_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE appraisal.grade_counts(text, appraisal.grade_scale) IS
    'heads in each grade of a scale, best first; null grades are not counted';
CREATE TYPE appraisal.score_group;

CREATE FUNCTION appraisal.score_group_in(cstring) RETURNS appraisal.score_group
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.score_group_in(cstring) IS 'I/O';

CREATE FUNCTION appraisal.score_group_out(appraisal.score_group) RETURNS cstring
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.score_group_out(appraisal.score_group) IS 'I/O';

CREATE FUNCTION appraisal.score_group_recv(internal) RETURNS appraisal.score_group
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.score_group_recv(internal) IS 'I/O';

CREATE FUNCTION appraisal.score_group_send(appraisal.score_group) RETURNS bytea
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.score_group_send(appraisal.score_group) IS 'I/O';

CREATE TYPE appraisal.score_group (
    INPUT = appraisal.score_group_in,
    OUTPUT = appraisal.score_group_out,
    RECEIVE = appraisal.score_group_recv,
    SEND = appraisal.score_group_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE appraisal.score_group IS
    'state of forced_scale: the scores of a group with their scale and quota';
CREATE FUNCTION appraisal.forced_scale_add(
    appraisal.score_group, numeric, appraisal.grade_scale, appraisal.quota
) RETURNS appraisal.score_group
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.forced_scale_add(
    appraisal.score_group, numeric, appraisal.grade_scale, appraisal.quota) IS
    'transition function of forced_scale';

CREATE FUNCTION appraisal.forced_scale_combine(appraisal.score_group, appraisal.score_group)
    RETURNS appraisal.score_group
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.forced_scale_combine(appraisal.score_group, appraisal.score_group) IS
    'combine function of forced_scale';

CREATE FUNCTION appraisal.forced_scale_final(appraisal.score_group) RETURNS appraisal.grade_scale
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.forced_scale_final(appraisal.score_group) IS
    'final function of forced_scale';

CREATE AGGREGATE appraisal.forced_scale(
    score numeric, scale appraisal.grade_scale, quota appraisal.quota
) (
    SFUNC = appraisal.forced_scale_add,
    STYPE = appraisal.score_group,
    SSPACE = 1024,
    FINALFUNC = appraisal.forced_scale_final,
    COMBINEFUNC = appraisal.forced_scale_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE appraisal.forced_scale(numeric, appraisal.grade_scale, appraisal.quota) IS
    'the scale in force for a group once a quota is applied: its cut line';
CREATE FUNCTION appraisal.window_frame_support(internal) RETURNS internal
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.window_frame_support(internal) IS
    'planner support of window functions: they need no particular frame';

CREATE FUNCTION appraisal.window_rising_support(internal) RETURNS internal
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.window_rising_support(internal) IS
    'planner support of window functions whose result never falls';
CREATE FUNCTION appraisal.forced_grade(
    score numeric, scale appraisal.grade_scale, quota appraisal.quota
) RETURNS text
    AS 'MODULE_PATHNAME' LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE
    SUPPORT appraisal.window_frame_support;
COMMENT ON FUNCTION appraisal.forced_grade(numeric, appraisal.grade_scale, appraisal.quota) IS
    'forced grade of a row; equal scores may be split, by the window''s order';

CREATE FUNCTION appraisal.forced_grade_rank(
    score numeric, scale appraisal.grade_scale, quota appraisal.quota
) RETURNS integer
    AS 'MODULE_PATHNAME' LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE
    SUPPORT appraisal.window_rising_support;
COMMENT ON FUNCTION appraisal.forced_grade_rank(numeric, appraisal.grade_scale, appraisal.quota) IS
    'place of the forced grade of a row in its scale, 1 for the best; rises along the window';
CREATE FUNCTION appraisal.streak(condition boolean) RETURNS bigint
    AS 'MODULE_PATHNAME' LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE
    SUPPORT appraisal.window_frame_support;
COMMENT ON FUNCTION appraisal.streak(boolean) IS
    'number of rows on end, up to this one, for which a condition is true';
CREATE FUNCTION appraisal.standardized_score(score numeric) RETURNS numeric
    AS 'MODULE_PATHNAME' LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE
    SUPPORT appraisal.window_frame_support;
COMMENT ON FUNCTION appraisal.standardized_score(numeric) IS
    'distance of a score from the mean of its partition''s scores, in their sample standard deviations; null when they do not differ or are fewer than two, NaN when one is NaN or infinite';

CREATE FUNCTION appraisal.standardized_score(score numeric, mean numeric, stddev numeric) RETURNS numeric
    AS 'MODULE_PATHNAME', 'standardized_score_scaled' LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE
    SUPPORT appraisal.window_frame_support;
COMMENT ON FUNCTION appraisal.standardized_score(numeric, numeric, numeric) IS
    'a score rescaled so that its partition has the given mean and sample standard deviation; null and NaN as without them';
CREATE TYPE appraisal.rater_scores;

CREATE FUNCTION appraisal.rater_scores_in(cstring) RETURNS appraisal.rater_scores
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.rater_scores_in(cstring) IS 'I/O';

CREATE FUNCTION appraisal.rater_scores_out(appraisal.rater_scores) RETURNS cstring
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.rater_scores_out(appraisal.rater_scores) IS 'I/O';

CREATE FUNCTION appraisal.rater_scores_recv(internal) RETURNS appraisal.rater_scores
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.rater_scores_recv(internal) IS 'I/O';

CREATE FUNCTION appraisal.rater_scores_send(appraisal.rater_scores) RETURNS bytea
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.rater_scores_send(appraisal.rater_scores) IS 'I/O';

CREATE TYPE appraisal.rater_scores (
    INPUT = appraisal.rater_scores_in,
    OUTPUT = appraisal.rater_scores_out,
    RECEIVE = appraisal.rater_scores_recv,
    SEND = appraisal.rater_scores_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE appraisal.rater_scores IS
    'scores of one person by source: (source,count,sum of scores,weight),...';
CREATE FUNCTION appraisal.rater_scores_add(appraisal.rater_scores, numeric, text, numeric)
    RETURNS appraisal.rater_scores
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.rater_scores_add(appraisal.rater_scores, numeric, text, numeric) IS
    'transition function of rater_score and rater_coverage';

CREATE FUNCTION appraisal.rater_scores_combine(appraisal.rater_scores, appraisal.rater_scores)
    RETURNS appraisal.rater_scores
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.rater_scores_combine(appraisal.rater_scores, appraisal.rater_scores) IS
    'combine function of rater_score and rater_coverage';

CREATE FUNCTION appraisal.rater_score_final(appraisal.rater_scores) RETURNS numeric
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.rater_score_final(appraisal.rater_scores) IS
    'final function of rater_score';

CREATE FUNCTION appraisal.rater_coverage_final(appraisal.rater_scores) RETURNS numeric
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.rater_coverage_final(appraisal.rater_scores) IS
    'final function of rater_coverage';

CREATE AGGREGATE appraisal.rater_score(score numeric, source text, weight numeric) (
    SFUNC = appraisal.rater_scores_add,
    STYPE = appraisal.rater_scores,
    SSPACE = 512,
    FINALFUNC = appraisal.rater_score_final,
    COMBINEFUNC = appraisal.rater_scores_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE appraisal.rater_score(numeric, text, numeric) IS
    'exact mean within each source, then by weight over the sources that have a score';

CREATE AGGREGATE appraisal.rater_coverage(score numeric, source text, weight numeric) (
    SFUNC = appraisal.rater_scores_add,
    STYPE = appraisal.rater_scores,
    SSPACE = 512,
    FINALFUNC = appraisal.rater_coverage_final,
    COMBINEFUNC = appraisal.rater_scores_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE appraisal.rater_coverage(numeric, text, numeric) IS
    'share of the weight of all sources whose sources have a score, from 0 to 1';
CREATE FUNCTION appraisal.apportion(total numeric, share numeric, decimals integer DEFAULT 2)
    RETURNS numeric
    AS 'MODULE_PATHNAME' LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE
    SUPPORT appraisal.window_frame_support;
COMMENT ON FUNCTION appraisal.apportion(numeric, numeric, integer) IS
    'part of a total in proportion to a share, rounded so that the parts of a partition add up to it';
CREATE TYPE appraisal.trimmed_scores;

CREATE FUNCTION appraisal.trimmed_scores_in(cstring) RETURNS appraisal.trimmed_scores
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.trimmed_scores_in(cstring) IS 'I/O';

CREATE FUNCTION appraisal.trimmed_scores_out(appraisal.trimmed_scores) RETURNS cstring
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.trimmed_scores_out(appraisal.trimmed_scores) IS 'I/O';

CREATE FUNCTION appraisal.trimmed_scores_recv(internal) RETURNS appraisal.trimmed_scores
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.trimmed_scores_recv(internal) IS 'I/O';

CREATE FUNCTION appraisal.trimmed_scores_send(appraisal.trimmed_scores) RETURNS bytea
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.trimmed_scores_send(appraisal.trimmed_scores) IS 'I/O';

CREATE TYPE appraisal.trimmed_scores (
    INPUT = appraisal.trimmed_scores_in,
    OUTPUT = appraisal.trimmed_scores_out,
    RECEIVE = appraisal.trimmed_scores_recv,
    SEND = appraisal.trimmed_scores_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended
);
COMMENT ON TYPE appraisal.trimmed_scores IS
    'scores that may be trimmed, and the sum of the others: (k,scores in the middle,their sum,{other scores})';
CREATE FUNCTION appraisal.trimmed_score_add(appraisal.trimmed_scores, numeric, integer)
    RETURNS appraisal.trimmed_scores
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.trimmed_score_add(appraisal.trimmed_scores, numeric, integer) IS
    'transition function of trimmed_score';

CREATE FUNCTION appraisal.trimmed_score_combine(appraisal.trimmed_scores, appraisal.trimmed_scores)
    RETURNS appraisal.trimmed_scores
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.trimmed_score_combine(appraisal.trimmed_scores, appraisal.trimmed_scores) IS
    'combine function of trimmed_score';

CREATE FUNCTION appraisal.trimmed_score_final(appraisal.trimmed_scores) RETURNS numeric
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.trimmed_score_final(appraisal.trimmed_scores) IS
    'final function of trimmed_score';

CREATE AGGREGATE appraisal.trimmed_score(score numeric, k integer) (
    SFUNC = appraisal.trimmed_score_add,
    STYPE = appraisal.trimmed_scores,
    SSPACE = 256,
    FINALFUNC = appraisal.trimmed_score_final,
    COMBINEFUNC = appraisal.trimmed_score_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE appraisal.trimmed_score(numeric, integer) IS
    'mean without the k highest and the k lowest scores; the plain mean of fewer than 2k+1 scores';
CREATE FUNCTION appraisal.decide_first_support(internal) RETURNS internal
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.decide_first_support(internal) IS
    'planner support of decide_first: it goes before all other conditions on a table';

CREATE FUNCTION appraisal.decide_first(condition boolean) RETURNS boolean
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
    SUPPORT appraisal.decide_first_support;
COMMENT ON FUNCTION appraisal.decide_first(boolean) IS
    'the condition itself, evaluated before what a reader asks for: for policies of row-level security';
-- The organisation: units, people, postings, accounts, holidays.

CREATE PROCEDURE appraisal.add_unit(code text, title text, parent text DEFAULT NULL, kind text DEFAULT NULL,
                                    INOUT unit_id bigint DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
BEGIN
    INSERT INTO appraisal.unit (code, title, kind, parent_id)
    VALUES (add_unit.code, add_unit.title, add_unit.kind,
            CASE WHEN parent IS NOT NULL THEN appraisal.unit_of_code(parent) END)
    RETURNING unit.unit_id INTO add_unit.unit_id;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.add_unit(text, text, text, text, bigint) IS
    'adds a unit below the unit with the code in parent, or at the top';

CREATE FUNCTION appraisal.unit_of_code(code text) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    found_id bigint;
BEGIN
    SELECT u.unit_id INTO found_id FROM appraisal.unit AS u WHERE u.code = unit_of_code.code;
    IF found_id IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP004',
            MESSAGE = format('there is no unit "%s"', unit_of_code.code),
            HINT = 'Add it with CALL appraisal.add_unit().';
    END IF;
    RETURN found_id;
END
$function$;
COMMENT ON FUNCTION appraisal.unit_of_code(text) IS 'key of the unit with this code; an error if there is none';

CREATE PROCEDURE appraisal.add_person(code text, name text, hired_on date, INOUT person_id bigint DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
BEGIN
    INSERT INTO appraisal.person (code, name, hired_on)
    VALUES (add_person.code, add_person.name, add_person.hired_on)
    RETURNING person.person_id INTO add_person.person_id;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.add_person(text, text, date, bigint) IS 'adds a person in service from a day on';

CREATE FUNCTION appraisal.person_of_code(code text) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    found_id bigint;
BEGIN
    SELECT p.person_id INTO found_id FROM appraisal.person AS p WHERE p.code = person_of_code.code;
    IF found_id IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP004',
            MESSAGE = format('there is no person "%s"', person_of_code.code),
            HINT = 'Add the person with CALL appraisal.add_person(), or ask who may see this one.';
    END IF;
    RETURN found_id;
END
$function$;
COMMENT ON FUNCTION appraisal.person_of_code(text) IS
    'key of the person with this code; an error if there is none whom the caller may see';

CREATE PROCEDURE appraisal.post_person(person text, unit text, job_group text, from_date date,
                                       manager text DEFAULT NULL, title text DEFAULT NULL,
                                       INOUT posting_id bigint DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    posted_id bigint := appraisal.person_of_code(person);
    until_date date;
BEGIN
    -- the posting of that day ends there, the new one where a later one begins
    UPDATE appraisal.posting AS p SET during = daterange(lower(p.during), from_date)
    WHERE p.person_id = posted_id AND lower(p.during) < from_date AND p.during @> from_date;
    SELECT min(lower(p.during)) INTO until_date
    FROM appraisal.posting AS p
    WHERE p.person_id = posted_id AND lower(p.during) > from_date;
    INSERT INTO appraisal.posting (person_id, unit_id, manager_id, job_group, title, during)
    VALUES (posted_id, appraisal.unit_of_code(unit),
            CASE WHEN manager IS NOT NULL THEN appraisal.person_of_code(manager) END,
            post_person.job_group, post_person.title, daterange(from_date, until_date))
    RETURNING posting.posting_id INTO post_person.posting_id;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.post_person(text, text, text, date, text, text, bigint) IS
    'posts a person to a unit from a day on; the posting that holds on that day ends there';

-- Row-level security decides what an account sees and changes; privileges only keep those out who have
-- no account. A service may act for anybody, so it has the privileges of all.
CREATE PROCEDURE appraisal.link_account(role_name name, capability text, person text DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    grants text;
BEGIN
    INSERT INTO appraisal.account AS a (role_name, person_id, capabilities)
    VALUES (link_account.role_name, CASE WHEN person IS NOT NULL THEN appraisal.person_of_code(person) END,
            ARRAY[capability])
    ON CONFLICT ON CONSTRAINT account_pkey DO UPDATE
    SET person_id = coalesce(excluded.person_id, a.person_id),
        capabilities = CASE WHEN a.capabilities @> excluded.capabilities THEN a.capabilities
                            ELSE a.capabilities || excluded.capabilities END;

    FOR grants IN
        SELECT format('GRANT SELECT ON %s', string_agg(DISTINCT p.polrelid::regclass::text, ', '))
        FROM pg_policy AS p JOIN pg_class AS c ON c.oid = p.polrelid
        WHERE c.relnamespace = 'appraisal'::regnamespace
          AND (p.polname <> 'seen_by_auditors' OR capability IN ('auditor', 'service'))
        UNION ALL
        SELECT format('GRANT SELECT ON %s', string_agg(c.oid::regclass::text, ', '))
        FROM pg_class AS c
        WHERE c.relnamespace = 'appraisal'::regnamespace AND c.relkind = 'v'
        HAVING count(*) > 0
        UNION ALL
        SELECT format('GRANT INSERT, UPDATE, DELETE ON %s', string_agg(DISTINCT p.polrelid::regclass::text, ', '))
        FROM pg_policy AS p JOIN pg_class AS c ON c.oid = p.polrelid
        WHERE c.relnamespace = 'appraisal'::regnamespace
          AND p.polname = 'kept_by_hr' AND capability IN ('hr', 'service')
        HAVING count(*) > 0
        UNION ALL
        SELECT format('GRANT %s ON %s', w.command, string_agg(DISTINCT p.polrelid::regclass::text, ', '))
        FROM pg_policy AS p
        JOIN pg_class AS c ON c.oid = p.polrelid
        JOIN (VALUES ('a', 'INSERT'), ('w', 'UPDATE'), ('d', 'DELETE')) AS w (polcmd, command) ON w.polcmd = p.polcmd::text
        WHERE c.relnamespace = 'appraisal'::regnamespace AND capability <> 'auditor'
          AND (p.polname NOT LIKE '%\_by\_hr' OR capability IN ('hr', 'service'))
        GROUP BY w.command
        UNION ALL
        SELECT format('GRANT EXECUTE ON FUNCTION %s', string_agg(f.oid::regprocedure::text, ', '))
        FROM pg_proc AS f
        WHERE f.pronamespace = 'appraisal'::regnamespace AND f.prosecdef AND f.provolatile = 's' AND f.proname <> 'verify_audit'
        UNION ALL
        SELECT format('GRANT EXECUTE ON ROUTINE %s', string_agg(f.oid::regprocedure::text, ', '))
        FROM pg_depend AS d
        JOIN pg_proc AS f ON f.oid = d.objid
        JOIN pg_language AS l ON l.oid = f.prolang
        WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND d.classid = 'pg_proc'::regclass
          AND d.refobjid = (SELECT e.oid FROM pg_extension AS e WHERE e.extname = 'pg_appraisal')
          AND l.lanname IN ('plpgsql', 'sql') AND f.proname NOT IN ('create_tables', 'upgrade_tables', 'link_account')
        UNION ALL
        SELECT 'GRANT EXECUTE ON PROCEDURE appraisal.seal_audit()' WHERE capability IN ('hr', 'service')
        UNION ALL
        SELECT 'GRANT EXECUTE ON FUNCTION appraisal.write_reviews(bigint, jsonb, integer)' WHERE capability IN ('hr', 'service')
        UNION ALL
        SELECT 'GRANT EXECUTE ON FUNCTION appraisal.hold_cycle(bigint)' WHERE capability <> 'auditor'
        UNION ALL
        SELECT 'GRANT EXECUTE ON FUNCTION appraisal.write_results(bigint)' WHERE capability IN ('hr', 'service')
        UNION ALL
        SELECT 'GRANT EXECUTE ON FUNCTION appraisal.write_adjustments(bigint, bigint[], text[], text[], bigint, boolean)'
        WHERE capability IN ('hr', 'executive', 'manager', 'service')
        UNION ALL
        SELECT 'GRANT EXECUTE ON FUNCTION appraisal.write_sign_off(bigint, bigint, text)' WHERE capability <> 'auditor'
        UNION ALL
        SELECT 'GRANT EXECUTE ON FUNCTION appraisal.write_withdrawal(bigint, bigint, text)' WHERE capability IN ('hr', 'service')
        UNION ALL
        SELECT 'GRANT EXECUTE ON FUNCTION appraisal.write_quota_override(bigint, bigint, text)' WHERE capability IN ('hr', 'executive', 'service')
        UNION ALL
        SELECT 'GRANT EXECUTE ON FUNCTION appraisal.verify_audit()' WHERE capability IN ('auditor', 'service')
    LOOP
        EXECUTE format('%s TO %I', grants, link_account.role_name);
    END LOOP;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.link_account(name, text, text) IS
    'gives a database role a capability (hr, executive, manager, employee, auditor, service) and says who it is; for the tables'' owner';

CREATE PROCEDURE appraisal.import_organisation(document jsonb, INOUT units integer DEFAULT NULL,
                                               INOUT people integer DEFAULT NULL,
                                               INOUT postings integer DEFAULT NULL,
                                               INOUT holidays integer DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    unknown text;
BEGIN
    -- units first, then where they belong: they may come in any order
    INSERT INTO appraisal.unit AS u (code, title, kind)
    SELECT x.code, x.title, x.kind
    FROM jsonb_to_recordset(document -> 'units') AS x (code text, title text, kind text)
    ON CONFLICT ON CONSTRAINT unit_code_is_unique DO UPDATE SET title = excluded.title, kind = excluded.kind;
    GET DIAGNOSTICS units = ROW_COUNT;

    SELECT string_agg(DISTINCT format('"%s"', m.code), ', ') INTO unknown
    FROM (SELECT x.parent FROM jsonb_to_recordset(document -> 'units') AS x (parent text)
          UNION SELECT x.unit FROM jsonb_to_recordset(document -> 'postings') AS x (unit text)) AS m (code)
    WHERE m.code IS NOT NULL AND NOT EXISTS (SELECT FROM appraisal.unit AS u WHERE u.code = m.code);
    IF unknown IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP004',
            MESSAGE = format('there is no unit %s', unknown),
            HINT = 'Put each unit that is named as a parent or in a posting into "units".';
    END IF;
    UPDATE appraisal.unit AS u SET parent_id = p.unit_id
    FROM jsonb_to_recordset(document -> 'units') AS x (code text, parent text)
    LEFT JOIN appraisal.unit AS p ON p.code = x.parent
    WHERE u.code = x.code AND u.parent_id IS DISTINCT FROM p.unit_id;

    INSERT INTO appraisal.person AS p (code, name, hired_on, left_on)
    SELECT x.code, x.name, x.hired_on, x.left_on
    FROM jsonb_to_recordset(document -> 'people') AS x (code text, name text, hired_on date, left_on date)
    ON CONFLICT ON CONSTRAINT person_code_is_unique DO UPDATE
    SET name = excluded.name, hired_on = excluded.hired_on, left_on = excluded.left_on;
    GET DIAGNOSTICS people = ROW_COUNT;

    SELECT string_agg(DISTINCT format('"%s"', m.code), ', ') INTO unknown
    FROM (SELECT x.person FROM jsonb_to_recordset(document -> 'postings') AS x (person text)
          UNION SELECT x.manager FROM jsonb_to_recordset(document -> 'postings') AS x (manager text)) AS m (code)
    WHERE m.code IS NOT NULL AND NOT EXISTS (SELECT FROM appraisal.person AS p WHERE p.code = m.code);
    IF unknown IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP004',
            MESSAGE = format('there is no person %s', unknown),
            HINT = 'Put each person who is posted or manages into "people".';
    END IF;

    -- the postings of the people named are replaced
    DELETE FROM appraisal.posting AS g
    USING appraisal.person AS p
    WHERE g.person_id = p.person_id
      AND p.code IN (SELECT x.person FROM jsonb_to_recordset(document -> 'postings') AS x (person text));
    INSERT INTO appraisal.posting (person_id, unit_id, manager_id, job_group, title, during)
    SELECT p.person_id, u.unit_id, m.person_id, x.job_group, x.title, daterange(x.from_date, x.until_date)
    FROM jsonb_to_recordset(document -> 'postings')
        AS x (person text, unit text, manager text, job_group text, title text, from_date date, until_date date)
    JOIN appraisal.person AS p ON p.code = x.person
    JOIN appraisal.unit AS u ON u.code = x.unit
    LEFT JOIN appraisal.person AS m ON m.code = x.manager;
    GET DIAGNOSTICS postings = ROW_COUNT;

    INSERT INTO appraisal.holiday AS h (day, title, is_workday)
    SELECT x.day, x.title, coalesce(x.is_workday, false)
    FROM jsonb_to_recordset(document -> 'holidays') AS x (day date, title text, is_workday boolean)
    ON CONFLICT ON CONSTRAINT holiday_pkey DO UPDATE SET title = excluded.title, is_workday = excluded.is_workday;
    GET DIAGNOSTICS holidays = ROW_COUNT;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.import_organisation(jsonb, integer, integer, integer, integer) IS
    'adds or updates units, people, postings and holidays from one document; the postings of the people named are replaced';
-- The document of a scheme: which keys it has, what is wrong with one, and a
-- scheme version written as one.

-- The keys of a scheme's document.  In place, * stands for any key of a map
-- and [] for the elements of a list; a key with a fallback may be left out,
-- and is left out by scheme_document().
CREATE FUNCTION appraisal.scheme_keys()
    RETURNS TABLE (place text, key text, kind text, required boolean, fallback jsonb)
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY VALUES
        ('', 'code', 'text', true, NULL::jsonb),
        ('', 'title', 'text', true, NULL),
        ('', 'label', 'text', true, NULL),
        ('', 'language', 'text', true, NULL),
        ('', 'uses', 'texts', false, '[]'),
        ('', 'adaptable', 'boolean', false, 'false'),
        ('', 'surveyed', 'boolean', false, 'false'),
        ('', 'subjects', 'texts', false, '["person"]'),
        ('', 'unit_levels', 'texts', false, '[]'),
        ('', 'decimals', 'integer', false, '2'),
        ('', 'rounding', 'text', false, '"half_up"'),
        ('', 'grade_reads', 'text', false, '"rounded"'),
        ('', 'missing', 'text', false, '"block"'),
        ('', 'least_coverage', 'number', false, NULL),
        ('', 'scale', 'grade_scale', false, NULL),
        ('', 'quota', 'quota', false, NULL),
        ('', 'enforcement', 'text', false, '"off"'),
        ('', 'least_group', 'integer', false, '1'),
        ('', 'calibration_steps', 'integer', false, NULL),
        ('', 'no_surprise_grade', 'text', false, NULL),
        ('', 'improvement_grade', 'text', false, NULL),
        ('', 'goals_set_by', 'text', false, '"none"'),
        ('', 'goals_confirmed', 'boolean', false, 'false'),
        ('', 'goals_approved', 'boolean', false, 'false'),
        ('', 'target_floor', 'text', false, '"none"'),
        ('', 'self_report', 'texts', false, '[]'),
        ('', 'self_report_days', 'integer', false, NULL),
        ('', 'interview', 'boolean', false, 'false'),
        ('', 'comment_topics', 'texts', false, '[]'),
        ('', 'transfer', 'text', false, '"segments"'),
        ('', 'visible_to', 'texts', false, '["person", "manager", "hr", "executive"]'),
        ('', 'appeal_days', 'integer', false, NULL),
        ('', 'appeal_day_kind', 'text', false, '"calendar"'),
        ('', 'assumed', 'texts', false, '[]'),
        ('', 'periods', 'map', true, NULL),
        ('periods', '*', 'map', false, NULL),
        ('periods.*', '*', 'object', false, NULL),
        ('periods.*.*', 'due_days', 'integer', false, NULL),
        ('periods.*.*', 'composed_of', 'text', false, NULL),
        ('periods.*.*', 'combined_by', 'text', false, NULL),
        ('', 'dimensions', 'map', true, NULL),
        ('dimensions', '*', 'object', false, NULL),
        ('dimensions.*', 'position', 'integer', true, NULL),
        ('dimensions.*', 'title', 'text', true, NULL),
        ('dimensions.*', 'label', 'text', true, NULL),
        ('dimensions.*', 'gate', 'number', false, NULL),
        ('dimensions.*', 'gate_grade', 'text', false, NULL),
        ('dimensions.*', 'evidence_below', 'number', false, NULL),
        ('dimensions.*', 'evidence_from', 'number', false, NULL),
        ('dimensions.*', 'scale', 'grade_scale', false, NULL),
        ('dimensions.*', 'box_axis', 'text', false, NULL),
        ('dimensions.*', 'weights', 'map', true, NULL),
        ('dimensions.*.weights', '*', 'number', false, NULL),
        ('dimensions.*', 'indicators', 'map', true, NULL),
        ('dimensions.*.indicators', '*', 'map', false, NULL),
        ('dimensions.*.indicators.*', '*', 'object', false, NULL),
        ('dimensions.*.indicators.*.*', 'weight', 'number', true, NULL),
        ('dimensions.*.indicators.*.*', 'curve', 'score_curve', false, NULL),
        ('dimensions.*.indicators.*.*', 'target', 'number', false, NULL),
        ('dimensions.*.indicators.*.*', 'unit_level', 'text', false, NULL),
        ('', 'indicators', 'map', true, NULL),
        ('indicators', '*', 'object', false, NULL),
        ('indicators.*', 'title', 'text', true, NULL),
        ('indicators.*', 'label', 'text', true, NULL),
        ('indicators.*', 'kind', 'text', true, NULL),
        ('indicators.*', 'reads', 'text', false, '"value"'),
        ('indicators.*', 'direction', 'text', false, NULL),
        ('indicators.*', 'curve', 'score_curve', false, NULL),
        ('indicators.*', 'unit', 'text', false, NULL),
        ('indicators.*', 'data_source', 'text', false, NULL),
        ('indicators.*', 'frequency', 'text', false, NULL),
        ('indicators.*', 'gathering', 'text', false, '"latest"'),
        ('indicators.*', 'least', 'number', false, NULL),
        ('indicators.*', 'most', 'number', false, NULL),
        ('indicators.*', 'levels', 'list', false, '[]'),
        ('indicators.*.levels', '[]', 'object', false, NULL),
        ('indicators.*.levels.[]', 'label', 'text', true, NULL),
        ('indicators.*.levels.[]', 'points', 'number', true, NULL),
        ('indicators.*.levels.[]', 'least', 'number', false, NULL),
        ('indicators.*.levels.[]', 'earns', 'text', false, NULL),
        ('', 'raters', 'map', false, NULL),
        ('raters', '*', 'map', false, NULL),
        ('raters.*', '*', 'object', false, NULL),
        ('raters.*.*', 'label', 'text', true, NULL),
        ('raters.*.*', 'weight', 'number', true, NULL),
        ('raters.*.*', 'least_raters', 'integer', false, '1'),
        ('raters.*.*', 'trim', 'integer', false, '0'),
        ('raters.*.*', 'anonymous', 'boolean', false, 'false'),
        ('raters.*.*', 'required', 'boolean', false, 'true'),
        ('raters.*.*', 'period', 'text', false, NULL),
        ('raters.*.*', 'delegate', 'text', false, NULL),
        ('', 'boxes', 'map', false, NULL),
        ('boxes', '*', 'map', false, NULL),
        ('boxes.*', '*', 'object', false, NULL),
        ('boxes.*.*', 'label', 'text', true, NULL),
        ('boxes.*.*', 'title', 'text', true, NULL),
        ('', 'outcomes', 'map', false, NULL),
        ('outcomes', '*', 'object', false, NULL),
        ('outcomes.*', 'title', 'text', true, NULL),
        ('outcomes.*', 'label', 'text', true, NULL),
        ('outcomes.*', 'subject', 'text', false, '"person"'),
        ('outcomes.*', 'period', 'text', true, NULL),
        ('outcomes.*', 'grade', 'text', true, NULL),
        ('outcomes.*', 'compares', 'text', false, '"equal"'),
        ('outcomes.*', 'run', 'integer', false, '1'),
        ('outcomes.*', 'service_years', 'integer', false, NULL),
        ('outcomes.*', 'after_training', 'boolean', false, 'false'),
        ('outcomes.*', 'outcome', 'text', true, NULL),
        ('outcomes.*', 'amount', 'number', false, NULL),
        ('', 'sign_off', 'list', false, NULL),
        ('sign_off', '[]', 'object', false, NULL),
        ('sign_off.[]', 'signer', 'text', true, NULL),
        ('sign_off.[]', 'act', 'text', true, NULL),
        ('sign_off.[]', 'label', 'text', true, NULL),
        ('sign_off.[]', 'due_days', 'integer', false, NULL),
        ('', 'appeals', 'list', false, NULL),
        ('appeals', '[]', 'object', false, NULL),
        ('appeals.[]', 'reviewer', 'text', true, NULL),
        ('appeals.[]', 'label', 'text', true, NULL),
        ('appeals.[]', 'decision_days', 'integer', false, NULL);
END
$$;
COMMENT ON FUNCTION appraisal.scheme_keys() IS
    'the keys of a scheme''s document: place, key, kind of value, whether required, value when left out';

-- The types of the engine say themselves what is wrong with a text.
CREATE FUNCTION appraisal.scheme_value_problem(kind text, value jsonb) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    type text := jsonb_typeof(value);
    content text := value #>> '{}';
    detail text;
BEGIN
    IF kind IN ('object', 'map', 'list') THEN
        IF (type = 'array') <> (kind = 'list') OR type NOT IN ('array', 'object') THEN
            RETURN format('must be %s, not %s', CASE kind WHEN 'list' THEN 'a list' ELSE 'an object' END, type);
        END IF;
        RETURN CASE WHEN value = '[]' OR (value = '{}' AND kind = 'map') THEN 'must not be empty' END;
    ELSIF kind = 'texts' THEN
        IF type <> 'array' OR value @? '$[*] ? (@.type() != "string" || @ == "")' THEN
            RETURN 'must be a list of texts';
        END IF;
        RETURN CASE WHEN value = '[]' THEN 'must not be empty' END;
    ELSIF kind IN ('number', 'integer', 'boolean') THEN
        IF type NOT IN ('number', 'boolean') OR (type = 'boolean') <> (kind = 'boolean') THEN
            RETURN format('must be %s %s, not %s', CASE kind WHEN 'integer' THEN 'an' ELSE 'a' END, kind, type);
        END IF;
        RETURN CASE WHEN kind = 'integer' AND (content::numeric % 1 <> 0 OR abs(content::numeric) >= 2147483648)
                    THEN 'must be an integer' END;
    ELSIF type <> 'string' OR content = '' THEN
        RETURN format('must be a text that is not empty, not %s', CASE type WHEN 'string' THEN 'an empty one' ELSE type END);
    END IF;
    PERFORM CASE kind
        WHEN 'grade_scale' THEN content::appraisal.grade_scale IS NULL
        WHEN 'quota' THEN content::appraisal.quota IS NULL
        WHEN 'score_curve' THEN content::appraisal.score_curve IS NULL
    END;
    RETURN NULL;
EXCEPTION
    WHEN data_exception OR program_limit_exceeded THEN
        GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
        RETURN concat_ws('. ', SQLERRM, nullif(detail, ''));
END
$$;
COMMENT ON FUNCTION appraisal.scheme_value_problem(text, jsonb) IS
    'what keeps a value from being of a kind of scheme_keys(); NULL if nothing does';

-- One walk over the document finds every node and what scheme_keys() says of
-- it; the rest are questions to the nodes.
CREATE FUNCTION appraisal.check_scheme_document(document jsonb) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wrong record;
BEGIN
    IF jsonb_typeof(document) IS DISTINCT FROM 'object' THEN
        RAISE EXCEPTION USING ERRCODE = 'AP005', MESSAGE = 'scheme document must be an object';
    END IF;
    WITH RECURSIVE keys AS MATERIALIZED (
        SELECT k.* FROM appraisal.scheme_keys() AS k
    ),
    node AS (
        SELECT ''::text AS path, ''::text AS place, 'object'::text AS kind, document AS value, NULL::text AS problem
        UNION ALL
        SELECT child.path, CASE WHEN keys.kind IS NOT NULL THEN concat_ws('.', nullif(node.place, ''), keys.key) END,
               keys.kind, child.value,
               CASE WHEN keys.kind IS NULL THEN 'there is no such key'
                    ELSE appraisal.scheme_value_problem(keys.kind, child.value) END
        FROM node
        CROSS JOIN LATERAL (
            SELECT concat_ws('.', nullif(node.path, ''), e.key) AS path, e.key, e.value
            FROM jsonb_each(CASE WHEN node.kind IN ('object', 'map') THEN node.value ELSE '{}' END) AS e
            UNION ALL
            SELECT format('%s[%s]', node.path, a.n - 1), '[]', a.value
            FROM jsonb_array_elements(CASE node.kind WHEN 'list' THEN node.value ELSE '[]' END) WITH ORDINALITY AS a (value, n)
        ) AS child
        LEFT JOIN keys ON keys.place = node.place AND keys.key IN (child.key, '*')
        WHERE node.problem IS NULL
    ),
    missing AS (
        SELECT concat_ws('.', nullif(node.path, ''), keys.key) AS path, 'is missing'::text AS problem
        FROM node
        JOIN keys ON keys.place = node.place AND keys.required
        WHERE node.kind = 'object' AND node.problem IS NULL AND NOT node.value ? keys.key
    ),
    used AS (
        SELECT node.path, regexp_replace(node.path, '^.*\.', '') AS indicator
        FROM node WHERE node.place = 'dimensions.*.indicators.*.*'
    ),
    problem AS (
        SELECT node.path, node.problem FROM node WHERE node.problem IS NOT NULL
        UNION ALL
        SELECT missing.path, missing.problem FROM missing
        UNION ALL
        SELECT used.path, 'the document does not define this indicator'
        FROM used WHERE NOT coalesce(document -> 'indicators' ? used.indicator, false)
        UNION ALL
        SELECT node.path, 'no dimension uses this indicator'
        FROM node
        WHERE node.place = 'indicators.*'
          AND NOT EXISTS (SELECT FROM used WHERE node.path = 'indicators.' || used.indicator)
        UNION ALL
        SELECT format('assumed[%s]', a.n - 1), format('the document has no path "%s"', a.path)
        FROM jsonb_array_elements_text(CASE jsonb_typeof(document -> 'assumed') WHEN 'array' THEN document -> 'assumed' ELSE '[]' END)
             WITH ORDINALITY AS a (path, n)
        WHERE NOT EXISTS (SELECT FROM node WHERE node.path = a.path)
    )
    SELECT p.path, p.problem, count(*) OVER () AS problems INTO wrong
    FROM problem AS p ORDER BY p.path COLLATE "C", p.problem COLLATE "C" LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'AP005',
            MESSAGE = format('scheme document is wrong at "%s": %s', wrong.path, wrong.problem),
            DETAIL = format('Faults found in the document: %s.', wrong.problems),
            HINT = 'scheme_keys() lists the keys of a scheme''s document.';
    END IF;
END
$$;
COMMENT ON FUNCTION appraisal.check_scheme_document(jsonb) IS
    'raise AP005 with the path if a scheme''s document has unknown or missing keys or values of a wrong type';

CREATE FUNCTION appraisal.scheme_defaults(place text) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (SELECT coalesce(jsonb_object_agg(k.key, k.fallback), '{}')
            FROM appraisal.scheme_keys() AS k WHERE k.place = scheme_defaults.place AND k.fallback IS NOT NULL);
END
$$;
COMMENT ON FUNCTION appraisal.scheme_defaults(text) IS
    'what a place in a scheme''s document has for the keys that are left out';

CREATE FUNCTION appraisal.scheme_part(place text, "row" jsonb, VARIADIC without text[]) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    defaults CONSTANT jsonb := appraisal.scheme_defaults(place);
BEGIN
    RETURN (SELECT coalesce(jsonb_object_agg(e.key, e.value), '{}')
            FROM jsonb_each("row" - without) AS e
            WHERE e.value <> 'null' AND e.value IS DISTINCT FROM defaults -> e.key);
END
$$;
COMMENT ON FUNCTION appraisal.scheme_part(text, jsonb, text[]) IS
    'a row as a place in a scheme''s document writes it: without NULLs, defaults and the columns named';

CREATE FUNCTION appraisal.merge_patch(target jsonb, patch jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF jsonb_typeof(patch) IS DISTINCT FROM 'object' THEN
        RETURN patch;
    ELSIF jsonb_typeof(target) IS DISTINCT FROM 'object' THEN
        target := '{}';
    END IF;
    RETURN (target - ARRAY(SELECT jsonb_object_keys(patch)))
        || (SELECT coalesce(jsonb_object_agg(e.key, appraisal.merge_patch(target -> e.key, e.value)), '{}')
            FROM jsonb_each(patch) AS e WHERE e.value <> 'null');
END
$$;
COMMENT ON FUNCTION appraisal.merge_patch(jsonb, jsonb) IS
    'JSON Merge Patch (RFC 7396): objects are merged key by key, null removes a key, anything else replaces';

CREATE FUNCTION appraisal.scheme_document(code text, version integer DEFAULT NULL) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    id CONSTANT bigint := appraisal.find_scheme(scheme_document.code, scheme_document.version);
BEGIN
    RETURN jsonb_strip_nulls(
        (SELECT appraisal.scheme_part('', to_jsonb(s), 'scheme_id', 'version', 'parent_id', 'status', 'valid_from', 'retired_on')
         FROM appraisal.scheme AS s WHERE s.scheme_id = id)
        || jsonb_build_object(
            'periods',
            (SELECT jsonb_object_agg(g.job_group, g.periods)
             FROM (SELECT p.job_group, jsonb_object_agg(p.period,
                          appraisal.scheme_part('periods.*.*', to_jsonb(p), 'scheme_id', 'job_group', 'period')) AS periods
                   FROM appraisal.period_rule AS p WHERE p.scheme_id = id GROUP BY p.job_group) AS g),
            'dimensions',
            (SELECT jsonb_object_agg(d.code,
                        appraisal.scheme_part('dimensions.*', to_jsonb(d), 'dimension_id', 'scheme_id', 'code')
                        || jsonb_build_object(
                            'weights',
                            (SELECT jsonb_object_agg(w.job_group, w.weight)
                             FROM appraisal.dimension_weight AS w WHERE w.dimension_id = d.dimension_id AND w.scheme_id = id),
                            'indicators',
                            (SELECT jsonb_object_agg(g.job_group, g.indicators)
                             FROM (SELECT u.job_group, jsonb_object_agg(i.code,
                                          appraisal.scheme_part('dimensions.*.indicators.*.*', to_jsonb(u),
                                              'scheme_indicator_id', 'scheme_id', 'dimension_id', 'job_group', 'indicator_id')) AS indicators
                                   FROM appraisal.scheme_indicator AS u JOIN appraisal.indicator AS i USING (indicator_id)
                                   WHERE u.dimension_id = d.dimension_id AND u.scheme_id = id GROUP BY u.job_group) AS g)))
             FROM appraisal.dimension AS d WHERE d.scheme_id = id),
            'indicators',
            (SELECT jsonb_object_agg(i.code, appraisal.scheme_part('indicators.*', i.document, VARIADIC '{}'))
             FROM appraisal.indicator_document AS i
             WHERE i.indicator_id IN (SELECT u.indicator_id FROM appraisal.scheme_indicator AS u WHERE u.scheme_id = id)),
            'raters',
            (SELECT jsonb_object_agg(g.job_group, g.sources)
             FROM (SELECT r.job_group, jsonb_object_agg(r.source,
                          appraisal.scheme_part('raters.*.*', to_jsonb(r), 'rater_rule_id', 'scheme_id', 'job_group', 'source')) AS sources
                   FROM appraisal.rater_rule AS r WHERE r.scheme_id = id GROUP BY r.job_group) AS g),
            'boxes',
            (SELECT jsonb_object_agg(g.performance_grade, g.boxes)
             FROM (SELECT b.performance_grade, jsonb_object_agg(b.values_grade,
                          appraisal.scheme_part('boxes.*.*', to_jsonb(b), 'scheme_id', 'performance_grade', 'values_grade')) AS boxes
                   FROM appraisal.box AS b WHERE b.scheme_id = id GROUP BY b.performance_grade) AS g),
            'outcomes',
            (SELECT jsonb_object_agg(o.code, appraisal.scheme_part('outcomes.*', to_jsonb(o), 'outcome_rule_id', 'scheme_id', 'code'))
             FROM appraisal.outcome_rule AS o WHERE o.scheme_id = id),
            'sign_off',
            (SELECT jsonb_agg(appraisal.scheme_part('sign_off.[]', to_jsonb(o), 'scheme_id', 'step') ORDER BY o.step)
             FROM appraisal.sign_off_rule AS o WHERE o.scheme_id = id),
            'appeals',
            (SELECT jsonb_agg(appraisal.scheme_part('appeals.[]', to_jsonb(a), 'scheme_id', 'level') ORDER BY a.level)
             FROM appraisal.appeal_rule AS a WHERE a.scheme_id = id)));
END
$$;
COMMENT ON FUNCTION appraisal.scheme_document(text, integer) IS
    'a scheme version as the document that define_scheme() takes; without a version the active one, else the newest';
-- Schemes: defined by a document, which is taken apart into tables, loaded from
-- the library, revised, brought into force.

CREATE FUNCTION appraisal.find_scheme(code text, version integer DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found_id bigint;
BEGIN
    SELECT s.scheme_id INTO found_id
    FROM appraisal.scheme AS s
    WHERE s.code = find_scheme.code AND (find_scheme.version IS NULL OR s.version = find_scheme.version)
    ORDER BY (s.status = 'active') DESC, s.version DESC LIMIT 1;
    IF found_id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'AP004',
            MESSAGE = CASE WHEN find_scheme.version IS NULL THEN format('there is no scheme "%s"', find_scheme.code)
                           ELSE format('there is no version %s of scheme "%s"', find_scheme.version, find_scheme.code) END,
            HINT = 'define_scheme() makes a scheme from a document, load_scheme() one of scheme_library().';
    END IF;
    RETURN found_id;
END
$$;
COMMENT ON FUNCTION appraisal.find_scheme(text, integer) IS
    'key of a scheme version; without a version the active one, else the newest';

-- As indicator_document shows them, so that equal definitions are equal.
CREATE FUNCTION appraisal.indicators_of_document(document jsonb)
    RETURNS TABLE (code text, definition jsonb)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
    SELECT e.key,
           to_jsonb(jsonb_populate_record(NULL::appraisal.indicator, appraisal.scheme_defaults('indicators.*') || e.value))
           - '{indicator_id,code,version}'::text[]
           || jsonb_build_object('levels', coalesce(e.value -> 'levels', '[]'))
    FROM jsonb_each(document -> 'indicators') AS e;
END
$$;
COMMENT ON FUNCTION appraisal.indicators_of_document(jsonb) IS
    'the indicators that a scheme''s document defines, defaults filled in';

-- Which row a document's definitions make or replace: a new version, or the
-- draft that the caller names.
CREATE FUNCTION appraisal.begin_draft(document jsonb, draft_id bigint) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this_code CONSTANT text := document ->> 'code';
    draft record;
    new_id bigint;
BEGIN
    IF draft_id IS NULL THEN
        SELECT s.scheme_id, s.version INTO draft FROM appraisal.scheme AS s WHERE s.code = this_code AND s.status = 'draft';
        IF FOUND THEN
            RAISE EXCEPTION USING ERRCODE = 'AP001',
                MESSAGE = format('scheme "%s" has a draft already', this_code),
                DETAIL = format('It is version %s.', draft.version),
                HINT = format('To replace it, call define_scheme() or load_scheme() with scheme_id => %s.', draft.scheme_id);
        END IF;
        INSERT INTO appraisal.scheme AS s (code, version, parent_id, title, label, language)
        SELECT this_code, coalesce(max(old.version), 0) + 1, (array_agg(old.scheme_id ORDER BY old.version DESC))[1],
               document ->> 'title', document ->> 'label', document ->> 'language'
        FROM appraisal.scheme AS old WHERE old.code = this_code
        RETURNING s.scheme_id INTO new_id;
        RETURN new_id;
    END IF;
    SELECT s.code, s.version, s.status INTO draft FROM appraisal.scheme AS s WHERE s.scheme_id = draft_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'AP004', MESSAGE = format('there is no scheme with scheme_id %s', draft_id);
    ELSIF draft.code <> this_code THEN
        RAISE EXCEPTION USING ERRCODE = 'AP005',
            MESSAGE = format('a document of scheme "%s" cannot replace one of scheme "%s"', this_code, draft.code);
    ELSIF draft.status <> 'draft' THEN
        PERFORM appraisal.refuse_change(draft.code, draft.version, draft.status);
    END IF;
    DELETE FROM appraisal.dimension AS d WHERE d.scheme_id = draft_id;
    DELETE FROM appraisal.period_rule AS p WHERE p.scheme_id = draft_id;
    DELETE FROM appraisal.rater_rule AS r WHERE r.scheme_id = draft_id;
    DELETE FROM appraisal.box AS b WHERE b.scheme_id = draft_id;
    DELETE FROM appraisal.outcome_rule AS o WHERE o.scheme_id = draft_id;
    DELETE FROM appraisal.sign_off_rule AS o WHERE o.scheme_id = draft_id;
    DELETE FROM appraisal.appeal_rule AS a WHERE a.scheme_id = draft_id;
    RETURN draft_id;
END
$$;
COMMENT ON FUNCTION appraisal.begin_draft(jsonb, bigint) IS
    'step of define_scheme(): an empty draft for a document';

-- Definitions that the library has are used, others become new versions.
CREATE FUNCTION appraisal.add_indicators(document jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    WITH fresh AS (
        INSERT INTO appraisal.indicator AS i
            (code, version, title, label, kind, reads, direction, curve, unit, data_source, frequency, gathering, "least", most)
        SELECT g.code, 1 + coalesce((SELECT max(old.version) FROM appraisal.indicator AS old WHERE old.code = g.code), 0),
               r.title, r.label, r.kind, r.reads, r.direction, r.curve, r.unit, r.data_source, r.frequency, r.gathering, r."least", r.most
        FROM appraisal.indicators_of_document(document) AS g,
             jsonb_populate_record(NULL::appraisal.indicator, g.definition) AS r
        WHERE NOT EXISTS (SELECT FROM appraisal.indicator_document AS old
                          WHERE old.code = g.code AND old.document = g.definition)
        RETURNING i.indicator_id, i.code
    )
    INSERT INTO appraisal.indicator_level (indicator_id, "position", label, points, "least", earns)
    SELECT fresh.indicator_id, l.n, r.label, r.points, r."least", r.earns
    FROM fresh,
         jsonb_array_elements(document #> ARRAY['indicators', fresh.code, 'levels']) WITH ORDINALITY AS l (value, n),
         jsonb_populate_record(NULL::appraisal.indicator_level, l.value) AS r;
END
$$;
COMMENT ON FUNCTION appraisal.add_indicators(jsonb) IS
    'step of define_scheme(): the indicators of a document that the library has not';

CREATE FUNCTION appraisal.add_dimensions(document jsonb, draft_id bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO appraisal.dimension
        (scheme_id, code, "position", title, label, gate, gate_grade, evidence_below, evidence_from, scale, box_axis)
    SELECT draft_id, e.key, r."position", r.title, r.label, r.gate, r.gate_grade, r.evidence_below, r.evidence_from, r.scale, r.box_axis
    FROM jsonb_each(document -> 'dimensions') AS e,
         jsonb_populate_record(NULL::appraisal.dimension, e.value) AS r;

    INSERT INTO appraisal.dimension_weight (scheme_id, dimension_id, job_group, weight)
    SELECT draft_id, d.dimension_id, w.key, w.value::numeric
    FROM appraisal.dimension AS d,
         jsonb_each_text(document #> ARRAY['dimensions', d.code, 'weights']) AS w
    WHERE d.scheme_id = draft_id;

    INSERT INTO appraisal.scheme_indicator (scheme_id, dimension_id, job_group, indicator_id, weight, curve, target, unit_level)
    SELECT draft_id, d.dimension_id, g.key, known.indicator_id, r.weight, r.curve, r.target, r.unit_level
    FROM appraisal.dimension AS d,
         jsonb_each(document #> ARRAY['dimensions', d.code, 'indicators']) AS g,
         jsonb_each(g.value) AS u,
         jsonb_populate_record(NULL::appraisal.scheme_indicator, u.value) AS r,
         (SELECT n.code, max(i.indicator_id) AS indicator_id
          FROM appraisal.indicators_of_document(document) AS n
          JOIN appraisal.indicator_document AS i ON i.code = n.code AND i.document = n.definition
          GROUP BY n.code) AS known
    WHERE d.scheme_id = draft_id AND known.code = u.key;
END
$$;
COMMENT ON FUNCTION appraisal.add_dimensions(jsonb, bigint) IS
    'step of define_scheme(): dimensions, their weights and indicators';

CREATE FUNCTION appraisal.add_scheme_rules(document jsonb, draft_id bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO appraisal.period_rule (scheme_id, job_group, period, due_days, composed_of, combined_by)
    SELECT draft_id, g.key, p.key, r.due_days, r.composed_of, r.combined_by
    FROM jsonb_each(document -> 'periods') AS g,
         jsonb_each(g.value) AS p,
         jsonb_populate_record(NULL::appraisal.period_rule, p.value) AS r;

    INSERT INTO appraisal.rater_rule
        (scheme_id, job_group, source, label, weight, least_raters, trim, anonymous, required, period, delegate)
    SELECT draft_id, g.key, p.key, r.label, r.weight, r.least_raters, r.trim, r.anonymous, r.required, r.period, r.delegate
    FROM jsonb_each(document -> 'raters') AS g,
         jsonb_each(g.value) AS p,
         jsonb_populate_record(NULL::appraisal.rater_rule, appraisal.scheme_defaults('raters.*.*') || p.value) AS r;

    INSERT INTO appraisal.box (scheme_id, performance_grade, values_grade, label, title)
    SELECT draft_id, g.key, b.key, b.value ->> 'label', b.value ->> 'title'
    FROM jsonb_each(document -> 'boxes') AS g, jsonb_each(g.value) AS b;

    INSERT INTO appraisal.outcome_rule
        (scheme_id, code, title, label, subject, period, grade, compares, run, service_years, after_training, outcome, amount)
    SELECT draft_id, o.key, r.title, r.label, r.subject, r.period, r.grade, r.compares, r.run, r.service_years, r.after_training,
           r.outcome, r.amount
    FROM jsonb_each(document -> 'outcomes') AS o,
         jsonb_populate_record(NULL::appraisal.outcome_rule, appraisal.scheme_defaults('outcomes.*') || o.value) AS r;

    INSERT INTO appraisal.sign_off_rule (scheme_id, step, signer, act, label, due_days)
    SELECT draft_id, o.n, r.signer, r.act, r.label, r.due_days
    FROM jsonb_array_elements(document -> 'sign_off') WITH ORDINALITY AS o (value, n),
         jsonb_populate_record(NULL::appraisal.sign_off_rule, o.value) AS r;

    INSERT INTO appraisal.appeal_rule (scheme_id, level, reviewer, label, decision_days)
    SELECT draft_id, a.n, r.reviewer, r.label, r.decision_days
    FROM jsonb_array_elements(document -> 'appeals') WITH ORDINALITY AS a (value, n),
         jsonb_populate_record(NULL::appraisal.appeal_rule, a.value) AS r;
END
$$;
COMMENT ON FUNCTION appraisal.add_scheme_rules(jsonb, bigint) IS
    'step of define_scheme(): periods, raters, boxes, outcomes, signatures and appeals';

CREATE PROCEDURE appraisal.define_scheme(document jsonb, INOUT scheme_id bigint DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM appraisal.check_scheme_document(document);
    -- versions of schemes and of indicators are counted
    LOCK TABLE appraisal.scheme IN SHARE ROW EXCLUSIVE MODE;
    scheme_id := appraisal.begin_draft(document, scheme_id);
    UPDATE appraisal.scheme AS s
    SET (title, label, language, uses, adaptable, surveyed, subjects, unit_levels, decimals, rounding, grade_reads, missing,
         least_coverage, scale, quota, enforcement, least_group, calibration_steps, no_surprise_grade, improvement_grade,
         goals_set_by, goals_confirmed, goals_approved, target_floor, self_report, self_report_days, interview, comment_topics,
         transfer, visible_to, appeal_days, appeal_day_kind, assumed)
      = (SELECT r.title, r.label, r.language, r.uses, r.adaptable, r.surveyed, r.subjects, r.unit_levels, r.decimals, r.rounding,
                r.grade_reads, r.missing, r.least_coverage, r.scale, r.quota, r.enforcement, r.least_group, r.calibration_steps,
                r.no_surprise_grade, r.improvement_grade, r.goals_set_by, r.goals_confirmed, r.goals_approved, r.target_floor,
                r.self_report, r.self_report_days, r.interview, r.comment_topics, r.transfer, r.visible_to, r.appeal_days,
                r.appeal_day_kind, r.assumed
         FROM jsonb_populate_record(NULL::appraisal.scheme, appraisal.scheme_defaults('') || document) AS r)
    WHERE s.scheme_id = define_scheme.scheme_id;
    PERFORM appraisal.add_indicators(document);
    PERFORM appraisal.add_dimensions(document, scheme_id);
    PERFORM appraisal.add_scheme_rules(document, scheme_id);
END
$$;
COMMENT ON PROCEDURE appraisal.define_scheme(jsonb, bigint) IS
    'make a draft from a scheme''s document: a new version of its code or, with scheme_id, that draft anew';

CREATE PROCEDURE appraisal.load_scheme(code text, overrides jsonb DEFAULT NULL, INOUT scheme_id bigint DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    document jsonb;
BEGIN
    BEGIN
        SELECT l.document INTO document FROM appraisal.scheme_library() AS l WHERE l.code = load_scheme.code;
    EXCEPTION
        WHEN untranslatable_character OR feature_not_supported THEN
            RAISE EXCEPTION USING ERRCODE = 'untranslatable_character',
                MESSAGE = format('the labels of the scheme library cannot be written in encoding "%s"', getdatabaseencoding()),
                HINT = 'Use a database of encoding UTF8.';
    END;
    IF document IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'AP004',
            MESSAGE = format('there is no scheme "%s" in the library', load_scheme.code),
            HINT = 'scheme_library() lists those there are; define_scheme() takes a document of your own.';
    END IF;
    CALL appraisal.define_scheme(appraisal.merge_patch(document, coalesce(overrides, '{}')), scheme_id);
END
$$;
COMMENT ON PROCEDURE appraisal.load_scheme(text, jsonb, bigint) IS
    'make a draft from a scheme of scheme_library(), changed by the overrides, a JSON Merge Patch';

CREATE PROCEDURE appraisal.revise_scheme(
    code text, overrides jsonb DEFAULT NULL, new_code text DEFAULT NULL, INOUT scheme_id bigint DEFAULT NULL
)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    source record;
BEGIN
    SELECT s.scheme_id, s.version, s.status, s.adaptable INTO source
    FROM appraisal.scheme AS s WHERE s.scheme_id = appraisal.find_scheme(revise_scheme.code);
    IF source.status <> 'active' THEN
        RAISE EXCEPTION USING ERRCODE = 'AP001',
            MESSAGE = format('scheme "%s" has no active version to revise', code),
            DETAIL = format('Version %s is %s.', source.version, source.status),
            HINT = CASE source.status WHEN 'draft' THEN 'Change a draft with define_scheme(); activate_scheme() brings it into force.'
                                      ELSE 'Call define_scheme() with what scheme_document() gives.' END;
    ELSIF new_code IS NOT NULL AND NOT source.adaptable THEN
        RAISE EXCEPTION USING ERRCODE = 'AP005',
            MESSAGE = format('scheme "%s" is not adaptable', code),
            DETAIL = 'Only an adaptable scheme may be made into another with a code of its own.';
    END IF;
    CALL appraisal.define_scheme(
        appraisal.merge_patch(appraisal.scheme_document(code, source.version), coalesce(overrides, '{}'))
        || jsonb_build_object('code', coalesce(new_code, code)), scheme_id);
    UPDATE appraisal.scheme AS s SET parent_id = source.scheme_id WHERE s.scheme_id = revise_scheme.scheme_id;
END
$$;
COMMENT ON PROCEDURE appraisal.revise_scheme(text, jsonb, text, bigint) IS
    'make a draft from the active version of a scheme, changed by the overrides; with new_code, a subsidiary''s own scheme';

-- The version before is retired on the day on which the new one begins.
CREATE PROCEDURE appraisal.activate_scheme(
    code text, version integer DEFAULT NULL, valid_from date DEFAULT CURRENT_DATE, INOUT scheme_id bigint DEFAULT NULL
)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    draft record;
    former record;
BEGIN
    SELECT s.scheme_id, s.version, s.status INTO draft
    FROM appraisal.scheme AS s
    WHERE s.code = activate_scheme.code
      AND (s.version = activate_scheme.version OR (activate_scheme.version IS NULL AND s.status = 'draft'))
    FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM appraisal.find_scheme(code, version);
        RAISE EXCEPTION USING ERRCODE = 'AP001',
            MESSAGE = format('scheme "%s" has no draft to activate', code),
            HINT = format('revise_scheme(''%s'') makes one.', code);
    ELSIF draft.status <> 'draft' THEN
        RAISE EXCEPTION USING ERRCODE = 'AP001',
            MESSAGE = format('version %s of scheme "%s" is %s, not a draft', draft.version, code, draft.status),
            HINT = format('revise_scheme(''%s'') makes a new draft.', code);
    END IF;
    SELECT s.version, s.valid_from INTO former
    FROM appraisal.scheme AS s
    WHERE s.code = activate_scheme.code AND s.status <> 'draft' AND s.valid_from >= activate_scheme.valid_from
    ORDER BY s.valid_from DESC LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'AP001',
            MESSAGE = format('version %s of scheme "%s" cannot begin on %s', draft.version, code, valid_from),
            DETAIL = format('Version %s began on %s.', former.version, former.valid_from),
            HINT = 'Call activate_scheme() with a later valid_from.';
    END IF;
    UPDATE appraisal.scheme AS s SET status = 'retired', retired_on = activate_scheme.valid_from
    WHERE s.code = activate_scheme.code AND s.status = 'active';
    UPDATE appraisal.scheme AS s SET status = 'active', valid_from = activate_scheme.valid_from
    WHERE s.scheme_id = draft.scheme_id;
    scheme_id := draft.scheme_id;
END
$$;
COMMENT ON PROCEDURE appraisal.activate_scheme(text, integer, date, bigint) IS
    'bring a draft into force, if it has no faults, and retire the version before it';
-- What keeps a draft from being activated, and a scheme in force from being
-- changed, by whatever way.

-- Sets of weights that do not add up.  A set that is wanted and not there
-- adds up to 0.
CREATE FUNCTION appraisal.scheme_weight_problems(scheme_id bigint) RETURNS TABLE (problem text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
    WITH weighed AS (
        SELECT w.job_group, w.dimension_id, w.weight, d.code,
               -- the job group whose indicators hold
               (SELECT max(u.job_group) FILTER (WHERE u.job_group = w.job_group) IS NOT NULL
                FROM appraisal.scheme_indicator AS u
                WHERE u.scheme_id = d.scheme_id AND u.dimension_id = d.dimension_id) AS has_own
        FROM appraisal.dimension_weight AS w
        JOIN appraisal.dimension AS d USING (scheme_id, dimension_id)
        WHERE d.scheme_id = scheme_weight_problems.scheme_id
    ),
    -- what is to add up: what of, the dimension, the job group, the sum
    added(what, dimension, job_group, total) AS (
        SELECT 'the dimensions', NULL, j.job_group, coalesce(sum(w.weight), 0)
        FROM (SELECT DISTINCT x.job_group FROM weighed AS x
              UNION SELECT '*' WHERE NOT EXISTS (SELECT FROM weighed)) AS j
        LEFT JOIN weighed AS w USING (job_group)
        GROUP BY j.job_group
        UNION ALL
        SELECT 'the indicators', d.code, u.job_group, sum(u.weight)
        FROM appraisal.scheme_indicator AS u
        JOIN appraisal.dimension AS d USING (scheme_id, dimension_id)
        WHERE u.scheme_id = scheme_weight_problems.scheme_id
        GROUP BY d.code, u.job_group
        UNION ALL
        SELECT 'the indicators', w.code, w.job_group, 0
        FROM weighed AS w
        WHERE w.weight > 0 AND NOT EXISTS (
            SELECT FROM appraisal.scheme_indicator AS u
            WHERE u.dimension_id = w.dimension_id AND u.job_group IN (w.job_group, '*'))
        UNION ALL
        SELECT DISTINCT 'the rater sources', NULL, r.job_group, sum(r.weight)
        FROM appraisal.rater_rule AS r
        JOIN (SELECT NULL AS period
              UNION SELECT x.period FROM appraisal.rater_rule AS x WHERE x.scheme_id = scheme_weight_problems.scheme_id) AS p
          ON r.period IS NULL OR r.period = p.period
        WHERE r.scheme_id = scheme_weight_problems.scheme_id
        GROUP BY r.job_group, p.period
        UNION ALL
        SELECT DISTINCT 'the rater sources', NULL, w.job_group, 0::numeric
        FROM weighed AS w
        JOIN appraisal.scheme_indicator AS u
          ON u.dimension_id = w.dimension_id AND u.job_group = CASE WHEN w.has_own THEN w.job_group ELSE '*' END
        JOIN appraisal.indicator AS i USING (indicator_id)
        WHERE w.weight > 0 AND i.kind <> 'measured' AND NOT EXISTS (
            SELECT FROM appraisal.rater_rule AS r
            WHERE r.scheme_id = scheme_weight_problems.scheme_id AND r.job_group IN (w.job_group, '*'))
    )
    SELECT format('weights of %s%s for job group "%s" add up to %s, not 100', a.what, ' of dimension "' || a.dimension || '"',
                  a.job_group, trim_scale(a.total))
    FROM added AS a
    WHERE a.total <> 100
    ORDER BY a.what, a.dimension, a.job_group, a.total;
END
$$;
COMMENT ON FUNCTION appraisal.scheme_weight_problems(bigint) IS
    'weights of a scheme version that do not add up to 100';

-- What one row cannot say: names that must be known elsewhere in the scheme.
CREATE FUNCTION appraisal.scheme_rule_problems(scheme_id bigint) RETURNS TABLE (problem text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
    WITH this AS (
        SELECT s.* FROM appraisal.scheme AS s WHERE s.scheme_id = scheme_rule_problems.scheme_id
    ),
    named_grade(grade, by_whom) AS (
        SELECT t.no_surprise_grade, 'no_surprise_grade' FROM this AS t
        UNION ALL SELECT t.improvement_grade, 'improvement_grade' FROM this AS t
        UNION ALL SELECT d.gate_grade, format('the gate of dimension "%s"', d.code)
                  FROM appraisal.dimension AS d JOIN this AS t USING (scheme_id)
        UNION ALL SELECT o.grade, format('outcome "%s"', o.code)
                  FROM appraisal.outcome_rule AS o JOIN this AS t USING (scheme_id)
    ),
    named_period(period, by_whom) AS (
        SELECT r.period, 'self_report' FROM this AS t, unnest(t.self_report) AS r (period)
        UNION ALL SELECT o.period, format('outcome "%s"', o.code)
                  FROM appraisal.outcome_rule AS o JOIN this AS t USING (scheme_id)
        UNION ALL SELECT r.period, format('the rater source "%s"', r.source)
                  FROM appraisal.rater_rule AS r JOIN this AS t USING (scheme_id)
    ),
    used AS (
        SELECT u.unit_level, u.curve AS own_curve, d.code AS dimension, i.*,
               EXISTS (SELECT FROM appraisal.indicator_level AS l WHERE l.indicator_id = i.indicator_id) AS has_levels
        FROM appraisal.scheme_indicator AS u
        JOIN this AS t USING (scheme_id)
        JOIN appraisal.dimension AS d USING (dimension_id)
        JOIN appraisal.indicator AS i USING (indicator_id)
    ),
    axis AS (
        SELECT d.box_axis, g.grade
        FROM appraisal.dimension AS d JOIN this AS t USING (scheme_id), appraisal.grades(d.scale) AS g
        WHERE d.box_axis IS NOT NULL
    ),
    pair AS (
        SELECT p.grade AS performance_grade, v.grade AS values_grade
        FROM axis AS p, axis AS v WHERE p.box_axis = 'performance' AND v.box_axis = 'values'
    ),
    named_box AS (
        SELECT b.performance_grade, b.values_grade FROM appraisal.box AS b JOIN this AS t USING (scheme_id)
    )
    SELECT DISTINCT format('%s names grade "%s", which is not in the scale', n.by_whom, n.grade)
    FROM named_grade AS n, this AS t
    WHERE n.grade IS NOT NULL AND n.grade NOT IN (SELECT g.grade FROM appraisal.grades(t.scale) AS g)
    UNION ALL
    SELECT 'the scheme has no periods'
    WHERE NOT EXISTS (SELECT FROM appraisal.period_rule AS p JOIN this AS t USING (scheme_id))
    UNION ALL
    SELECT DISTINCT format('%s is for each %s, which is no period of the scheme', n.by_whom, n.period)
    FROM named_period AS n
    WHERE n.period IS NOT NULL
      AND n.period NOT IN (SELECT p.period FROM appraisal.period_rule AS p JOIN this AS t USING (scheme_id))
    UNION ALL
    SELECT DISTINCT format('indicator "%s" of dimension "%s" %s', u.code, u.dimension, why.problem)
    FROM used AS u, this AS t, LATERAL (VALUES
        (u.kind = 'measured' AND u.curve IS NULL AND u.own_curve IS NULL, 'is measured and has no curve'),
        (u.kind <> 'measured' AND u.own_curve IS NOT NULL, 'has a curve and is not measured'),
        (u.kind IN ('levels', 'gated') AND NOT u.has_levels, 'has no levels'),
        (u.kind = 'rated' AND u.has_levels = (u."least" IS NOT NULL), 'must have either a range or a list of marks'),
        (u.kind = 'measured' AND u.has_levels, 'is measured and has levels'),
        (u.unit_level IS NOT NULL AND u.kind <> 'measured', 'takes the result of a unit and is not measured'),
        (u.unit_level IS NOT NULL AND u.unit_level <> ALL (t.unit_levels), format('names unit level "%s", which is not among unit_levels', u.unit_level))
    ) AS why (is_wrong, problem)
    WHERE why.is_wrong
    UNION ALL
    SELECT format('there is no box for performance "%s" and values "%s"', p.performance_grade, p.values_grade)
    FROM (TABLE pair EXCEPT TABLE named_box) AS p
    UNION ALL
    SELECT format('a box names performance "%s" and values "%s", which the box axes have not', b.performance_grade, b.values_grade)
    FROM (TABLE named_box EXCEPT TABLE pair) AS b
    UNION ALL
    SELECT CASE WHEN t.appeal_days IS NULL THEN 'there are appeal levels and no appeal_days'
                ELSE 'there are appeal_days and no appeal levels' END
    FROM this AS t
    WHERE (t.appeal_days IS NULL) = EXISTS (SELECT FROM appraisal.appeal_rule AS a WHERE a.scheme_id = t.scheme_id)
    ORDER BY 1;
END
$$;
COMMENT ON FUNCTION appraisal.scheme_rule_problems(bigint) IS
    'rules of a scheme version that name what the scheme does not have';

CREATE FUNCTION appraisal.scheme_problems(code text, version integer DEFAULT NULL)
    RETURNS TABLE (error text, problem text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    id CONSTANT bigint := appraisal.find_scheme(scheme_problems.code, scheme_problems.version);
BEGIN
    RETURN QUERY SELECT 'AP002', w.problem FROM appraisal.scheme_weight_problems(id) AS w;
    RETURN QUERY SELECT 'AP005', r.problem FROM appraisal.scheme_rule_problems(id) AS r;
END
$$;
COMMENT ON FUNCTION appraisal.scheme_problems(text, integer) IS
    'all that keeps a draft from being activated: SQLSTATE and message';

CREATE FUNCTION appraisal.refuse_change(code text, version integer, status text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'AP006',
        MESSAGE = format('version %s of scheme "%s" is %s and cannot be changed', version, code, status),
        HINT = CASE status WHEN 'active' THEN format('Call revise_scheme(''%s'') for a new version.', code)
                           ELSE 'Call define_scheme() for a new version.' END;
END
$$;
COMMENT ON FUNCTION appraisal.refuse_change(text, integer, text) IS
    'raise AP006 for a scheme version that is no draft';

CREATE FUNCTION appraisal.keep_scheme() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wrong record;
BEGIN
    IF TG_OP = 'INSERT' AND NEW.status <> 'draft' THEN
        RAISE EXCEPTION USING ERRCODE = 'AP001',
            MESSAGE = format('scheme "%s" must begin as a draft', NEW.code),
            HINT = 'define_scheme() makes a draft, activate_scheme() brings it into force.';
    ELSIF TG_OP = 'INSERT' THEN
        RETURN NEW;
    ELSIF TG_OP = 'DELETE' AND OLD.status = 'draft' THEN
        RETURN OLD;
    ELSIF TG_OP = 'UPDATE' AND OLD.status = 'draft' AND NEW.status = 'draft' THEN
        RETURN NEW;
    ELSIF TG_OP = 'UPDATE' AND OLD.status = 'draft' AND NEW.status = 'active'
        AND to_jsonb(NEW) - '{status,valid_from}'::text[] = to_jsonb(OLD) - '{status,valid_from}'::text[]
    THEN
        SELECT p.error, p.problem, count(*) OVER () AS problems INTO wrong
        FROM appraisal.scheme_problems(OLD.code, OLD.version) AS p LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION USING ERRCODE = wrong.error, MESSAGE = wrong.problem,
                DETAIL = format('Faults found in version %s of scheme "%s": %s.', OLD.version, OLD.code, wrong.problems),
                HINT = format('scheme_problems(''%s'', %s) lists them; mend the draft with define_scheme().', OLD.code, OLD.version);
        END IF;
        RETURN NEW;
    ELSIF TG_OP = 'UPDATE' AND OLD.status = 'active' AND NEW.status = 'retired'
        AND to_jsonb(NEW) - '{status,retired_on}'::text[] = to_jsonb(OLD) - '{status,retired_on}'::text[]
    THEN
        RETURN NEW;
    ELSIF OLD.status = 'draft' THEN
        RAISE EXCEPTION USING ERRCODE = 'AP001',
            MESSAGE = format('version %s of scheme "%s" is a draft: it can be changed or activated, not both at once nor retired',
                             OLD.version, OLD.code),
            HINT = 'activate_scheme() brings it into force.';
    END IF;
    PERFORM appraisal.refuse_change(OLD.code, OLD.version, OLD.status);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION appraisal.keep_scheme() IS
    'trigger: a scheme begins as a draft, is activated without faults, and then only retired';

CREATE FUNCTION appraisal.keep_scheme_rule() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    scheme record;
BEGIN
    -- locked, so that it is not activated meanwhile; gone when a draft is deleted
    FOR scheme IN
        SELECT s.code, s.version, s.status FROM appraisal.scheme AS s
        WHERE s.scheme_id IN (OLD.scheme_id, NEW.scheme_id) FOR SHARE
    LOOP
        IF scheme.status <> 'draft' THEN
            PERFORM appraisal.refuse_change(scheme.code, scheme.version, scheme.status);
        END IF;
    END LOOP;
    RETURN coalesce(NEW, OLD);
END
$$;
COMMENT ON FUNCTION appraisal.keep_scheme_rule() IS
    'trigger: the rules of a scheme change only while it is a draft';

CREATE FUNCTION appraisal.keep_indicator() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    used record;
BEGIN
    SELECT i.code, i.version, s.code AS scheme, s.version AS scheme_version INTO used
    FROM appraisal.scheme_indicator AS u
    JOIN appraisal.scheme AS s USING (scheme_id)
    JOIN appraisal.indicator AS i USING (indicator_id)
    WHERE u.indicator_id IN (OLD.indicator_id, NEW.indicator_id) AND s.status <> 'draft'
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'AP006',
            MESSAGE = format('version %s of indicator "%s" is in use and cannot be changed', used.version, used.code),
            DETAIL = format('Version %s of scheme "%s" uses it.', used.scheme_version, used.scheme),
            HINT = 'define_scheme() with another definition makes a new version of the indicator.';
    END IF;
    RETURN coalesce(NEW, OLD);
END
$$;
COMMENT ON FUNCTION appraisal.keep_indicator() IS
    'trigger: an indicator changes only while no scheme that was activated uses it';
-- The rules of a scheme as they hold for the job groups of a cycle.
--
-- A job group's own set of rules replaces that of '*', for weights of dimensions, indicators of a
-- dimension, raters and periods alike.  Everything that asks what holds for a participant asks here.

CREATE FUNCTION appraisal.job_group_indicators(scheme_id bigint, job_group text)
    RETURNS TABLE (dimension_id bigint, dimension_weight numeric, scheme_indicator_id bigint, indicator_id bigint,
                   code text, kind text, reads text, gathering text, weight numeric, curve appraisal.score_curve, target numeric,
                   unit_level text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
    SELECT w.dimension_id, w.weight, u.scheme_indicator_id, i.indicator_id, i.code, i.kind, i.reads, i.gathering,
           u.weight, coalesce(u.curve, i.curve), u.target, u.unit_level
    FROM appraisal.dimension_weight AS w
    JOIN appraisal.scheme_indicator AS u
      ON u.scheme_id = w.scheme_id AND u.dimension_id = w.dimension_id
     AND u.job_group = CASE WHEN EXISTS (SELECT FROM appraisal.scheme_indicator AS own
                                         WHERE own.scheme_id = w.scheme_id AND own.dimension_id = w.dimension_id
                                           AND own.job_group = job_group_indicators.job_group)
                            THEN job_group_indicators.job_group ELSE '*' END
    JOIN appraisal.indicator AS i USING (indicator_id)
    WHERE w.scheme_id = job_group_indicators.scheme_id
      AND w.job_group = CASE WHEN EXISTS (SELECT FROM appraisal.dimension_weight AS own
                                          WHERE own.scheme_id = job_group_indicators.scheme_id
                                            AND own.job_group = job_group_indicators.job_group)
                             THEN job_group_indicators.job_group ELSE '*' END;
END
$$;
COMMENT ON FUNCTION appraisal.job_group_indicators(bigint, text) IS
    'the indicators of a scheme, with weights, curves and targets, as they hold for a job group';

CREATE FUNCTION appraisal.cycle_indicators(cycle_id bigint)
    RETURNS TABLE (job_group text, dimension_id bigint, dimension_weight numeric, scheme_indicator_id bigint, indicator_id bigint,
                   code text, kind text, reads text, gathering text, weight numeric, curve appraisal.score_curve, target numeric,
                   unit_level text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
    SELECT g.job_group, i.*
    FROM (SELECT DISTINCT c.scheme_id, p.job_group
          FROM appraisal.participant AS p JOIN appraisal.cycle AS c USING (cycle_id)
          WHERE p.cycle_id = cycle_indicators.cycle_id) AS g
    CROSS JOIN LATERAL appraisal.job_group_indicators(g.scheme_id, g.job_group) AS i;
END
$$;
COMMENT ON FUNCTION appraisal.cycle_indicators(bigint) IS
    'the indicators of a cycle''s scheme, with weights, curves and targets, as they hold for each job group that takes part';

CREATE FUNCTION appraisal.job_group_raters(scheme_id bigint, period text, job_group text)
    RETURNS TABLE (source text, label text, weight numeric, least_raters integer, "trim" integer,
                   anonymous boolean, required boolean, delegate text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
    SELECT r.source, r.label, r.weight, r.least_raters, r.trim, r.anonymous, r.required, r.delegate
    FROM appraisal.rater_rule AS r
    WHERE r.scheme_id = job_group_raters.scheme_id
      AND r.job_group = CASE WHEN EXISTS (SELECT FROM appraisal.rater_rule AS own
                                          WHERE own.scheme_id = job_group_raters.scheme_id
                                            AND own.job_group = job_group_raters.job_group)
                             THEN job_group_raters.job_group ELSE '*' END
      AND (r.period IS NULL OR r.period = job_group_raters.period);
END
$$;
COMMENT ON FUNCTION appraisal.job_group_raters(bigint, text, text) IS
    'the rater sources of a scheme in a period, as they hold for a job group';

CREATE FUNCTION appraisal.cycle_raters(cycle_id bigint)
    RETURNS TABLE (job_group text, source text, label text, weight numeric, least_raters integer, "trim" integer,
                   anonymous boolean, required boolean, delegate text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
    SELECT g.job_group, r.*
    FROM (SELECT DISTINCT c.scheme_id, c.period, p.job_group
          FROM appraisal.participant AS p JOIN appraisal.cycle AS c USING (cycle_id)
          WHERE p.cycle_id = cycle_raters.cycle_id) AS g
    CROSS JOIN LATERAL appraisal.job_group_raters(g.scheme_id, g.period, g.job_group) AS r;
END
$$;
COMMENT ON FUNCTION appraisal.cycle_raters(bigint) IS
    'the rater sources of a cycle''s scheme and period, as they hold for each job group that takes part';
-- Appraisal cycles: opening, and the steps from one status to the next.

CREATE FUNCTION appraisal.next_step(status text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE status
        WHEN 'draft' THEN 'CALL appraisal.enrol() adds people, propose_goals() begins with goals, start_scoring() with reviews.'
        WHEN 'goals' THEN 'CALL appraisal.start_scoring() when the goals are set.'
        WHEN 'scoring' THEN 'CALL appraisal.close_reviews() when the reviews are in.'
        WHEN 'calibration' THEN 'CALL appraisal.compute_results() computes results, sign_off() signs and publish() publishes them.'
        WHEN 'published' THEN 'CALL appraisal.close_cycle() ends it; what is published is changed by an appeal only.'
        ELSE 'What is published is changed by an appeal only.'
    END
$$;
COMMENT ON FUNCTION appraisal.next_step(text) IS 'hint: the call that takes a cycle on from a status';

CREATE FUNCTION appraisal.cycle_of_code(code text) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    found_id bigint;
BEGIN
    SELECT c.cycle_id INTO found_id FROM appraisal.cycle AS c WHERE c.code = cycle_of_code.code;
    IF found_id IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP004',
            MESSAGE = format('there is no cycle "%s"', cycle_of_code.code),
            HINT = 'Open it with CALL appraisal.open_cycle().';
    END IF;
    RETURN found_id;
END
$function$;
COMMENT ON FUNCTION appraisal.cycle_of_code(text) IS 'key of the cycle with this code; an error if there is none';

-- Functions that look up a code or raise an error are called for a variable, not within a condition: the
-- planner may try them there, with an older snapshot, in which what the transaction made is missing.

-- Locks the cycle until the transaction ends, so that calls that change it follow one another.
CREATE FUNCTION appraisal.cycle_to_change(cycle text, OUT cycle_id bigint, OUT scheme_id bigint, OUT period text,
                                          OUT during daterange, OUT cohort_date date, OUT status text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    SELECT c.cycle_id, c.scheme_id, c.period, c.during, c.cohort_date, c.status
    INTO cycle_to_change.cycle_id, cycle_to_change.scheme_id, cycle_to_change.period, cycle_to_change.during,
         cycle_to_change.cohort_date, cycle_to_change.status
    FROM appraisal.cycle AS c WHERE c.code = cycle_to_change.cycle
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        PERFORM appraisal.cycle_of_code(cycle_to_change.cycle);
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = format('cycle "%s" is kept by HR', cycle_to_change.cycle),
            HINT = 'Ask an account with the capability hr.';
    END IF;
END
$function$;
COMMENT ON FUNCTION appraisal.cycle_to_change(text) IS
    'the cycle with this code, locked; an error if there is none or the caller may not change it';

CREATE PROCEDURE appraisal.open_cycle(code text, scheme text, period text, during daterange, title text DEFAULT NULL,
                                      cohort_date date DEFAULT NULL, reviews_due date DEFAULT NULL,
                                      INOUT cycle_id bigint DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    active_id bigint;
BEGIN
    SELECT s.scheme_id INTO active_id FROM appraisal.scheme AS s WHERE s.code = open_cycle.scheme AND s.status = 'active';
    IF active_id IS NULL THEN
        PERFORM appraisal.find_scheme(scheme);
        RAISE EXCEPTION USING
            ERRCODE = 'AP001',
            MESSAGE = format('scheme "%s" has no active version', scheme),
            HINT = format('CALL appraisal.activate_scheme(''%s'') brings its draft into force.', scheme);
    ELSIF isempty(during) OR lower_inf(during) OR upper_inf(during) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('cycle "%s" needs a first and a last day', code),
            DETAIL = format('The period given is %s.', during);
    END IF;
    INSERT INTO appraisal.cycle (code, title, scheme_id, period, during, cohort_date, reviews_due)
    VALUES (open_cycle.code, coalesce(open_cycle.title, open_cycle.code), active_id, open_cycle.period, open_cycle.during,
            coalesce(open_cycle.cohort_date, upper(open_cycle.during) - 1), open_cycle.reviews_due)
    RETURNING cycle.cycle_id INTO open_cycle.cycle_id;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.open_cycle(text, text, text, daterange, text, date, date, bigint) IS
    'opens a cycle, a draft, by the active version of a scheme; units and superiors are those of the cohort date, the last day unless said otherwise';

CREATE PROCEDURE appraisal.start_scoring(cycle text, INOUT appraised integer DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    this record;
BEGIN
    SELECT c.* INTO this FROM appraisal.cycle_to_change(start_scoring.cycle) AS c;
    IF this.status NOT IN ('draft', 'goals') THEN
        PERFORM appraisal.refuse_step(cycle, this.status, 'scoring');
    END IF;
    UPDATE appraisal.cycle AS c SET status = 'goals' WHERE c.cycle_id = this.cycle_id AND c.status = 'draft';
    UPDATE appraisal.cycle AS c SET status = 'scoring' WHERE c.cycle_id = this.cycle_id;
    SELECT count(*) INTO appraised
    FROM appraisal.participant AS p WHERE p.cycle_id = this.cycle_id AND p.leads AND p.exempt_because IS NULL;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.start_scoring(text, integer) IS
    'begins with reviews and figures, if there is somebody to appraise and the goals are as the scheme wants them; says how many are appraised';

-- HR does not see reviews of oneself, so these are not counted.
CREATE PROCEDURE appraisal.close_reviews(cycle text, INOUT lapsed integer DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    this record;
BEGIN
    SELECT c.* INTO this FROM appraisal.cycle_to_change(close_reviews.cycle) AS c;
    SELECT count(*) INTO lapsed
    FROM appraisal.review AS r WHERE r.cycle_id = this.cycle_id AND r.status = 'assigned';
    UPDATE appraisal.cycle AS c SET status = 'calibration' WHERE c.cycle_id = this.cycle_id;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.close_reviews(text, integer) IS
    'takes a cycle to calibration; reviews that are not in lapse, and it says how many of those the caller may see';

CREATE PROCEDURE appraisal.reopen(cycle text, reason text, INOUT status text DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    this record;
BEGIN
    SELECT c.* INTO this FROM appraisal.cycle_to_change(reopen.cycle) AS c;
    status := CASE this.status WHEN 'goals' THEN 'draft' WHEN 'scoring' THEN 'goals' WHEN 'calibration' THEN 'scoring' END;
    IF status IS NULL THEN
        PERFORM appraisal.refuse_step(cycle, this.status, NULL);
    END IF;
    UPDATE appraisal.cycle AS c SET status = reopen.status, reopened_because = reason
    WHERE c.cycle_id = this.cycle_id;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.reopen(text, text, text) IS
    'takes a cycle that is not published back one step, for a reason; signatures are withdrawn by that; says the status it has then';

CREATE FUNCTION appraisal.refuse_step(code text, status text, wanted text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'AP001',
        MESSAGE = format('cycle "%s" cannot go ', code) || coalesce('from ' || status || ' to ' || wanted, 'back from ' || status),
        DETAIL = 'A cycle goes from draft to goals, scoring, calibration, published and closed, one step at a time, and back one step until it is published.',
        HINT = appraisal.next_step(status);
END
$function$;
COMMENT ON FUNCTION appraisal.refuse_step(text, text, text) IS 'error: a cycle does not go from one status to the other';

CREATE FUNCTION appraisal.check_cycle(code text, scheme_id bigint, period text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    this record;
    periods text[];
BEGIN
    SELECT s.code, s.version, s.status INTO this FROM appraisal.scheme AS s WHERE s.scheme_id = check_cycle.scheme_id;
    IF this.status <> 'active' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP001',
            MESSAGE = format('cycle "%s" cannot go by version %s of scheme "%s", which is %s', code, this.version, this.code,
                             CASE this.status WHEN 'draft' THEN 'a draft' ELSE this.status END),
            HINT = 'CALL appraisal.activate_scheme() brings a draft into force.';
    END IF;
    SELECT array_agg(DISTINCT r.period) INTO periods
    FROM appraisal.period_rule AS r WHERE r.scheme_id = check_cycle.scheme_id;
    IF check_cycle.period <> ALL (periods) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('scheme "%s" has no appraisals for each %s', this.code, check_cycle.period),
            DETAIL = format('Its periods are: %s.', array_to_string(periods, ', '));
    END IF;
END
$function$;
COMMENT ON FUNCTION appraisal.check_cycle(text, bigint, text) IS
    'an error unless the scheme version is in force and has such periods; keep_cycle() asks';

-- What must hold before a cycle goes on to scoring; keep_cycle() asks, whoever takes the step.
CREATE FUNCTION appraisal.check_before_scoring(cycle_id bigint) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    this record;
    fault record;
BEGIN
    SELECT c.code, s.goals_set_by, s.goals_confirmed, s.goals_approved INTO this
    FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id)
    WHERE c.cycle_id = check_before_scoring.cycle_id;
    IF NOT EXISTS (SELECT FROM appraisal.participant AS p
                   WHERE p.cycle_id = check_before_scoring.cycle_id AND p.exempt_because IS NULL) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP001',
            MESSAGE = format('cycle "%s" has nobody to appraise', this.code),
            HINT = format('CALL appraisal.enrol(''%s'') adds people.', this.code);
    END IF;

    IF this.goals_set_by <> 'none' THEN
        SELECT appraisal.participant_name(f.cycle_id, f.participant_id) AS who, f.indicator,
               f.participants INTO fault
        FROM (SELECT w.cycle_id, w.participant_id, w.indicator, count(*) OVER () AS participants
              FROM (SELECT DISTINCT ON (p.participant_id) p.cycle_id, p.participant_id, k.code AS indicator
                    FROM appraisal.participant AS p
                    JOIN appraisal.goal_indicators(check_before_scoring.cycle_id) AS k USING (job_group)
                    LEFT JOIN appraisal.goal AS g
                      ON g.cycle_id = p.cycle_id AND g.participant_id = p.participant_id
                     AND g.scheme_indicator_id = k.scheme_indicator_id
                    WHERE p.cycle_id = check_before_scoring.cycle_id AND p.exempt_because IS NULL AND k.is_wanted AND g.goal_id IS NULL
                    ORDER BY p.participant_id, k.scheme_indicator_id) AS w
              ORDER BY w.participant_id LIMIT 1) AS f;
        IF FOUND THEN
            RAISE EXCEPTION USING
                ERRCODE = 'AP001',
                MESSAGE = format('%s has no goal for indicator "%s"', fault.who, fault.indicator),
                DETAIL = format('Participants whose goals are not complete: %s.', fault.participants),
                HINT = format('CALL appraisal.propose_goals(''%s'') proposes those of the scheme.', this.code);
        END IF;
    END IF;

    SELECT appraisal.participant_name(f.cycle_id, f.participant_id) AS who, f.dimension, f.total, f.sets INTO fault
    FROM (SELECT w.*, count(*) OVER () AS sets
          FROM (SELECT p.cycle_id, p.participant_id, d.code AS dimension, d."position", sum(coalesce(g.weight, k.weight)) AS total
                FROM appraisal.participant AS p
                JOIN appraisal.cycle_indicators(check_before_scoring.cycle_id) AS k USING (job_group)
                JOIN appraisal.dimension AS d USING (dimension_id)
                LEFT JOIN appraisal.goal AS g
                  ON g.cycle_id = p.cycle_id AND g.participant_id = p.participant_id
                 AND g.scheme_indicator_id = k.scheme_indicator_id
                WHERE p.cycle_id = check_before_scoring.cycle_id AND p.exempt_because IS NULL
                GROUP BY p.cycle_id, p.participant_id, d.code, d."position"
                HAVING count(g.goal_id) > 0 AND sum(coalesce(g.weight, k.weight)) <> 100) AS w
          ORDER BY w.participant_id, w."position" LIMIT 1) AS f;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP002',
            MESSAGE = format('weights of the goals of %s in dimension "%s" add up to %s, not 100', fault.who, fault.dimension,
                             trim_scale(fault.total)),
            DETAIL = format('Sets of goals that do not add up: %s.', fault.sets),
            HINT = 'CALL appraisal.adjust_goal() with another weight; indicators without a goal have the scheme''s.';
    END IF;

    SELECT appraisal.participant_name(f.cycle_id, f.participant_id) AS who, f.title, f.want, f.goals INTO fault
    FROM (SELECT w.*, count(*) OVER () AS goals
          FROM (SELECT g.cycle_id, g.participant_id, g.goal_id, g.title,
                       CASE WHEN this.goals_confirmed AND g.confirmed_at IS NULL THEN 'confirmed'
                            WHEN this.goals_approved AND g.approved_by_hr IS NULL THEN 'approved by HR'
                            WHEN this.goals_approved AND g.approved_by_head IS NULL
                                 AND CASE WHEN p.person_id IS NOT NULL THEN p.manager_id IS NOT NULL
                                          ELSE EXISTS (SELECT FROM appraisal.participant AS head
                                                       WHERE head.cycle_id = p.cycle_id AND head.person_id = p.manager_id
                                                         AND head.manager_id IS NOT NULL) END
                                 THEN 'approved by a manager above' END AS want
                FROM appraisal.goal AS g JOIN appraisal.participant AS p USING (cycle_id, participant_id)
                WHERE g.cycle_id = check_before_scoring.cycle_id AND p.exempt_because IS NULL) AS w
          WHERE w.want IS NOT NULL
          ORDER BY w.goal_id LIMIT 1) AS f;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP001',
            MESSAGE = format('goal "%s" of %s is not %s', fault.title, fault.who, fault.want),
            DETAIL = format('Goals that are not ready: %s.', fault.goals),
            HINT = CASE fault.want WHEN 'confirmed' THEN format('The person does: CALL appraisal.confirm_goal(''%s'').', this.code)
                                   ELSE format('CALL appraisal.approve_goals(''%s'').', this.code) END;
    END IF;
END
$function$;
COMMENT ON FUNCTION appraisal.check_before_scoring(bigint) IS
    'an error unless there is somebody to appraise and all goals that the scheme wants are there, add up, and are confirmed and approved';

CREATE FUNCTION appraisal.participant_name(cycle_id bigint, participant_id bigint) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    name text;
BEGIN
    SELECT CASE WHEN p.person_id IS NOT NULL THEN format('person "%s"', n.code) ELSE format('unit "%s"', u.code) END INTO name
    FROM appraisal.participant AS p
    LEFT JOIN appraisal.person AS n ON n.person_id = p.person_id
    LEFT JOIN appraisal.unit AS u ON u.unit_id = p.appraised_unit_id
    WHERE p.cycle_id = participant_name.cycle_id AND p.participant_id = participant_name.participant_id;
    RETURN name;
END
$function$;
COMMENT ON FUNCTION appraisal.participant_name(bigint, bigint) IS 'a participant as messages name it: person "code" or unit "code"';

CREATE FUNCTION appraisal.participants_named(cycle text, person text, unit text) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    this_id CONSTANT bigint := appraisal.cycle_of_code(cycle);
    named_person CONSTANT bigint := CASE WHEN person IS NOT NULL THEN appraisal.person_of_code(person) END;
    named_unit CONSTANT bigint := CASE WHEN unit IS NOT NULL THEN appraisal.unit_of_code(unit) END;
BEGIN
    RETURN QUERY
    SELECT p.participant_id
    FROM appraisal.participant AS p
    WHERE p.cycle_id = this_id
      AND (p.person_id = named_person OR p.appraised_unit_id = named_unit OR (person IS NULL AND unit IS NULL));
    IF NOT FOUND AND (person IS NOT NULL OR unit IS NOT NULL) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP004',
            MESSAGE = format('%s is not enrolled in cycle "%s"',
                             concat_ws(' or ', 'person "' || person || '"', 'unit "' || unit || '"'), cycle),
            HINT = 'CALL appraisal.enrol() enrols people and units; ask who may see this one.';
    END IF;
END
$function$;
COMMENT ON FUNCTION appraisal.participants_named(text, text, text) IS
    'keys of a person''s or a unit''s participants in a cycle, of all when neither is named; an error if there are none whom the caller may see';
-- Enrolment: who takes part in a cycle, as posted then, and who is exempt.

-- Which job groups a cycle is for: a group's own set of periods replaces that of '*'.
CREATE FUNCTION appraisal.groups_with_period(scheme_id bigint, period text, OUT own_set text[], OUT with_period text[])
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    SELECT array_agg(DISTINCT r.job_group), array_agg(DISTINCT r.job_group) FILTER (WHERE r.period = groups_with_period.period)
    INTO own_set, with_period
    FROM appraisal.period_rule AS r WHERE r.scheme_id = groups_with_period.scheme_id;
END
$function$;
COMMENT ON FUNCTION appraisal.groups_with_period(bigint, text) IS
    'job groups with a set of periods of their own, * among them, and those whose set has this period';

-- The unit named and all below it; all units when none is named.
CREATE FUNCTION appraisal.units_below(unit text) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    IF unit IS NULL THEN
        RETURN QUERY SELECT u.unit_id FROM appraisal.unit AS u;
    ELSE
        RETURN QUERY
        WITH RECURSIVE below AS (
            SELECT appraisal.unit_of_code(units_below.unit) AS unit_id
            UNION ALL
            SELECT u.unit_id FROM below AS b JOIN appraisal.unit AS u ON u.parent_id = b.unit_id
        )
        SELECT b.unit_id FROM below AS b;
    END IF;
END
$function$;
COMMENT ON FUNCTION appraisal.units_below(text) IS 'keys of a unit and of all below it; of all units without one';

-- A posting counts while the person is in service: the days of it in the period are what is held. Days
-- run together as long as the unit stays; with the scheme's present_unit all days are one run. The leading
-- run decides whether the person is enrolled; of the others those stay whose job group has the period.
CREATE FUNCTION appraisal.enrol_people(cycle text, unit text, job_group text, least_days integer,
                                       OUT enrolled integer, OUT exempted integer)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    this record;
    groups record;
    in_segments boolean;
BEGIN
    SELECT c.* INTO this FROM appraisal.cycle_to_change(enrol_people.cycle) AS c;
    SELECT g.* INTO groups FROM appraisal.groups_with_period(this.scheme_id, this.period) AS g;
    SELECT s.transfer = 'segments' INTO in_segments FROM appraisal.scheme AS s WHERE s.scheme_id = this.scheme_id;
    WITH held AS (
        SELECT g.person_id, g.unit_id, g.manager_id, g.job_group, n.hired_on, n.left_on,
               g.during * this.during * daterange(n.hired_on, n.left_on) AS held
        FROM appraisal.posting AS g JOIN appraisal.person AS n USING (person_id)
        WHERE g.during && this.during AND daterange(n.hired_on, n.left_on) && this.during
          AND NOT EXISTS (SELECT FROM appraisal.participant AS p
                          WHERE p.cycle_id = this.cycle_id AND p.person_id = g.person_id)
    ),
    in_order AS (
        SELECT h.*, in_segments AND h.unit_id <> lag(h.unit_id) OVER (PARTITION BY h.person_id ORDER BY lower(h.held)) AS moved
        FROM held AS h
        WHERE NOT isempty(h.held)
    ),
    numbered AS (
        SELECT o.*, count(*) FILTER (WHERE o.moved) OVER (PARTITION BY o.person_id ORDER BY lower(o.held)) AS run
        FROM in_order AS o
    ),
    -- a row a run: that of its last posting, or for the present unit that of the cohort date
    run AS (
        SELECT DISTINCT ON (m.person_id, m.run)
               m.person_id, m.unit_id, m.manager_id, m.job_group, m.hired_on, m.left_on, m.run,
               sum(upper(m.held) - lower(m.held)) OVER whole AS segment_days,
               bool_or(m.held @> this.cohort_date) OVER whole AS on_cohort_date
        FROM numbered AS m
        WINDOW whole AS (PARTITION BY m.person_id, m.run)
        ORDER BY m.person_id, m.run, NOT in_segments AND m.held @> this.cohort_date DESC, lower(m.held) DESC
    ),
    placed AS (
        SELECT r.*, r.run = first_value(r.run) OVER (PARTITION BY r.person_id ORDER BY r.on_cohort_date DESC, r.run DESC) AS leads,
               CASE WHEN r.job_group = ANY (groups.own_set) THEN r.job_group ELSE '*' END = ANY (groups.with_period) AS has_period
        FROM run AS r
    ),
    chosen AS (
        SELECT l.*, bool_or(l.leads AND (enrol_people.job_group IS NULL OR l.job_group = enrol_people.job_group)
                            AND l.unit_id IN (SELECT appraisal.units_below(enrol_people.unit)))
                    OVER (PARTITION BY l.person_id) AS is_wanted
        FROM (SELECT x.*, bool_or(x.leads) OVER (PARTITION BY x.person_id) AS stays FROM placed AS x WHERE x.has_period) AS l
        WHERE l.stays
    ),
    added AS (
        INSERT INTO appraisal.participant AS p
            (cycle_id, person_id, segment, segment_days, leads, unit_id, manager_id, job_group, exempt_because)
        SELECT this.cycle_id, c.person_id, row_number() OVER (PARTITION BY c.person_id ORDER BY c.run), c.segment_days, c.leads,
               c.unit_id, c.manager_id, c.job_group,
               CASE WHEN least(c.left_on, upper(this.during)) - greatest(c.hired_on, lower(this.during)) 
                          >= enrol_people.least_days THEN NULL
                    WHEN c.left_on < upper(this.during) THEN 'leaver'
                    WHEN c.hired_on > lower(this.during) THEN 'newcomer' END
        FROM chosen AS c
        WHERE c.is_wanted
        ORDER BY c.person_id, c.run
        RETURNING p.leads, p.exempt_because
    )
    SELECT count(*), count(a.exempt_because) INTO enrolled, exempted FROM added AS a WHERE a.leads;
END
$function$;
COMMENT ON FUNCTION appraisal.enrol_people(text, text, text, integer) IS 'step of enrol(): people';

-- A unit's head is who is posted there under somebody who is not.
CREATE FUNCTION appraisal.enrol_units(cycle text, unit text, kind text, OUT enrolled integer)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    this record;
    groups record;
BEGIN
    SELECT c.* INTO this FROM appraisal.cycle_to_change(enrol_units.cycle) AS c;
    SELECT g.* INTO groups FROM appraisal.groups_with_period(this.scheme_id, this.period) AS g;
    WITH posted AS (
        SELECT g.person_id, g.unit_id, g.manager_id
        FROM appraisal.posting AS g JOIN appraisal.person AS n USING (person_id)
        WHERE g.during @> this.cohort_date AND daterange(n.hired_on, n.left_on) @> this.cohort_date
    ),
    head AS (
        SELECT g.unit_id, min(g.person_id) AS person_id
        FROM posted AS g
        LEFT JOIN posted AS above ON above.person_id = g.manager_id AND above.unit_id = g.unit_id
        WHERE above.person_id IS NULL
        GROUP BY g.unit_id
        HAVING count(*) = 1
    )
    INSERT INTO appraisal.participant (cycle_id, appraised_unit_id, segment_days, unit_id, manager_id, job_group)
    SELECT this.cycle_id, u.unit_id, upper(this.during) - lower(this.during), u.unit_id, h.person_id, u.kind
    FROM appraisal.unit AS u
    JOIN appraisal.scheme AS s ON s.scheme_id = this.scheme_id AND u.kind = ANY (s.unit_levels)
    LEFT JOIN head AS h USING (unit_id)
    WHERE u.unit_id IN (SELECT appraisal.units_below(enrol_units.unit))
      AND (enrol_units.kind IS NULL OR u.kind = enrol_units.kind)
      AND CASE WHEN u.kind = ANY (groups.own_set) THEN u.kind ELSE '*' END = ANY (groups.with_period)
      AND NOT EXISTS (SELECT FROM appraisal.participant AS p
                      WHERE p.cycle_id = this.cycle_id AND p.appraised_unit_id = u.unit_id)
    ORDER BY u.unit_id;
    GET DIAGNOSTICS enrolled = ROW_COUNT;
END
$function$;
COMMENT ON FUNCTION appraisal.enrol_units(text, text, text) IS 'step of enrol(): units';

CREATE PROCEDURE appraisal.enrol(cycle text, unit text DEFAULT NULL, job_group text DEFAULT NULL, subject text DEFAULT 'person',
                                 least_days integer DEFAULT NULL, INOUT enrolled integer DEFAULT NULL,
                                 INOUT exempted integer DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    this record;
    subjects text[];
BEGIN
    SELECT c.* INTO this FROM appraisal.cycle_to_change(enrol.cycle) AS c;
    SELECT s.subjects INTO subjects FROM appraisal.scheme AS s WHERE s.scheme_id = this.scheme_id;
    IF this.status NOT IN ('draft', 'goals') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP001',
            MESSAGE = format('cycle "%s" is in status %s: nobody is enrolled any more', cycle, this.status),
            HINT = appraisal.next_step(this.status);
    ELSIF subject <> ALL (subjects) OR subject IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('the scheme of cycle "%s" does not appraise a "%s"', cycle, subject),
            DETAIL = format('It appraises: %s.', array_to_string(subjects, ', '));
    ELSIF subject = 'person' THEN
        SELECT e.enrolled, e.exempted INTO enrol.enrolled, enrol.exempted
        FROM appraisal.enrol_people(cycle, unit, job_group,
                                    coalesce(least_days, (upper(this.during) - lower(this.during) + 1) / 2)) AS e;
    ELSE
        enrolled := appraisal.enrol_units(cycle, unit, job_group);
        exempted := 0;
    END IF;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.enrol(text, text, text, text, integer, integer, integer) IS
    'enrols who was posted in the period, or units: in a unit and below it, of a job group, or all; says how many, and how many of them are exempt as newcomers and leavers';

CREATE PROCEDURE appraisal.exempt(cycle text, person text, reason text, unit text DEFAULT NULL,
                                  INOUT exempted integer DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    this record;
BEGIN
    SELECT c.* INTO this FROM appraisal.cycle_to_change(exempt.cycle) AS c;
    IF num_nonnulls(person, unit) <> 1 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = 'an exemption is for one person or one unit';
    END IF;
    UPDATE appraisal.participant AS p SET exempt_because = reason
    WHERE p.cycle_id = this.cycle_id AND p.exempt_because IS DISTINCT FROM reason
      AND p.participant_id IN (SELECT appraisal.participants_named(cycle, person, unit));
    exempted := CASE WHEN FOUND THEN 1 ELSE 0 END;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.exempt(text, text, text, text, integer) IS
    'exempts an enrolled person or unit for a reason, long leave for one, or without a reason ends the exemption; says whether that changed anything';

CREATE FUNCTION appraisal.refuse_participant(fault text, who text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    IF fault = 'own' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = 'nobody changes one''s own participation',
            DETAIL = format('It is that of %s.', who),
            HINT = 'Ask another account with the capability hr.';
    END IF;
    RAISE EXCEPTION USING
        ERRCODE = 'AP005',
        MESSAGE = CASE fault
            WHEN 'key' THEN 'a participant stays the one who was enrolled'
            WHEN 'subject' THEN 'the scheme does not appraise such participants'
            ELSE 'one segment of a person leads, and all are exempt for one reason or none' END,
        DETAIL = format('The participant is %s.', who),
        HINT = 'CALL appraisal.enrol() and exempt() keep participants.';
END
$function$;
COMMENT ON FUNCTION appraisal.refuse_participant(text, text) IS 'error: a participant must not be written so; the guards call it';
-- Goals: proposed, adjusted, confirmed, approved. What each may do is held by keep_goal() and its like,
-- whatever way a goal is written; the calls here choose the rows.

-- A goal is wanted for each indicator that has a direction, which is a figure that can be aimed at, and
-- whose figure is not a unit's result.
CREATE FUNCTION appraisal.goal_indicators(cycle_id bigint)
    RETURNS TABLE (job_group text, dimension text, scheme_indicator_id bigint, code text, direction text, weight numeric,
                   target numeric, title text, earns text, is_wanted boolean)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
    SELECT k.job_group, d.code, k.scheme_indicator_id, k.code, i.direction, k.weight, k.target, i.label,
           (SELECT string_agg(l.label || ': ' || l.earns, E'\n' ORDER BY l."position")
            FROM appraisal.indicator_level AS l WHERE l.indicator_id = i.indicator_id),
           i.direction IS NOT NULL AND k.unit_level IS NULL AND k.dimension_weight > 0
    FROM appraisal.cycle_indicators(goal_indicators.cycle_id) AS k
    JOIN appraisal.indicator AS i USING (indicator_id)
    JOIN appraisal.dimension AS d USING (dimension_id);
END
$$;
COMMENT ON FUNCTION appraisal.goal_indicators(bigint) IS
    'the indicators of each job group in a cycle, with what a goal for them has unless said otherwise, and whether the scheme wants one';

-- Figures of periods of the same kind that were over when this one began. Whoever has a goal is compared
-- with the own figures, by the indicator's code, whatever version or scheme they were gathered under.
CREATE FUNCTION appraisal.earlier_actuals(cycle_id bigint, participants bigint[])
    RETURNS TABLE (participant_id bigint, scheme_indicator_id bigint, direction text, actual numeric)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this record;
BEGIN
    SELECT c.period, c.during, s.target_floor INTO this
    FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id)
    WHERE c.cycle_id = earlier_actuals.cycle_id;
    IF this.target_floor = 'none' THEN
        RETURN;
    END IF;
    RETURN QUERY
    WITH aimed AS (
        SELECT p.participant_id, p.person_id, p.appraised_unit_id, k.scheme_indicator_id, k.code, k.direction
        FROM appraisal.participant AS p
        JOIN appraisal.goal_indicators(earlier_actuals.cycle_id) AS k USING (job_group)
        WHERE p.cycle_id = earlier_actuals.cycle_id AND p.participant_id = ANY (participants) AND k.direction IS NOT NULL
    ),
    gathered AS (
        SELECT p.person_id, p.appraised_unit_id, i.code, c.cycle_id, upper(c.during) AS until,
               CASE i.gathering
                   WHEN 'sum' THEN sum(m.value)
                   WHEN 'mean' THEN avg(m.value)
                   ELSE (array_agg(m.value ORDER BY m.measured_on DESC, m.measurement_id DESC))[1] END AS value
        FROM (SELECT DISTINCT a.person_id, a.appraised_unit_id FROM aimed AS a) AS who
        JOIN appraisal.participant AS p ON p.person_id = who.person_id OR p.appraised_unit_id = who.appraised_unit_id
        JOIN appraisal.cycle AS c ON c.cycle_id = p.cycle_id AND c.period = this.period AND upper(c.during) <= lower(this.during)
        JOIN appraisal.measurement AS m ON m.cycle_id = p.cycle_id AND m.participant_id = p.participant_id
        JOIN appraisal.indicator AS i USING (indicator_id)
        WHERE NOT EXISTS (SELECT FROM appraisal.measurement AS later
                          WHERE later.cycle_id = m.cycle_id AND later.supersedes = m.measurement_id)
        GROUP BY p.person_id, p.appraised_unit_id, i.code, i.gathering, c.cycle_id
    )
    SELECT a.participant_id, a.scheme_indicator_id, a.direction,
           CASE WHEN this.target_floor = 'last' THEN (array_agg(g.value ORDER BY g.until DESC, g.cycle_id DESC))[1]
                WHEN a.direction = 'higher' THEN max(g.value)
                ELSE min(g.value) END
    FROM aimed AS a
    JOIN gathered AS g ON g.code = a.code AND (g.person_id = a.person_id OR g.appraised_unit_id = a.appraised_unit_id)
    GROUP BY a.participant_id, a.scheme_indicator_id, a.direction;
END
$$;
COMMENT ON FUNCTION appraisal.earlier_actuals(bigint, bigint[]) IS
    'the last or best earlier figure of participants for each of their indicators, as the cycle''s scheme has it: the floor of a goal';

CREATE FUNCTION appraisal.is_worse(target numeric, actual numeric, direction text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE direction WHEN 'higher' THEN target < actual ELSE target > actual END
$$;
COMMENT ON FUNCTION appraisal.is_worse(numeric, numeric, text) IS 'is a target worse than an earlier figure, where higher or lower is better?';

-- Goals as a call gives them, checked.
CREATE FUNCTION appraisal.goals_of_document(cycle_id bigint, participants bigint[], goals jsonb)
    RETURNS TABLE (participant_id bigint, scheme_indicator_id bigint, title text, earns text, weight numeric, target numeric)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    fault text;
BEGIN
    IF jsonb_typeof(goals) <> 'array' OR jsonb_path_exists(goals, 'strict $[*] ? (@.type() != "object")') THEN
        RAISE EXCEPTION USING ERRCODE = 'AP005', MESSAGE = 'goals are a list of objects',
            HINT = 'For example: [{"indicator": "sales", "weight": 60, "target": 1200000}].';
    END IF;
    SELECT format('a goal has no key "%s"', min(k.key)) INTO fault
    FROM jsonb_array_elements(goals) AS e, jsonb_object_keys(e.value) AS k (key)
    WHERE k.key <> ALL ('{indicator,dimension,title,earns,weight,target}')
    HAVING count(*) > 0;
    IF fault IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'AP005', MESSAGE = fault,
            HINT = 'The keys are indicator, dimension, title, earns, weight and target.';
    END IF;
    SELECT coalesce(x.indicator, '') INTO fault
    FROM jsonb_to_recordset(goals) AS x (indicator text, dimension text)
    WHERE NOT EXISTS (SELECT FROM appraisal.participant AS p
                      JOIN appraisal.goal_indicators(goals_of_document.cycle_id) AS k USING (job_group)
                      WHERE p.cycle_id = goals_of_document.cycle_id AND p.participant_id = ANY (participants)
                        AND k.code = x.indicator AND (x.dimension IS NULL OR x.dimension = k.dimension))
    ORDER BY 1 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'AP004',
            MESSAGE = format('there is no indicator "%s" among those of the participants', fault),
            HINT = 'goal_indicators() lists them by job group and dimension.';
    END IF;
    RETURN QUERY
    SELECT p.participant_id, k.scheme_indicator_id, x.title, x.earns, x.weight, x.target
    FROM jsonb_to_recordset(goals) AS x (indicator text, dimension text, title text, earns text, weight numeric, target numeric)
    JOIN appraisal.goal_indicators(goals_of_document.cycle_id) AS k
      ON k.code = x.indicator AND (x.dimension IS NULL OR x.dimension = k.dimension)
    JOIN appraisal.participant AS p USING (job_group)
    WHERE p.cycle_id = goals_of_document.cycle_id AND p.participant_id = ANY (participants);
    SELECT k.code INTO fault
    FROM jsonb_to_recordset(goals) AS x (indicator text, dimension text)
    JOIN appraisal.goal_indicators(goals_of_document.cycle_id) AS k
      ON k.code = x.indicator AND (x.dimension IS NULL OR x.dimension = k.dimension)
    GROUP BY k.job_group, k.code
    HAVING count(*) > 1
    ORDER BY k.code LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'AP005',
            MESSAGE = format('indicator "%s" is meant more than once', fault),
            HINT = 'Name each once; where it is in several dimensions, name the dimension, too.';
    END IF;
END
$$;
COMMENT ON FUNCTION appraisal.goals_of_document(bigint, bigint[], jsonb) IS
    'step of propose_goals(): goals given for participants, by indicator; null where nothing is said';

-- Whose goals the caller may propose: HR everybody's, a manager those of the people below, and where the
-- scheme lets people set goals one's own.
CREATE FUNCTION appraisal.participants_to_propose_for(cycle text, person text, unit text) RETURNS bigint[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    named CONSTANT bigint[] := ARRAY(SELECT appraisal.participants_named(cycle, person, unit));
    keeps_all CONSTANT boolean := appraisal.acting_as('hr') OR NOT row_security_active('appraisal.goal');
    acting_id CONSTANT bigint := appraisal.acting_person();
    chosen bigint[];
BEGIN
    SELECT coalesce(array_agg(p.participant_id), '{}') INTO chosen
    FROM appraisal.participant AS p
    JOIN appraisal.cycle AS c USING (cycle_id)
    JOIN appraisal.scheme AS s USING (scheme_id)
    WHERE c.code = participants_to_propose_for.cycle AND p.exempt_because IS NULL AND p.participant_id = ANY (named)
      AND CASE WHEN coalesce(p.person_id, p.manager_id) = acting_id THEN s.goals_set_by = 'person'
               ELSE keeps_all OR p.participant_id IN (SELECT appraisal.my_participants()) END;
    IF chosen = '{}' AND (person IS NOT NULL OR unit IS NOT NULL) THEN
        RAISE EXCEPTION USING ERRCODE = 'AP003',
            MESSAGE = format('goals of %s are not yours to propose', coalesce('person "' || person || '"', 'unit "' || unit || '"')),
            DETAIL = 'HR proposes goals for all who are not exempt, managers for those below, and people for themselves where the scheme says so.';
    END IF;
    RETURN chosen;
END
$$;
COMMENT ON FUNCTION appraisal.participants_to_propose_for(text, text, text) IS
    'step of propose_goals(): participants whose goals the caller may propose';

CREATE PROCEDURE appraisal.propose_goals(cycle text, person text DEFAULT NULL, goals jsonb DEFAULT NULL, unit text DEFAULT NULL,
                                         INOUT proposed integer DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    this record;
    participants bigint[];
    this_id CONSTANT bigint := appraisal.cycle_of_code(cycle);
    acting_id CONSTANT bigint := appraisal.acting_person();
BEGIN
    SELECT c.cycle_id, c.status INTO this FROM appraisal.cycle AS c WHERE c.cycle_id = this_id;
    IF this.status = 'draft' AND (appraisal.acting_as('hr') OR NOT row_security_active('appraisal.cycle')) THEN
        UPDATE appraisal.cycle AS c SET status = 'goals' WHERE c.cycle_id = this.cycle_id AND c.status = 'draft';
    ELSIF this.status <> 'goals' THEN
        RAISE EXCEPTION USING ERRCODE = 'AP001',
            MESSAGE = format('cycle "%s" takes no goals: it is in status %s', cycle, this.status),
            HINT = CASE this.status WHEN 'draft' THEN format('HR begins with goals: CALL appraisal.propose_goals(''%s'').', cycle)
                                    ELSE appraisal.next_step(this.status) END;
    END IF;
    participants := appraisal.participants_to_propose_for(cycle, person, unit);
    proposed := 0;
    IF goals IS NOT NULL THEN
        UPDATE appraisal.goal AS g
        SET title = coalesce(x.title, g.title), earns = coalesce(x.earns, g.earns), weight = coalesce(x.weight, g.weight),
            target = coalesce(x.target, g.target), proposed_by = acting_id
        FROM appraisal.goals_of_document(this.cycle_id, participants, goals) AS x
        WHERE g.cycle_id = this.cycle_id AND g.participant_id = x.participant_id
          AND g.scheme_indicator_id = x.scheme_indicator_id
          AND (g.title, g.earns, g.weight, g.target) IS DISTINCT FROM
              (coalesce(x.title, g.title), coalesce(x.earns, g.earns), coalesce(x.weight, g.weight), coalesce(x.target, g.target));
        GET DIAGNOSTICS proposed = ROW_COUNT;
    END IF;
    WITH added AS (
        INSERT INTO appraisal.goal (cycle_id, participant_id, scheme_indicator_id, title, earns, weight, target, floor, proposed_by)
        SELECT this.cycle_id, p.participant_id, k.scheme_indicator_id, coalesce(x.title, k.title), coalesce(x.earns, k.earns),
               coalesce(x.weight, k.weight),
               CASE WHEN x.target IS NOT NULL THEN x.target
                    WHEN appraisal.is_worse(k.target, f.actual, k.direction) THEN f.actual
                    ELSE coalesce(k.target, f.actual) END,
               f.actual, acting_id
        FROM appraisal.participant AS p
        JOIN appraisal.goal_indicators(this.cycle_id) AS k USING (job_group)
        LEFT JOIN appraisal.goals_of_document(this.cycle_id, participants, coalesce(goals, '[]')) AS x
          ON x.participant_id = p.participant_id AND x.scheme_indicator_id = k.scheme_indicator_id
        LEFT JOIN appraisal.my_earlier_actuals(this.cycle_id, participants) AS f
          ON f.participant_id = p.participant_id AND f.scheme_indicator_id = k.scheme_indicator_id
        WHERE p.cycle_id = this.cycle_id AND p.participant_id = ANY (participants)
          AND CASE WHEN goals IS NULL THEN k.is_wanted ELSE x.participant_id IS NOT NULL END
          AND NOT EXISTS (SELECT FROM appraisal.goal AS g
                          WHERE g.cycle_id = p.cycle_id AND g.participant_id = p.participant_id
                            AND g.scheme_indicator_id = k.scheme_indicator_id)
        ORDER BY p.participant_id, k.scheme_indicator_id
        RETURNING goal_id
    )
    SELECT proposed + count(*) INTO proposed FROM added;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.propose_goals(text, text, jsonb, text, integer) IS
    'proposes goals: those of the scheme that are not there yet, or those given, by indicator, in place of earlier proposals; says how many';

CREATE PROCEDURE appraisal.adjust_goal(cycle text, person text, indicator text, reason text, title text DEFAULT NULL,
                                       earns text DEFAULT NULL, weight numeric DEFAULT NULL, target numeric DEFAULT NULL,
                                       dimension text DEFAULT NULL, unit text DEFAULT NULL,
                                       INOUT adjusted integer DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    this_id CONSTANT bigint := appraisal.cycle_of_code(cycle);
    acting_id CONSTANT bigint := appraisal.acting_person();
    chosen bigint[];
BEGIN
    IF num_nonnulls(person, unit) <> 1 THEN
        RAISE EXCEPTION USING ERRCODE = 'AP005', MESSAGE = 'an adjustment is for one person or one unit';
    ELSIF coalesce(reason, '') = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'AP005', MESSAGE = 'an adjustment needs a reason';
    ELSIF num_nonnulls(title, earns, weight, target) = 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'AP005', MESSAGE = 'an adjustment changes something',
            HINT = 'Give a title, what earns which mark, a weight or a target.';
    END IF;
    SELECT array_agg(g.goal_id) INTO chosen
    FROM appraisal.goal AS g
    JOIN appraisal.scheme_indicator AS u USING (scheme_indicator_id)
    JOIN appraisal.indicator AS i USING (indicator_id)
    JOIN appraisal.dimension AS d ON d.dimension_id = u.dimension_id
    WHERE g.cycle_id = this_id AND i.code = adjust_goal.indicator
      AND (adjust_goal.dimension IS NULL OR d.code = adjust_goal.dimension)
      AND g.participant_id IN (SELECT appraisal.participants_named(cycle, person, adjust_goal.unit));
    IF chosen IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'AP004',
            MESSAGE = format('%s has no goal for indicator "%s" in cycle "%s"',
                             coalesce('person "' || person || '"', 'unit "' || unit || '"'), indicator, cycle),
            HINT = 'CALL appraisal.propose_goals() proposes one.';
    END IF;
    UPDATE appraisal.goal AS g
    SET title = coalesce(adjust_goal.title, g.title), earns = coalesce(adjust_goal.earns, g.earns),
        weight = coalesce(adjust_goal.weight, g.weight), target = coalesce(adjust_goal.target, g.target),
        adjusted_by = acting_id, adjusted_because = reason
    WHERE g.cycle_id = this_id AND g.goal_id = ANY (chosen);
    GET DIAGNOSTICS adjusted = ROW_COUNT;
    IF adjusted = 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'AP003',
            MESSAGE = format('goals of %s are not yours to adjust', coalesce('person "' || person || '"', 'unit "' || unit || '"')),
            DETAIL = 'HR and the managers above do.';
    END IF;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.adjust_goal(text, text, text, text, text, text, numeric, numeric, text, text, integer) IS
    'changes a goal of somebody below, or as HR of anybody, for a reason; it has to be confirmed and approved anew';

-- A unit's goals are confirmed by its head.
CREATE PROCEDURE appraisal.confirm_goal(cycle text, person text DEFAULT NULL, indicator text DEFAULT NULL, unit text DEFAULT NULL,
                                        INOUT confirmed integer DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    this_id CONSTANT bigint := appraisal.cycle_of_code(cycle);
    acting_id CONSTANT bigint := appraisal.acting_person();
    chosen bigint[];
BEGIN
    SELECT array_agg(p.participant_id) INTO chosen
    FROM appraisal.participant AS p
    WHERE p.cycle_id = this_id AND coalesce(p.person_id, p.manager_id) = acting_id
      AND (person IS NOT NULL OR unit IS NOT NULL OR p.person_id IS NOT NULL)
      AND p.participant_id IN (SELECT appraisal.participants_named(cycle, person, unit));
    IF chosen IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'AP003',
            MESSAGE = 'goals are confirmed by their person only',
            DETAIL = format('The one who is asking is not %s of cycle "%s".',
                            CASE WHEN person IS NOT NULL THEN 'person "' || person || '"'
                                 WHEN unit IS NOT NULL THEN 'the head of unit "' || unit || '"'
                                 ELSE 'a participant' END, cycle);
    END IF;
    IF indicator IS NOT NULL AND NOT EXISTS (
        SELECT FROM appraisal.goal AS g
        JOIN appraisal.scheme_indicator AS u USING (scheme_indicator_id)
        JOIN appraisal.indicator AS i USING (indicator_id)
        WHERE g.cycle_id = this_id AND g.participant_id = ANY (chosen) AND i.code = confirm_goal.indicator)
    THEN
        RAISE EXCEPTION USING ERRCODE = 'AP004',
            MESSAGE = format('there is no goal for indicator "%s" to confirm in cycle "%s"', indicator, cycle),
            HINT = 'CALL appraisal.propose_goals() proposes one.';
    END IF;
    UPDATE appraisal.goal AS g SET confirmed_at = statement_timestamp()
    FROM appraisal.scheme_indicator AS u JOIN appraisal.indicator AS i USING (indicator_id)
    WHERE g.cycle_id = this_id AND g.participant_id = ANY (chosen) AND g.confirmed_at IS NULL
      AND u.scheme_indicator_id = g.scheme_indicator_id AND (confirm_goal.indicator IS NULL OR i.code = confirm_goal.indicator);
    GET DIAGNOSTICS confirmed = ROW_COUNT;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.confirm_goal(text, text, text, text, integer) IS
    'agrees to one''s own goals as they are, or to the one for an indicator; with unit, as its head to the unit''s; says how many were not confirmed before';

-- Who is above approves as head, HR otherwise; who did the one does not do the other.
CREATE PROCEDURE appraisal.approve_goals(cycle text, person text DEFAULT NULL, unit text DEFAULT NULL,
                                         INOUT approved integer DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    this_id CONSTANT bigint := appraisal.cycle_of_code(cycle);
    acting_id CONSTANT bigint := appraisal.acting_person();
    acts_as_hr CONSTANT boolean := appraisal.acting_as('hr');
    below CONSTANT bigint[] := ARRAY(SELECT appraisal.my_participants());
    chosen bigint[];
BEGIN
    SELECT array_agg(p.participant_id) INTO chosen
    FROM appraisal.participant AS p
    WHERE p.cycle_id = this_id AND (coalesce(p.person_id, p.manager_id) = acting_id) IS NOT TRUE
      AND (acts_as_hr OR p.participant_id = ANY (below))
      AND p.participant_id IN (SELECT appraisal.participants_named(cycle, person, unit));
    IF chosen IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'AP003',
            MESSAGE = CASE WHEN person IS NOT NULL OR unit IS NOT NULL
                           THEN format('goals of %s are not yours to approve', coalesce('person "' || person || '"', 'unit "' || unit || '"'))
                           ELSE format('there is nobody in cycle "%s" whose goals are yours to approve', cycle) END,
            DETAIL = 'HR and the managers above approve, nobody one''s own.';
    END IF;
    UPDATE appraisal.goal AS g
    SET approved_by_head = CASE WHEN x.as_head THEN acting_id ELSE g.approved_by_head END,
        approved_by_hr = CASE WHEN x.as_head THEN g.approved_by_hr ELSE session_user END
    FROM (SELECT h.goal_id, h.approved_by_head IS NULL AND h.participant_id = ANY (below) AS as_head,
                 h.approved_by_hr IS NULL AND acts_as_hr AND (h.approved_by_head = acting_id) IS NOT TRUE AS as_hr
          FROM appraisal.goal AS h WHERE h.cycle_id = this_id AND h.participant_id = ANY (chosen)) AS x
    WHERE g.cycle_id = this_id AND g.goal_id = x.goal_id AND (x.as_head OR x.as_hr);
    GET DIAGNOSTICS approved = ROW_COUNT;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.approve_goals(text, text, text, integer) IS
    'approves goals as they are: of those below as their head, of others as HR; says how many were not approved so before';

CREATE FUNCTION appraisal.refuse_goal(fault text, title text, who text, target numeric, actual numeric) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = CASE WHEN fault IN ('key', 'indicator', 'floor', 'target') THEN 'AP005'
                       WHEN fault = 'early' THEN 'AP001'
                       ELSE 'AP003' END,
        MESSAGE = format(CASE fault
            WHEN 'key' THEN 'goal "%s" keeps its participant, its indicator and its floor'
            WHEN 'indicator' THEN 'goal "%s" is for none of the participant''s indicators'
            WHEN 'floor' THEN 'the floor of goal "%s" is the earlier figure'
            WHEN 'target' THEN 'the target of goal "%s" is worse than the earlier figure'
            WHEN 'early' THEN 'goal "%s" is proposed before it is adjusted, confirmed or approved'
            WHEN 'proposer' THEN 'goal "%s" is proposed in the own name only'
            WHEN 'own' THEN 'goal "%s" is not set by its person'
            WHEN 'proposal' THEN 'goal "%s" is changed by an adjustment only'
            WHEN 'adjuster' THEN 'goal "%s" is adjusted in the own name only'
            WHEN 'adjust own' THEN 'goal "%s" is adjusted by others than its person'
            WHEN 'confirm' THEN 'goal "%s" is confirmed by its person only'
            WHEN 'approve own' THEN 'goal "%s" is approved by others than its person'
            WHEN 'approve as head' THEN 'goal "%s" is approved as head by a manager above, in the own name, once'
            WHEN 'approve as hr' THEN 'goal "%s" is approved as HR by HR, in the own name'
            WHEN 'approve twice' THEN 'goal "%s" is not approved as head and as HR by the same person' END, title),
        DETAIL = format('It is a goal of %s.', who)
                 || CASE WHEN fault IN ('floor', 'target') THEN format(' The earlier figure is %s, the target %s.',
                                                                       coalesce(actual::text, 'none'), coalesce(target::text, 'none'))
                         ELSE '' END,
        HINT = CASE WHEN fault IN ('proposal', 'own', 'adjuster') THEN 'A manager above or HR: CALL appraisal.adjust_goal() with a reason.'
                    WHEN fault IN ('confirm', 'early') THEN 'The person: CALL appraisal.confirm_goal().'
                    WHEN fault LIKE 'approve%' THEN 'A manager above, and HR: CALL appraisal.approve_goals().'
                    ELSE 'CALL appraisal.propose_goals() proposes a goal.' END;
END
$$;
COMMENT ON FUNCTION appraisal.refuse_goal(text, text, text, numeric, numeric) IS
    'error: a goal must not be written so; the guards call it';
-- Measurements: recording, correcting, and what several figures of one indicator come to.

-- Which participant and indicator each figure is of. Rows whose names stand for nothing are left out:
-- refuse_figures() says which.
CREATE FUNCTION appraisal.figures_of(cycle_id bigint, measurements jsonb)
    RETURNS TABLE (place bigint, participant_id bigint, indicator_id bigint, value numeric, measured_on date, data_source text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    RETURN QUERY
    -- of several segments the one of that day, else the leading one, else the last that the caller sees
    SELECT DISTINCT ON (x.place) x.place, p.participant_id, i.indicator_id, x.value, x.measured_on, x.data_source
    FROM ROWS FROM (jsonb_to_recordset(measurements)
                    AS (person text, unit text, indicator text, value numeric, measured_on date, data_source text))
         WITH ORDINALITY AS x (person, unit, indicator, value, measured_on, data_source, place)
    LEFT JOIN appraisal.person AS n ON n.code = x.person
    LEFT JOIN appraisal.unit AS u ON u.code = x.unit AND x.person IS NULL
    JOIN appraisal.participant AS p
      ON p.cycle_id = figures_of.cycle_id AND (p.person_id = n.person_id OR p.appraised_unit_id = u.unit_id)
    -- rated ones are measured, too, where higher or lower is better: floors of later targets are made of them
    JOIN (SELECT DISTINCT r.job_group, r.code, r.indicator_id
          FROM appraisal.cycle_indicators(figures_of.cycle_id) AS r JOIN appraisal.indicator AS d USING (indicator_id)
          WHERE d.direction IS NOT NULL) AS i ON i.job_group = p.job_group AND i.code = x.indicator
    LEFT JOIN appraisal.segment_times(figures_of.cycle_id) AS t ON t.participant_id = p.participant_id
    ORDER BY x.place, coalesce(t.during @> x.measured_on, false) DESC, p.leads DESC, p.segment DESC;
END
$function$;
COMMENT ON FUNCTION appraisal.figures_of(bigint, jsonb) IS
    'the participant and the indicator that each figure of a document is of, as far as there are such';

CREATE FUNCTION appraisal.refuse_figures(cycle_id bigint, measurements jsonb) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    wrong record;
BEGIN
    SELECT x.place, x.person, x.unit, x.indicator, p.job_group, c.code AS cycle_code INTO wrong
    FROM ROWS FROM (jsonb_to_recordset(measurements) AS (person text, unit text, indicator text))
         WITH ORDINALITY AS x (person, unit, indicator, place)
    JOIN appraisal.cycle AS c ON c.cycle_id = refuse_figures.cycle_id
    LEFT JOIN appraisal.person AS n ON n.code = x.person
    LEFT JOIN appraisal.unit AS u ON u.code = x.unit AND x.person IS NULL
    LEFT JOIN appraisal.participant AS p
      ON p.cycle_id = c.cycle_id AND (p.person_id = n.person_id OR p.appraised_unit_id = u.unit_id)
    WHERE NOT EXISTS (SELECT FROM appraisal.figures_of(c.cycle_id, measurements) AS f WHERE f.place = x.place)
    ORDER BY x.place, p.leads DESC
    LIMIT 1;
    CASE
    WHEN NOT FOUND THEN
        RETURN;
    WHEN wrong.job_group IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP004',
            MESSAGE = format('%s takes no part in cycle "%s"',
                             appraisal.person_or_unit(wrong.person, wrong.unit), wrong.cycle_code),
            DETAIL = format('It is measurement %s of the call.', wrong.place),
            HINT = 'Enrol with CALL appraisal.enrol(), or ask who may see this one.';
    ELSE
        RAISE EXCEPTION USING
            ERRCODE = 'AP004',
            MESSAGE = format('there is no measured indicator "%s" for job group "%s" in cycle "%s"',
                             wrong.indicator, wrong.job_group, wrong.cycle_code),
            DETAIL = format('It is measurement %s of the call, of %s.', wrong.place,
                            appraisal.person_or_unit(wrong.person, wrong.unit)),
            HINT = 'cycle_indicators() lists what is measured of whom.';
    END CASE;
END
$function$;
COMMENT ON FUNCTION appraisal.refuse_figures(bigint, jsonb) IS
    'raise AP004 for the first figure of a document that figures_of() finds no participant or indicator for';

CREATE FUNCTION appraisal.person_or_unit(person text, unit text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $function$
    SELECT CASE WHEN person IS NULL THEN concat('unit "', unit, '"') ELSE concat('person "', person, '"') END
$function$;
COMMENT ON FUNCTION appraisal.person_or_unit(text, text) IS 'how messages call who is appraised';

CREATE PROCEDURE appraisal.record_measurements(cycle text, measurements jsonb, INOUT recorded integer DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    found_id bigint := appraisal.cycle_of_code(cycle);
BEGIN
    IF EXISTS (SELECT FROM jsonb_to_recordset(measurements) AS x (person text)
               JOIN appraisal.person AS p ON p.code = x.person
               WHERE p.person_id = (SELECT appraisal.acting_person())) THEN
        PERFORM appraisal.refuse_own_measurement();
    END IF;
    INSERT INTO appraisal.measurement (cycle_id, participant_id, indicator_id, value, measured_on, data_source, recorded_by)
    SELECT found_id, f.participant_id, f.indicator_id, f.value, f.measured_on, f.data_source, (SELECT appraisal.acting_person())
    FROM appraisal.figures_of(found_id, measurements) AS f
    ORDER BY f.place;
    GET DIAGNOSTICS recorded = ROW_COUNT;
    IF recorded < jsonb_array_length(measurements) THEN
        PERFORM appraisal.refuse_figures(found_id, measurements);
    END IF;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.record_measurements(text, jsonb, integer) IS
    'records figures: an array of objects with person or unit, indicator, value, measured_on and data_source';

CREATE PROCEDURE appraisal.record_measurement(cycle text, person text, indicator text, value numeric, measured_on date,
                                              data_source text DEFAULT NULL, unit text DEFAULT NULL,
                                              INOUT measurement_id bigint DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    found_id bigint := appraisal.cycle_of_code(cycle);
    figures jsonb := jsonb_build_array(jsonb_build_object(
        'person', person, 'unit', unit, 'indicator', indicator, 'value', value, 'measured_on', measured_on,
        'data_source', data_source));
BEGIN
    IF person = (SELECT p.code FROM appraisal.person AS p WHERE p.person_id = appraisal.acting_person()) THEN
        PERFORM appraisal.refuse_own_measurement();
    END IF;
    INSERT INTO appraisal.measurement AS m (cycle_id, participant_id, indicator_id, value, measured_on, data_source, recorded_by)
    SELECT found_id, f.participant_id, f.indicator_id, f.value, f.measured_on, f.data_source, appraisal.acting_person()
    FROM appraisal.figures_of(found_id, figures) AS f
    RETURNING m.measurement_id INTO record_measurement.measurement_id;
    IF NOT FOUND THEN
        PERFORM appraisal.refuse_figures(found_id, figures);
    END IF;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.record_measurement(text, text, text, numeric, date, text, text, bigint) IS
    'records a figure of a person, or of a unit where person is null';

CREATE FUNCTION appraisal.refuse_own_measurement() RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'AP003',
        MESSAGE = 'nobody records or corrects measurements of their own',
        HINT = 'A superior or HR calls record_measurement() or correct_measurement().';
END
$function$;
COMMENT ON FUNCTION appraisal.refuse_own_measurement() IS 'raise AP003 for who records a figure of their own';

CREATE PROCEDURE appraisal.correct_measurement(cycle text, measurement_id bigint, value numeric, reason text,
                                               INOUT correction_id bigint DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    found_id bigint := appraisal.cycle_of_code(cycle);
    earlier record;
BEGIN
    SELECT m.participant_id, m.indicator_id, m.measured_on, m.data_source, p.person_id,
           (SELECT n.measurement_id FROM appraisal.measurement AS n
            WHERE n.cycle_id = m.cycle_id AND n.supersedes = m.measurement_id) AS next_id
    INTO earlier
    FROM appraisal.measurement AS m JOIN appraisal.participant AS p USING (cycle_id, participant_id)
    WHERE m.cycle_id = found_id AND m.measurement_id = correct_measurement.measurement_id;
    CASE
    WHEN NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP004',
            MESSAGE = format('there is no measurement %s in cycle "%s"', measurement_id, cycle),
            HINT = 'record_measurement() said the key; or ask who may see this one.';
    WHEN earlier.person_id = appraisal.acting_person() THEN
        PERFORM appraisal.refuse_own_measurement();
    WHEN earlier.next_id IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP001',
            MESSAGE = format('measurement %s of cycle "%s" has been corrected already', measurement_id, cycle),
            HINT = format('CALL appraisal.correct_measurement() with measurement %s.', earlier.next_id);
    ELSE
        INSERT INTO appraisal.measurement AS m (cycle_id, participant_id, indicator_id, value, measured_on, data_source,
                                                supersedes, corrected_because, recorded_by)
        VALUES (found_id, earlier.participant_id, earlier.indicator_id, correct_measurement.value, earlier.measured_on,
                earlier.data_source, correct_measurement.measurement_id, reason, appraisal.acting_person())
        RETURNING m.measurement_id INTO correction_id;
    END CASE;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.correct_measurement(text, bigint, numeric, text, bigint) IS
    'puts another value in the place of a measurement, which stays as it was; says why';

CREATE FUNCTION appraisal.current_measurements(cycle_id bigint)
    RETURNS TABLE (participant_id bigint, indicator_id bigint, value numeric)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    RETURN QUERY
    WITH standing AS NOT MATERIALIZED (
        SELECT m.participant_id, m.indicator_id, m.value, m.measured_on, m.measurement_id, i.gathering
        FROM appraisal.measurement AS m JOIN appraisal.indicator AS i USING (indicator_id)
        WHERE m.cycle_id = current_measurements.cycle_id
          AND NOT EXISTS (SELECT FROM appraisal.measurement AS n
                          WHERE n.cycle_id = current_measurements.cycle_id AND n.supersedes = m.measurement_id)
    ), newest AS (
        SELECT DISTINCT ON (s.participant_id, s.indicator_id) s.participant_id, s.indicator_id, s.value
        FROM standing AS s
        WHERE s.gathering = 'latest'
        ORDER BY s.participant_id, s.indicator_id, s.measured_on DESC, s.measurement_id DESC
    )
    SELECT n.participant_id, n.indicator_id, n.value FROM newest AS n
    UNION ALL
    SELECT s.participant_id, s.indicator_id, CASE s.gathering WHEN 'sum' THEN sum(s.value) ELSE avg(s.value) END
    FROM standing AS s
    WHERE s.gathering <> 'latest'
    GROUP BY s.participant_id, s.indicator_id, s.gathering;
END
$function$;
COMMENT ON FUNCTION appraisal.current_measurements(bigint) IS
    'what the measurements of a cycle come to: the latest, the sum or the mean, of those that no other supersedes';
-- Who reviews whom: the superiors of each, the raters of each source, and those that HR names.
--
-- The planner knows nothing of how many rows a function or a common table expression has, and takes it
-- for few; enable_nestloop is off where that would make the time grow with the square of the people, and
-- jit because what it compiles by such estimates takes longer than to run.

CREATE FUNCTION appraisal.cycle_superiors(cycle_id bigint, only_participant bigint DEFAULT NULL)
    RETURNS TABLE (participant_id bigint, self_id bigint, manager_id bigint, second_manager_id bigint, top_manager_id bigint)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off AS $function$
BEGIN
    RETURN QUERY
    WITH RECURSIVE boss AS MATERIALIZED (
        SELECT p.person_id, p.manager_id
        FROM appraisal.participant AS p
        WHERE p.cycle_id = cycle_superiors.cycle_id AND p.leads AND p.person_id IS NOT NULL
        UNION ALL
        SELECT g.person_id, g.manager_id
        FROM appraisal.posting AS g JOIN appraisal.cycle AS c ON g.during @> c.cohort_date
        WHERE c.cycle_id = cycle_superiors.cycle_id
          AND NOT EXISTS (SELECT FROM appraisal.participant AS p
                          WHERE p.cycle_id = c.cycle_id AND p.leads AND p.person_id = g.person_id)
    ), seat AS (
        -- a unit is rated as its head would be
        SELECT p.participant_id, coalesce(p.person_id, p.manager_id) AS self_id,
               CASE WHEN p.person_id IS NULL THEN b.manager_id ELSE p.manager_id END AS manager_id
        FROM appraisal.participant AS p
        LEFT JOIN boss AS b ON p.person_id IS NULL AND b.person_id = p.manager_id
        WHERE p.cycle_id = cycle_superiors.cycle_id AND (only_participant IS NULL OR p.participant_id = only_participant)
    ), chain AS (
        -- from each manager upwards; a loop ends where it closes, and has no top
        SELECT s.manager_id AS first_id, s.manager_id AS person_id FROM seat AS s WHERE s.manager_id IS NOT NULL
        UNION
        SELECT c.first_id, b.manager_id FROM chain AS c JOIN boss AS b USING (person_id) WHERE b.manager_id IS NOT NULL
    )
    SELECT s.participant_id, s.self_id, s.manager_id, b.manager_id, top.person_id
    FROM seat AS s
    LEFT JOIN boss AS b ON b.person_id = s.manager_id
    LEFT JOIN (SELECT c.first_id, c.person_id
               FROM chain AS c LEFT JOIN boss AS above USING (person_id)
               WHERE above.manager_id IS NULL) AS top ON top.first_id = s.manager_id;
END
$function$;
COMMENT ON FUNCTION appraisal.cycle_superiors(bigint, bigint) IS
    'the superiors of a cycle''s participants: direct, the one above, and the top; a unit''s are its head''s';

CREATE FUNCTION appraisal.raters_by_rule(cycle_id bigint, most integer)
    RETURNS TABLE (participant_id bigint, source text, rater_id bigint)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off AS $function$
BEGIN
    RETURN QUERY
    WITH rule AS MATERIALIZED (
        SELECT r.job_group, r.source, array_agg(r.source) OVER (PARTITION BY r.job_group) AS sources
        FROM appraisal.cycle_raters(raters_by_rule.cycle_id) AS r
    ), wanted AS MATERIALIZED (
        SELECT p.participant_id, p.person_id, r.source, r.sources
        FROM appraisal.participant AS p JOIN rule AS r USING (job_group)
        WHERE p.cycle_id = raters_by_rule.cycle_id AND p.exempt_because IS NULL
    ), superior AS (
        SELECT w.participant_id, w.source,
               CASE w.source WHEN 'self' THEN s.self_id WHEN 'manager' THEN s.manager_id
                             WHEN 'second_manager' THEN s.second_manager_id
                             -- who is asked already as a nearer superior is not asked twice
                             ELSE nullif(nullif(s.top_manager_id, CASE WHEN 'manager' = ANY (w.sources) THEN s.manager_id END),
                                         CASE WHEN 'second_manager' = ANY (w.sources) THEN s.second_manager_id END) END AS rater_id,
               s.self_id
        FROM wanted AS w JOIN appraisal.cycle_superiors(raters_by_rule.cycle_id) AS s USING (participant_id)
        WHERE w.source IN ('self', 'manager', 'second_manager', 'top_manager')
    ), member AS MATERIALIZED (
        SELECT p.participant_id, p.person_id, p.unit_id, p.manager_id, p.leads,
               md5(concat_ws('/', d.secret, p.person_id)) COLLATE "C" AS mixed
        FROM appraisal.participant AS p
        JOIN appraisal.rater_draw AS d USING (cycle_id)
        WHERE p.cycle_id = raters_by_rule.cycle_id AND p.person_id IS NOT NULL AND p.exempt_because IS NULL
          AND EXISTS (SELECT FROM rule AS r WHERE r.source IN ('peer', 'subordinate', 'colleague'))
    ), circle AS (
        SELECT m.participant_id, m.person_id, m.leads, m.mixed, 'peer' AS source, m.unit_id, m.manager_id
        FROM member AS m
        WHERE m.manager_id IS NOT NULL AND EXISTS (SELECT FROM rule AS r WHERE r.source = 'peer')
        UNION ALL
        SELECT m.participant_id, m.person_id, m.leads, m.mixed, 'colleague', 0, 0
        FROM member AS m
        WHERE EXISTS (SELECT FROM rule AS r WHERE r.source = 'colleague')
    ), ring AS MATERIALIZED (
        -- peers and colleagues sit in a ring in a mixed order, and each is rated by those some steps
        -- ahead, so that all rate about as many; who left the circle within the period is rated and does
        -- not rate
        SELECT c.*, count(*) FILTER (WHERE c.leads) OVER everybody AS raters,
               count(*) FILTER (WHERE c.leads) OVER (everybody ORDER BY c.mixed, c.person_id) AS place,
               bool_or(c.leads) OVER (PARTITION BY c.source, c.unit_id, c.manager_id, c.person_id)::integer AS oneself
        FROM circle AS c
        WINDOW everybody AS (PARTITION BY c.source, c.unit_id, c.manager_id)
    ), step AS MATERIALIZED (
        -- which steps is drawn, too: with the nearest ones, whom I rate would tell me who rates me. A whole
        -- turn comes last, because it leads to oneself
        SELECT s.source, s.unit_id, s.manager_id, s.step, s.turn
        FROM (SELECT c.source, c.unit_id, c.manager_id, g.step,
                     row_number() OVER (PARTITION BY c.source, c.unit_id, c.manager_id
                                        ORDER BY g.step = c.raters, md5(concat_ws('/', d.secret, c.source, c.unit_id, c.manager_id, g.step)) COLLATE "C")
                         AS turn
              FROM (SELECT DISTINCT r.source, r.unit_id, r.manager_id, r.raters FROM ring AS r) AS c
              JOIN appraisal.rater_draw AS d ON d.cycle_id = raters_by_rule.cycle_id
              CROSS JOIN LATERAL generate_series(1, c.raters) AS g (step)) AS s
        WHERE s.turn <= coalesce(most, s.turn)
    ), rated AS MATERIALIZED (
        -- first, or the sources would be joined with all the steps
        SELECT r.* FROM wanted AS w JOIN ring AS r USING (participant_id, source)
    ), turn AS MATERIALIZED (
        SELECT r.participant_id, r.source, r.unit_id, r.manager_id, (r.place + s.step - 1) % r.raters + 1 AS place
        FROM rated AS r JOIN step AS s USING (source, unit_id, manager_id)
        WHERE s.turn <= r.raters - r.oneself
    ), subordinate AS (
        SELECT m.manager_id, m.person_id AS rater_id,
               row_number() OVER (PARTITION BY m.manager_id ORDER BY m.mixed, m.person_id) AS place
        FROM member AS m
        WHERE m.leads AND m.manager_id IS NOT NULL
    )
    SELECT s.participant_id, s.source, s.rater_id
    FROM superior AS s
    WHERE s.rater_id IS NOT NULL AND (s.source = 'self' OR s.rater_id IS DISTINCT FROM s.self_id)
    UNION ALL
    SELECT t.participant_id, t.source, o.person_id
    FROM turn AS t
    JOIN ring AS o ON o.source = t.source AND o.unit_id = t.unit_id AND o.manager_id = t.manager_id AND o.place = t.place
    WHERE o.leads
    UNION ALL
    SELECT w.participant_id, w.source, s.rater_id
    FROM wanted AS w JOIN subordinate AS s ON s.manager_id = w.person_id
    WHERE w.source = 'subordinate' AND s.place <= coalesce(most, s.place);
END
$function$;
COMMENT ON FUNCTION appraisal.raters_by_rule(bigint, integer) IS
    'who reviews whom in a cycle by the rater rules of its scheme, at most so many for peers, subordinates and colleagues';

CREATE FUNCTION appraisal.raters_by_name(cycle_id bigint, raters jsonb)
    RETURNS TABLE (participant_id bigint, source text, rater_id bigint)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    wrong record;
BEGIN
    SELECT x.place, x.person, x.unit, x.source, x.rater, c.code AS cycle_code, p.job_group, r.source AS known_source,
           n.person_id AS rater_id, coalesce(p.person_id, p.manager_id) AS self_id, p.person_id
    INTO wrong
    FROM ROWS FROM (jsonb_to_recordset(raters) AS (person text, unit text, source text, rater text))
         WITH ORDINALITY AS x (person, unit, source, rater, place)
    JOIN appraisal.cycle AS c ON c.cycle_id = raters_by_name.cycle_id
    LEFT JOIN appraisal.person AS n ON n.code = x.rater
    LEFT JOIN (appraisal.participant AS p
               LEFT JOIN appraisal.person AS rated USING (person_id)
               LEFT JOIN appraisal.unit AS u ON u.unit_id = p.appraised_unit_id)
      ON p.cycle_id = c.cycle_id AND p.exempt_because IS NULL AND (rated.code = x.person OR x.person IS NULL AND u.code = x.unit)
    LEFT JOIN appraisal.cycle_raters(raters_by_name.cycle_id) AS r ON r.job_group = p.job_group AND r.source = x.source
    -- who moved may have a source in one of the segments only
    WHERE p.participant_id IS NULL OR n.person_id IS NULL
       OR r.source IS NULL AND NOT EXISTS (
              SELECT FROM appraisal.participant AS o
              JOIN appraisal.cycle_raters(raters_by_name.cycle_id) AS k USING (job_group)
              WHERE o.cycle_id = c.cycle_id AND o.person_id = p.person_id AND k.source = x.source)
       OR (x.source = 'self') <> (n.person_id = coalesce(p.person_id, p.manager_id))
    ORDER BY x.place
    LIMIT 1;
    CASE
    WHEN NOT FOUND THEN
        RETURN QUERY
        SELECT p.participant_id, x.source, n.person_id
        FROM jsonb_to_recordset(raters) AS x (person text, unit text, source text, rater text)
        JOIN appraisal.person AS n ON n.code = x.rater
        LEFT JOIN appraisal.person AS rated ON rated.code = x.person
        LEFT JOIN appraisal.unit AS u ON u.code = x.unit AND x.person IS NULL
        JOIN appraisal.participant AS p
          ON p.cycle_id = raters_by_name.cycle_id AND p.exempt_because IS NULL
         AND (p.person_id = rated.person_id OR p.appraised_unit_id = u.unit_id);
    WHEN wrong.job_group IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP004',
            MESSAGE = format('%s is not appraised in cycle "%s"',
                             appraisal.person_or_unit(wrong.person, wrong.unit), wrong.cycle_code),
            DETAIL = format('It is rater %s of the call.', wrong.place),
            HINT = 'CALL appraisal.enrol() adds people; who is exempt is not reviewed.';
    WHEN wrong.rater_id IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP004',
            MESSAGE = format('there is no person "%s"', wrong.rater),
            DETAIL = format('It is rater %s of the call.', wrong.place),
            HINT = 'Add the person with CALL appraisal.add_person().';
    WHEN wrong.known_source IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('"%s" is no rater source of job group "%s" in cycle "%s"',
                             wrong.source, wrong.job_group, wrong.cycle_code),
            DETAIL = format('It is rater %s of the call.', wrong.place),
            HINT = 'cycle_raters() lists the sources.';
    ELSE
        PERFORM appraisal.refuse_own_review(appraisal.person_or_unit(wrong.person, wrong.unit));
    END CASE;
END
$function$;
COMMENT ON FUNCTION appraisal.raters_by_name(bigint, jsonb) IS
    'who reviews whom as named: an array of objects with person or unit, source and rater';

CREATE FUNCTION appraisal.refuse_own_review(subject text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'AP003',
        MESSAGE = 'nobody reviews oneself, save as source "self"',
        DETAIL = format('It is a review of %s.', subject),
        HINT = 'CALL appraisal.assign_reviews() with another rater.';
END
$function$;
COMMENT ON FUNCTION appraisal.refuse_own_review(text) IS 'raise AP003 for a review of oneself, or as oneself by another';

-- Runs with the rights of the tables' owner, in write_reviews(). Names go first: the rule holds for each
-- source of which a participant has no review yet and is given none by name.
CREATE FUNCTION appraisal.add_reviews(cycle_id bigint, raters jsonb, most integer) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off AS $function$
DECLARE
    added_by_name integer := 0;
    added_by_rule integer;
BEGIN
    IF raters IS NOT NULL THEN
        INSERT INTO appraisal.review (cycle_id, participant_id, rater_id, source, anonymous, due_on)
        SELECT c.cycle_id, n.participant_id, n.rater_id, n.source, r.anonymous, c.reviews_due
        FROM appraisal.raters_by_name(add_reviews.cycle_id, raters) AS n
        JOIN appraisal.participant AS p ON p.cycle_id = add_reviews.cycle_id AND p.participant_id = n.participant_id
        JOIN appraisal.cycle AS c ON c.cycle_id = p.cycle_id
        JOIN appraisal.cycle_raters(add_reviews.cycle_id) AS r ON r.job_group = p.job_group AND r.source = n.source
        ON CONFLICT ON CONSTRAINT review_is_one_a_rater_and_source DO NOTHING;
        GET DIAGNOSTICS added_by_name = ROW_COUNT;
    END IF;
    INSERT INTO appraisal.rater_draw (cycle_id) VALUES (add_reviews.cycle_id) ON CONFLICT DO NOTHING;
    -- what is there is read once, before the table grows
    WITH present AS MATERIALIZED (
        SELECT DISTINCT o.participant_id, o.source FROM appraisal.review AS o WHERE o.cycle_id = add_reviews.cycle_id
    )
    INSERT INTO appraisal.review (cycle_id, participant_id, rater_id, source, anonymous, due_on)
    SELECT c.cycle_id, n.participant_id, n.rater_id, n.source, r.anonymous, c.reviews_due
    FROM appraisal.raters_by_rule(add_reviews.cycle_id, most) AS n
    JOIN appraisal.participant AS p ON p.cycle_id = add_reviews.cycle_id AND p.participant_id = n.participant_id
    JOIN appraisal.cycle AS c ON c.cycle_id = p.cycle_id
    JOIN appraisal.cycle_raters(add_reviews.cycle_id) AS r ON r.job_group = p.job_group AND r.source = n.source
    LEFT JOIN present AS o ON o.participant_id = n.participant_id AND o.source = n.source
    WHERE o.participant_id IS NULL;
    GET DIAGNOSTICS added_by_rule = ROW_COUNT;
    RETURN added_by_name + added_by_rule;
END
$function$;
COMMENT ON FUNCTION appraisal.add_reviews(bigint, jsonb, integer) IS
    'adds the reviews of a cycle that are missing, those named and those by rule; for write_reviews()';

CREATE PROCEDURE appraisal.assign_reviews(cycle text, raters jsonb DEFAULT NULL, most integer DEFAULT 10,
                                          INOUT assigned integer DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
BEGIN
    assigned := appraisal.write_reviews(appraisal.cycle_of_code(cycle), raters, most);
END
$procedure$;
COMMENT ON PROCEDURE appraisal.assign_reviews(text, jsonb, integer, integer) IS
    'assigns the reviews of a cycle by the scheme''s rater rules and as named, adding what is missing';
-- Reviews: a rater submits, declines, stands aside from or hands on what was assigned; HR opens again.

-- The one review that a rater's call means, held until the transaction ends. The cycle's row is taken
-- first, as in close_reviews(), so that the two cannot wait for each other.
CREATE FUNCTION appraisal.take_my_review(cycle text, person text, unit text, source text, review_id bigint) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    found_id bigint := appraisal.cycle_of_code(cycle);
    meant record;
    status_now text;
BEGIN
    IF appraisal.acting_person() IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = 'reviews are given by people, and this login is nobody in particular',
            HINT = 'A service sets appraisal.actor to the person it acts for.';
    END IF;
    PERFORM appraisal.hold_cycle(found_id);
    -- an assigned one goes before those that are done
    SELECT r.review_id, count(*) OVER (PARTITION BY r.status = 'assigned') AS alike,
           string_agg(format('%s (%s)', r.review_id, r.source), ', ') OVER (PARTITION BY r.status = 'assigned') AS listed
    INTO meant
    FROM appraisal.my_reviews(found_id) AS r
    WHERE (r.person = take_my_review.person OR take_my_review.person IS NULL AND r.unit = take_my_review.unit)
      AND r.source = coalesce(take_my_review.source, r.source)
      AND r.review_id = coalesce(take_my_review.review_id, r.review_id)
    ORDER BY r.status = 'assigned' DESC, r.review_id
    LIMIT 1;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP004',
            MESSAGE = format('you have no %sreview of %s in cycle "%s"', source || ' ', appraisal.person_or_unit(person, unit), cycle),
            HINT = 'HR assigns reviews with CALL appraisal.assign_reviews().';
    END IF;
    SELECT r.status INTO status_now
    FROM appraisal.review AS r
    WHERE r.cycle_id = found_id AND r.review_id = meant.review_id
    FOR NO KEY UPDATE;
    IF status_now <> 'assigned' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP001',
            MESSAGE = format('your review of %s in cycle "%s" is %s', appraisal.person_or_unit(person, unit), cycle, status_now),
            HINT = CASE WHEN status_now IN ('submitted', 'lapsed') THEN 'Ask HR to CALL appraisal.reopen_review().'
                        ELSE 'HR names another rater with CALL appraisal.assign_reviews().' END;
    END IF;
    IF meant.alike > 1 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('you have %s reviews of %s in cycle "%s"', meant.alike, appraisal.person_or_unit(person, unit), cycle),
            DETAIL = format('Reviews %s.', meant.listed),
            HINT = 'Say which one by source or review_id.';
    END IF;
    RETURN meant.review_id;
END
$function$;
COMMENT ON FUNCTION appraisal.take_my_review(text, text, text, text, bigint) IS
    'key of the caller''s open review of a person or unit, locked; an error if there is none, or more than one';

-- What the marks of a document come to for a job group: the score of a label, a list or of levels passed.
CREATE FUNCTION appraisal.marks_of(scheme_id bigint, job_group text, ratings jsonb)
    RETURNS TABLE (indicator text, indicator_id bigint, label text, levels numeric[], score numeric, evidence text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    RETURN QUERY
    SELECT x.indicator, i.indicator_id, x.label, x.levels,
           coalesce(x.score, l.points, CASE i.kind WHEN 'gated' THEN appraisal.gated_score(x.levels) END), x.evidence
    FROM jsonb_to_recordset(ratings) AS x (indicator text, score numeric, label text, levels numeric[], evidence text)
    LEFT JOIN (SELECT DISTINCT r.code, r.kind, r.indicator_id
               FROM appraisal.job_group_indicators(marks_of.scheme_id, marks_of.job_group) AS r
               WHERE r.kind <> 'measured' AND r.dimension_weight > 0) AS i ON i.code = x.indicator
    LEFT JOIN appraisal.indicator_level AS l ON l.indicator_id = i.indicator_id AND l.label = x.label;
END
$function$;
COMMENT ON FUNCTION appraisal.marks_of(bigint, text, jsonb) IS
    'the marks of a document with their indicators and scores, as they hold for a job group';

CREATE PROCEDURE appraisal.submit_review(cycle text, person text, ratings jsonb, comments jsonb DEFAULT NULL,
                                         source text DEFAULT NULL, unit text DEFAULT NULL, INOUT review_id bigint DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    this_cycle CONSTANT bigint := appraisal.cycle_of_code(cycle);
    taken_id bigint := appraisal.take_my_review(cycle, person, unit, source, review_id);
    review appraisal.review;
    rules record;
    wrong record;
BEGIN
    SELECT r.* INTO review
    FROM appraisal.review AS r
    WHERE r.cycle_id = this_cycle AND r.review_id = taken_id;
    SELECT c.scheme_id, p.job_group INTO rules
    FROM appraisal.participant AS p JOIN appraisal.cycle AS c USING (cycle_id)
    WHERE p.cycle_id = review.cycle_id AND p.participant_id = review.participant_id;

    SELECT m.indicator, count(m.indicator_id) AS known, count(m.score) AS marked INTO wrong
    FROM appraisal.marks_of(rules.scheme_id, rules.job_group, ratings) AS m
    GROUP BY m.indicator
    HAVING count(*) <> 1 OR count(m.indicator_id) <> 1 OR count(m.score) <> 1
    ORDER BY m.indicator
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = CASE WHEN wrong.known = 0 THEN 'AP004' ELSE 'AP005' END,
            MESSAGE = format(CASE WHEN wrong.known = 0 THEN 'there is no indicator "%s" to rate for job group "%s" in cycle "%s"'
                                  WHEN wrong.known > 1 THEN 'indicator "%s" is rated more than once for job group "%s" in cycle "%s"'
                                  ELSE 'indicator "%s" has no mark for job group "%s" in cycle "%s"' END,
                             wrong.indicator, rules.job_group, cycle),
            DETAIL = format('It is review %s.', taken_id),
            HINT = 'Give each indicator once, with a score, a label or levels; cycle_indicators() lists them.';
    END IF;
    INSERT INTO appraisal.rating AS r (cycle_id, review_id, indicator_id, label, levels, score, evidence)
    SELECT review.cycle_id, taken_id, m.indicator_id, m.label, m.levels, m.score, m.evidence
    FROM appraisal.marks_of(rules.scheme_id, rules.job_group, ratings) AS m
    ON CONFLICT ON CONSTRAINT rating_pkey DO UPDATE
    SET label = excluded.label, levels = excluded.levels, score = excluded.score, evidence = excluded.evidence;
    UPDATE appraisal.review AS r
    SET status = 'submitted', submitted_at = statement_timestamp(), comments = coalesce(submit_review.comments, r.comments)
    WHERE r.cycle_id = review.cycle_id AND r.review_id = taken_id;
    submit_review.review_id := taken_id;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.submit_review(text, text, jsonb, jsonb, text, text, bigint) IS
    'submits the caller''s review: a mark for each rated indicator, evidence for extreme ones, comments by topic';

CREATE PROCEDURE appraisal.decline_review(cycle text, person text, reason text, source text DEFAULT NULL, unit text DEFAULT NULL,
                                          INOUT review_id bigint DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    this_cycle CONSTANT bigint := appraisal.cycle_of_code(cycle);
BEGIN
    decline_review.review_id := appraisal.take_my_review(cycle, person, unit, source, review_id);
    UPDATE appraisal.review AS r SET status = 'declined', reason = decline_review.reason
    WHERE r.cycle_id = this_cycle AND r.review_id = decline_review.review_id;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.decline_review(text, text, text, text, text, bigint) IS
    'the caller does not give a review that was assigned, and says why';

CREATE PROCEDURE appraisal.recuse(cycle text, person text, reason text, source text DEFAULT NULL, unit text DEFAULT NULL,
                                  INOUT review_id bigint DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    this_cycle CONSTANT bigint := appraisal.cycle_of_code(cycle);
BEGIN
    recuse.review_id := appraisal.take_my_review(cycle, person, unit, source, review_id);
    UPDATE appraisal.review AS r SET status = 'recused', reason = recuse.reason
    WHERE r.cycle_id = this_cycle AND r.review_id = recuse.review_id;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.recuse(text, text, text, text, text, bigint) IS
    'the caller stands aside from a review for a conflict of interest, and says which';

CREATE FUNCTION appraisal.delegate_of(cycle_id bigint, review_id bigint) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    given record;
    delegate_id bigint;
BEGIN
    SELECT r.participant_id, r.source, r.rater_id, rule.delegate, c.code INTO given
    FROM appraisal.review AS r
    JOIN appraisal.participant AS p USING (cycle_id, participant_id)
    JOIN appraisal.cycle AS c USING (cycle_id)
    LEFT JOIN LATERAL appraisal.job_group_raters(c.scheme_id, c.period, p.job_group) AS rule ON rule.source = r.source
    WHERE r.cycle_id = delegate_of.cycle_id AND r.review_id = delegate_of.review_id;
    IF given.delegate IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('a review as "%s" is not handed on in cycle "%s"', given.source, given.code),
            DETAIL = format('It is review %s.', review_id),
            HINT = 'CALL appraisal.decline_review() or recuse().';
    END IF;
    SELECT d.person_id INTO delegate_id
    FROM (SELECT CASE given.delegate WHEN 'manager' THEN s.manager_id WHEN 'second_manager' THEN s.second_manager_id
                                     WHEN 'top_manager' THEN s.top_manager_id
                                     ELSE (SELECT min(h.rater_id) FROM appraisal.review AS h
                                           WHERE h.cycle_id = delegate_of.cycle_id AND h.participant_id = given.participant_id
                                             AND h.source = 'hr') END AS person_id, s.self_id
          FROM appraisal.cycle_superiors(delegate_of.cycle_id, given.participant_id) AS s) AS d
    WHERE d.person_id IS DISTINCT FROM d.self_id
      AND NOT EXISTS (SELECT FROM appraisal.review AS o
                      WHERE o.cycle_id = delegate_of.cycle_id AND o.participant_id = given.participant_id
                        AND o.source = given.source AND o.rater_id = d.person_id);
    IF delegate_id IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('there is no "%s" to hand review %s of cycle "%s" on to', given.delegate, review_id, given.code),
            DETAIL = 'There is none, or that one rates as this source already.',
            HINT = 'CALL appraisal.decline_review() or recuse().';
    END IF;
    RETURN delegate_id;
END
$function$;
COMMENT ON FUNCTION appraisal.delegate_of(bigint, bigint) IS
    'the person to whom the scheme lets the rater of a review hand it on; an error if there is none';

CREATE PROCEDURE appraisal.delegate_review(cycle text, person text, reason text, source text DEFAULT NULL, unit text DEFAULT NULL,
                                           INOUT review_id bigint DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    found_id bigint := appraisal.cycle_of_code(cycle);
BEGIN
    delegate_review.review_id := appraisal.take_my_review(cycle, person, unit, source, review_id);
    UPDATE appraisal.review AS r
    SET status = 'declined', reason = delegate_review.reason,
        delegated_to = (SELECT appraisal.my_delegate(found_id, delegate_review.review_id))
    WHERE r.cycle_id = found_id AND r.review_id = delegate_review.review_id;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.delegate_review(text, text, text, text, text, bigint) IS
    'hands the caller''s review on to the superior whom the scheme names for that, and says why';

CREATE PROCEDURE appraisal.reopen_review(cycle text, person text, rater text, reason text, source text DEFAULT NULL,
                                         unit text DEFAULT NULL, INOUT review_id bigint DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    found_id bigint := appraisal.cycle_of_code(cycle);
    meant record;
BEGIN
    IF NOT appraisal.acting_as('hr') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = 'HR alone opens a review again',
            HINT = 'Ask HR to CALL appraisal.reopen_review().';
    END IF;
    PERFORM appraisal.hold_cycle(found_id);
    -- one that is closed goes before those that are open
    SELECT r.review_id, r.status, r.closed, count(*) OVER (PARTITION BY r.closed) AS alike,
           string_agg(format('%s (%s)', r.review_id, r.source), ', ') OVER (PARTITION BY r.closed) AS listed
    INTO meant
    FROM (SELECT v.*, v.status IN ('submitted', 'lapsed') AS closed
          FROM appraisal.review AS v
          JOIN appraisal.participant AS p USING (cycle_id, participant_id)
          JOIN appraisal.person AS n ON n.person_id = v.rater_id
          LEFT JOIN appraisal.person AS rated ON rated.person_id = p.person_id
          LEFT JOIN appraisal.unit AS u ON u.unit_id = p.appraised_unit_id
          WHERE v.cycle_id = found_id AND n.code = reopen_review.rater
            AND (rated.code = reopen_review.person OR reopen_review.person IS NULL AND u.code = reopen_review.unit)
            AND v.source = coalesce(reopen_review.source, v.source)
            AND v.review_id = coalesce(reopen_review.review_id, v.review_id)) AS r
    ORDER BY r.closed DESC, r.review_id
    LIMIT 1;
    CASE
    WHEN NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP004',
            MESSAGE = format('there is no review of %s by person "%s" in cycle "%s"',
                             appraisal.person_or_unit(person, unit), rater, cycle),
            HINT = 'CALL appraisal.assign_reviews() assigns one; nobody sees those of oneself.';
    WHEN NOT meant.closed THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP001',
            MESSAGE = format('the review of %s by person "%s" in cycle "%s" is %s',
                             appraisal.person_or_unit(person, unit), rater, cycle, meant.status),
            DETAIL = 'Submitted and lapsed ones are opened again.',
            HINT = CASE meant.status WHEN 'assigned' THEN 'The rater calls submit_review().'
                                     ELSE 'CALL appraisal.assign_reviews() with another rater.' END;
    WHEN meant.alike > 1 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('there are %s reviews of %s by person "%s" in cycle "%s"', meant.alike,
                             appraisal.person_or_unit(person, unit), rater, cycle),
            DETAIL = format('Reviews %s.', meant.listed),
            HINT = 'Say which one by source or review_id.';
    ELSE
        UPDATE appraisal.review AS r SET status = 'assigned', submitted_at = NULL, reason = reopen_review.reason
        WHERE r.cycle_id = found_id AND r.review_id = meant.review_id
        RETURNING r.review_id INTO reopen_review.review_id;
    END CASE;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.reopen_review(text, text, text, text, text, text, bigint) IS
    'HR gives a submitted or lapsed review back to its rater while the cycle is in scoring, and says why';
-- Feedback given while a cycle runs.

CREATE PROCEDURE appraisal.record_feedback(cycle text, person text, kind text, content text,
                                           INOUT feedback_id bigint DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    found_id bigint := appraisal.cycle_of_code(cycle);
    told_id bigint := appraisal.person_of_code(person);
    giver_id bigint := appraisal.acting_person();
    told_as bigint;
BEGIN
    IF giver_id IS NULL OR giver_id = told_id THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = CASE WHEN giver_id IS NULL THEN 'feedback is given by a person, and this login is nobody in particular'
                           ELSE 'nobody gives feedback to themselves' END,
            HINT = 'A superior or HR calls record_feedback(); a service sets appraisal.actor to the person it acts for.';
    END IF;
    -- a former superior speaks of the segment of that time
    SELECT p.participant_id INTO told_as
    FROM appraisal.participant AS p
    WHERE p.cycle_id = found_id AND p.person_id = told_id
    ORDER BY p.participant_id IN (SELECT appraisal.my_participants()) DESC, p.leads DESC, p.segment DESC
    LIMIT 1;
    IF told_as IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP004',
            MESSAGE = format('person "%s" takes no part in cycle "%s"', person, cycle),
            HINT = 'Enrol with CALL appraisal.enrol(), or ask who may see this one.';
    END IF;
    INSERT INTO appraisal.feedback AS f (cycle_id, participant_id, given_by, kind, content)
    VALUES (found_id, told_as, giver_id, record_feedback.kind, record_feedback.content)
    RETURNING f.feedback_id INTO record_feedback.feedback_id;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.record_feedback(text, text, text, text, bigint) IS
    'keeps what a superior told a person: praise, concern, or consultation, which the person does not see';
-- From marks and figures to points: what each source gave, and what each indicator of each dimension earned.
--
-- All are steps of compute_results(), which runs them with the rights of the tables' owner. Each writes one
-- table, for the units of one kind or, if kind is null, for the people of a cycle, and touches no row that is
-- as it was. The cycle is locked and nobody else writes, so rows are changed or added without ON CONFLICT,
-- which would look for a conflict before each row. Stored numbers have no trailing zeros, so that equal
-- results are equal bytes.
--
-- Steps read a cycle by hash. Without nested loops some plans have estimates beyond all measure, by which
-- each would be compiled just in time: seconds for a cycle of ten people. So that is off, too.

CREATE FUNCTION appraisal.missing_states() RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN '{pending,recused,declined,insufficient,not_applicable}'::text[];
COMMENT ON FUNCTION appraisal.missing_states() IS 'why a score is missing; of several reasons the first one is told';

-- What the step is about: everybody of a kind who is appraised, other segments included.
CREATE FUNCTION appraisal.appraised(of_cycle bigint, kind text)
    RETURNS TABLE (participant_id bigint, job_group text, unit_id bigint)
LANGUAGE plpgsql STABLE ROWS 100000 SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off AS $$
BEGIN
    RETURN QUERY
    SELECT p.participant_id, p.job_group, p.unit_id
    FROM appraisal.participant AS p
    WHERE p.cycle_id = of_cycle AND p.exempt_because IS NULL
      AND CASE WHEN kind IS NULL THEN p.person_id IS NOT NULL ELSE p.appraised_unit_id IS NOT NULL AND p.job_group = kind END;
END
$$;
COMMENT ON FUNCTION appraisal.appraised(bigint, text) IS 'step of compute_results(): the units of a kind that are appraised, or the people';

-- A job group that is only measured has no sources.
CREATE FUNCTION appraisal.counting_raters(of_cycle bigint)
    RETURNS TABLE (job_group text, source text, weight numeric, least_raters integer, "trim" integer, anonymous boolean, required boolean)
LANGUAGE plpgsql STABLE ROWS 20 SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off AS $$
BEGIN
    RETURN QUERY
    SELECT r.job_group, r.source, r.weight, r.least_raters, r.trim, r.anonymous, r.required
    FROM appraisal.cycle_raters(of_cycle) AS r
    WHERE r.job_group IN (SELECT i.job_group FROM appraisal.cycle_indicators(of_cycle) AS i
                          WHERE i.kind <> 'measured' AND i.dimension_weight > 0);
END
$$;
COMMENT ON FUNCTION appraisal.counting_raters(bigint) IS 'step of compute_results(): the sources of each job group in which something is rated';

-- Which sources are there. Of an anonymous one nothing is told but that it is missing.
CREATE FUNCTION appraisal.source_states(of_cycle bigint, kind text)
    RETURNS TABLE (participant_id bigint, job_group text, source text, weight numeric, "trim" integer, anonymous boolean,
                   raters integer, state text)
LANGUAGE plpgsql STABLE ROWS 100000 SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off AS $$
BEGIN
    RETURN QUERY
    WITH asked AS (
        SELECT v.participant_id, v.source, count(*) FILTER (WHERE v.status = 'submitted')::integer AS raters,
               bool_or(v.status = 'assigned') AS is_pending, bool_or(v.status = 'recused') AS is_recused,
               bool_or(v.status = 'declined' AND v.delegated_to IS NULL) AS is_declined
        FROM appraisal.review AS v
        WHERE v.cycle_id = of_cycle
        GROUP BY v.participant_id, v.source
    ),
    rule AS MATERIALIZED (
        SELECT c.* FROM appraisal.counting_raters(of_cycle) AS c
    )
    SELECT p.participant_id, p.job_group, r.source, r.weight, r.trim, r.anonymous, coalesce(a.raters, 0),
           CASE WHEN a.raters >= r.least_raters THEN 'scored'
                WHEN r.anonymous THEN 'insufficient'
                WHEN a.is_pending THEN 'pending'
                WHEN a.is_recused THEN 'recused'
                WHEN a.is_declined THEN 'declined'
                WHEN a.source IS NOT NULL THEN 'insufficient'
                ELSE 'not_applicable' END
    FROM appraisal.appraised(of_cycle, kind) AS p
    JOIN rule AS r USING (job_group)
    LEFT JOIN asked AS a ON a.participant_id = p.participant_id AND a.source = r.source;
END
$$;
COMMENT ON FUNCTION appraisal.source_states(bigint, text) IS
    'step of compute_results(): each participant''s sources, how many of their reviews are in, and why one does not count';

CREATE FUNCTION appraisal.write_source_scores(of_cycle bigint, kind text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off AS $$
BEGIN
    WITH stated AS MATERIALIZED (
        SELECT s.* FROM appraisal.source_states(of_cycle, kind) AS s
    ),
    weighed AS MATERIALIZED (
        SELECT i.job_group, i.indicator_id, i.scheme_indicator_id, i.dimension_weight, i.dimension_weight * i.weight AS weight
        FROM appraisal.cycle_indicators(of_cycle) AS i
        WHERE i.kind <> 'measured' AND i.dimension_weight > 0
    ),
    mark AS NOT MATERIALIZED (
        SELECT s.participant_id, s.source, s.trim, w.scheme_indicator_id, coalesce(w.dimension_weight * g.weight, w.weight) AS weight, m.score
        FROM stated AS s
        JOIN appraisal.review AS v ON v.cycle_id = of_cycle AND v.participant_id = s.participant_id AND v.source = s.source
                                  AND v.status = 'submitted'
        JOIN appraisal.rating AS m ON m.cycle_id = of_cycle AND m.review_id = v.review_id
        JOIN weighed AS w ON w.job_group = s.job_group AND w.indicator_id = m.indicator_id
        LEFT JOIN appraisal.goal AS g ON g.cycle_id = of_cycle AND g.participant_id = s.participant_id
                                     AND g.scheme_indicator_id = w.scheme_indicator_id
        WHERE s.state = 'scored'
    ),
    given AS (
        SELECT t.participant_id, t.source, trim_scale(round(appraisal.weighted_score(t.score, t.weight), 14)) AS score
        FROM (SELECT m.participant_id, m.source, m.score, m.weight FROM mark AS m WHERE m.trim = 0
              UNION ALL
              SELECT m.participant_id, m.source, appraisal.trimmed_score(m.score, m.trim), m.weight FROM mark AS m
              WHERE m.trim > 0 GROUP BY m.participant_id, m.source, m.scheme_indicator_id, m.weight) AS t
        GROUP BY t.participant_id, t.source
    ),
    fresh AS MATERIALIZED (
        SELECT s.participant_id, s.source, s.weight, CASE WHEN g.score IS NOT NULL THEN s.raters ELSE 0 END AS raters,
               CASE WHEN g.score IS NULL AND s.state = 'scored' THEN 'insufficient' ELSE s.state END AS state, g.score, s.anonymous
        FROM stated AS s LEFT JOIN given AS g USING (participant_id, source)
    ),
    changed AS (
        UPDATE appraisal.source_score AS o
        SET weight = f.weight, raters = f.raters, state = f.state, score = f.score, anonymous = f.anonymous
        FROM fresh AS f
        WHERE o.cycle_id = of_cycle AND o.participant_id = f.participant_id AND o.version = 1 AND o.source = f.source
          AND (o.weight, o.raters, o.state, o.score, o.anonymous) IS DISTINCT FROM (f.weight, f.raters, f.state, f.score, f.anonymous)
    )
    INSERT INTO appraisal.source_score (cycle_id, participant_id, source, weight, raters, state, score, anonymous)
    SELECT of_cycle, f.participant_id, f.source, f.weight, f.raters, f.state, f.score, f.anonymous
    FROM fresh AS f
    LEFT JOIN appraisal.source_score AS was
        ON was.cycle_id = of_cycle AND was.participant_id = f.participant_id AND was.version = 1 AND was.source = f.source
    WHERE was.source IS NULL;
END
$$;
COMMENT ON FUNCTION appraisal.write_source_scores(bigint, text) IS 'step of compute_results(): writes which sources count and what they gave';

-- The weight of the sources that count, as a share of those that should: what is optional and missing should not.
CREATE FUNCTION appraisal.rated_shares(of_cycle bigint) RETURNS TABLE (participant_id bigint, share numeric)
LANGUAGE plpgsql STABLE ROWS 100 SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off AS $$
BEGIN
    RETURN QUERY
    WITH rule AS MATERIALIZED (
        SELECT c.* FROM appraisal.counting_raters(of_cycle) AS c
    )
    SELECT s.participant_id,
           round(coalesce(sum(s.weight) FILTER (WHERE s.state = 'scored'), 0)
                 / sum(s.weight) FILTER (WHERE s.state = 'scored' OR r.required), 24)
    FROM appraisal.source_score AS s
    JOIN appraisal.participant AS p USING (cycle_id, participant_id)
    JOIN rule AS r ON r.job_group = p.job_group AND r.source = s.source
    WHERE s.cycle_id = of_cycle AND s.version = 1 AND s.weight > 0
      AND s.participant_id IN (SELECT m.participant_id FROM appraisal.source_score AS m
                               WHERE m.cycle_id = of_cycle AND m.version = 1 AND m.weight > 0 AND m.state <> 'scored')
    GROUP BY s.participant_id
    HAVING bool_or(s.state <> 'scored' AND r.required);
END
$$;
COMMENT ON FUNCTION appraisal.rated_shares(bigint) IS
    'step of compute_results(): what part of the sources'' weight counts, for participants who miss a required source';

CREATE FUNCTION appraisal.rated_points(of_cycle bigint, kind text)
    RETURNS TABLE (participant_id bigint, indicator_id bigint, points numeric)
LANGUAGE plpgsql STABLE ROWS 1000000 SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off AS $$
BEGIN
    RETURN QUERY
    WITH rule AS MATERIALIZED (
        SELECT c.job_group, c.source, c.trim FROM appraisal.counting_raters(of_cycle) AS c WHERE c.weight > 0
    ),
    counted AS MATERIALIZED (
        SELECT v.review_id, p.participant_id, s.source, s.weight, r.trim
        FROM appraisal.appraised(of_cycle, kind) AS p
        JOIN appraisal.source_score AS s ON s.cycle_id = of_cycle AND s.participant_id = p.participant_id AND s.version = 1
        JOIN appraisal.review AS v ON v.cycle_id = of_cycle AND v.participant_id = s.participant_id AND v.source = s.source
                                  AND v.status = 'submitted'
        JOIN rule AS r ON r.job_group = p.job_group AND r.source = s.source
        WHERE s.state = 'scored' AND s.weight > 0
    )
    SELECT t.participant_id, t.indicator_id, appraisal.rater_score(t.score, t.source, t.weight)
    FROM (SELECT c.participant_id, m.indicator_id, c.source, c.weight, m.score
          FROM counted AS c
          JOIN appraisal.rating AS m ON m.cycle_id = of_cycle AND m.review_id = c.review_id
          WHERE c.trim = 0
          UNION ALL
          SELECT c.participant_id, m.indicator_id, c.source, c.weight, appraisal.trimmed_score(m.score, c.trim)
          FROM counted AS c
          JOIN appraisal.rating AS m ON m.cycle_id = of_cycle AND m.review_id = c.review_id
          WHERE c.trim > 0
          GROUP BY c.participant_id, m.indicator_id, c.source, c.weight) AS t
    GROUP BY t.participant_id, t.indicator_id;
END
$$;
COMMENT ON FUNCTION appraisal.rated_points(bigint, text) IS
    'step of compute_results(): points of rated indicators, mean within each source that counts and then by weight over the sources';

-- The nearest unit of each appraised kind, at or above each unit, and its score. A unit that is appraised
-- reads one of a kind before its own only, and those have been computed.
CREATE FUNCTION appraisal.unit_scores(of_cycle bigint) RETURNS TABLE (unit_id bigint, kind text, score numeric)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off AS $$
BEGIN
    RETURN QUERY
    WITH RECURSIVE unit AS MATERIALIZED (
        SELECT p.appraised_unit_id AS unit_id, p.job_group AS kind, r.score
        FROM appraisal.participant AS p
        LEFT JOIN appraisal.result AS r ON r.cycle_id = p.cycle_id AND r.participant_id = p.participant_id AND r.version = 1
        WHERE p.cycle_id = of_cycle AND p.appraised_unit_id IS NOT NULL
    ),
    below AS (
        SELECT u.unit_id, u.kind, u.score FROM unit AS u
        UNION ALL
        SELECT c.unit_id, b.kind, b.score
        FROM below AS b
        JOIN appraisal.unit AS c ON c.parent_id = b.unit_id
        WHERE NOT EXISTS (SELECT FROM unit AS own WHERE own.unit_id = c.unit_id AND own.kind = b.kind)
    )
    SELECT b.unit_id, b.kind, b.score FROM below AS b;
END
$$;
COMMENT ON FUNCTION appraisal.unit_scores(bigint) IS
    'step of compute_results(): for each unit the score of the nearest appraised unit of a kind, itself or above';

-- What each indicator's curve reads, and its points. An attainment has 24 decimals: with fewer, a steep
-- curve would make so much of what was rounded that a true tie is lost.
CREATE FUNCTION appraisal.indicator_points(of_cycle bigint, kind text)
    RETURNS TABLE (participant_id bigint, dimension_id bigint, dimension_weight numeric, scheme_indicator_id bigint, is_rated boolean,
                   weight numeric, figure numeric, points numeric)
LANGUAGE plpgsql STABLE ROWS 1000000 SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off SET enable_mergejoin = off AS $$
BEGIN
    RETURN QUERY
    WITH rule AS MATERIALIZED (
        SELECT i.job_group, i.dimension_id, i.dimension_weight, i.scheme_indicator_id, i.indicator_id, i.kind <> 'measured' AS is_rated,
               i.reads = 'attainment' AS is_attainment, i.weight, i.curve, i.target, i.unit_level
        FROM appraisal.cycle_indicators(of_cycle) AS i
        WHERE i.dimension_weight > 0
    ),
    level AS MATERIALIZED (
        SELECT u.kind, u.place
        FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id), unnest(s.unit_levels) WITH ORDINALITY AS u (kind, place)
        WHERE c.cycle_id = of_cycle
          AND (indicator_points.kind IS NULL
               OR u.place < coalesce(array_position(s.unit_levels, indicator_points.kind), 0))
    ),
    unit_score AS MATERIALIZED (
        SELECT u.unit_id, u.kind, u.score FROM appraisal.unit_scores(of_cycle) AS u JOIN level AS l USING (kind)
    )
    SELECT f.participant_id, f.dimension_id, f.dimension_weight, f.scheme_indicator_id, f.is_rated, f.weight, f.figure,
           CASE WHEN f.is_rated THEN trim_scale(f.rated) ELSE appraisal.points(f.figure, f.curve) END
    FROM (SELECT p.participant_id, r.dimension_id, r.dimension_weight, r.scheme_indicator_id, r.is_rated, r.curve, d.points AS rated,
                 coalesce(g.weight, r.weight) AS weight,
                 CASE WHEN NOT r.is_attainment THEN trim_scale(coalesce(m.value, u.score))
                      ELSE trim_scale(1 + round(coalesce(m.value, u.score) - coalesce(g.target, r.target), 24)
                                          / nullif(abs(coalesce(g.target, r.target)), 0)) END AS figure
          FROM appraisal.appraised(of_cycle, indicator_points.kind) AS p
          JOIN rule AS r USING (job_group)
          LEFT JOIN appraisal.goal AS g ON g.cycle_id = of_cycle AND g.participant_id = p.participant_id
                                       AND g.scheme_indicator_id = r.scheme_indicator_id
          LEFT JOIN appraisal.current_measurements(of_cycle) AS m
              ON m.participant_id = p.participant_id AND m.indicator_id = r.indicator_id AND NOT r.is_rated
          LEFT JOIN appraisal.rated_points(of_cycle, indicator_points.kind) AS d
              ON d.participant_id = p.participant_id AND d.indicator_id = r.indicator_id AND r.is_rated
          LEFT JOIN unit_score AS u ON u.unit_id = p.unit_id AND u.kind = r.unit_level) AS f;
END
$$;
COMMENT ON FUNCTION appraisal.indicator_points(bigint, text) IS
    'step of compute_results(): every indicator of every participant with its weight, figure and points, null where missing';

CREATE FUNCTION appraisal.write_dimension_scores(of_cycle bigint, kind text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off AS $$
DECLARE
    counts_zero CONSTANT boolean := (SELECT s.missing = 'zero' FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id)
                                     WHERE c.cycle_id = of_cycle);
BEGIN
    WITH part AS (
        SELECT i.participant_id, i.dimension_id, i.dimension_weight, i.scheme_indicator_id, i.weight, i.figure,
               CASE WHEN counts_zero AND i.is_rated AND s.share IS NOT NULL THEN trim_scale(i.points * s.share) ELSE i.points END AS points,
               CASE WHEN i.points IS NULL THEN 0 WHEN i.is_rated THEN coalesce(s.share, 1) ELSE 1 END AS covered
        FROM appraisal.indicator_points(of_cycle, kind) AS i
        LEFT JOIN appraisal.rated_shares(of_cycle) AS s USING (participant_id)
        ORDER BY i.participant_id, i.dimension_id, i.dimension_weight, i.scheme_indicator_id
    ),
    summed AS (
        SELECT p.participant_id, p.dimension_id, p.dimension_weight AS weight,
               appraisal.weighted_score(p.covered, p.weight) AS coverage,
               appraisal.weighted_score(CASE WHEN counts_zero THEN coalesce(p.points, 0) ELSE p.points END, p.weight) AS score,
               array_agg(p.scheme_indicator_id) AS scheme_indicators, array_agg(p.weight) AS weights,
               array_agg(p.figure) AS figures, array_agg(p.points) AS points
        FROM part AS p
        GROUP BY p.participant_id, p.dimension_id, p.dimension_weight
    ),
    fresh AS MATERIALIZED (
        SELECT s.participant_id, s.dimension_id, s.weight, trim_scale(s.coverage) AS coverage, trim_scale(s.score) AS score,
               appraisal.grade(round(s.score, 14), d.scale) AS grade, s.scheme_indicators, s.weights, s.figures, s.points
        FROM summed AS s JOIN appraisal.dimension AS d USING (dimension_id)
    ),
    changed AS (
        UPDATE appraisal.dimension_score AS o
        SET weight = f.weight, coverage = f.coverage, score = f.score, grade = f.grade, scheme_indicators = f.scheme_indicators,
            weights = f.weights, figures = f.figures, points = f.points
        FROM fresh AS f
        WHERE o.cycle_id = of_cycle AND o.participant_id = f.participant_id AND o.version = 1 AND o.dimension_id = f.dimension_id
          AND (o.weight, o.coverage, o.score, o.grade, o.scheme_indicators, o.weights, o.figures, o.points) IS DISTINCT FROM
              (f.weight, f.coverage, f.score, f.grade, f.scheme_indicators, f.weights, f.figures, f.points)
    )
    INSERT INTO appraisal.dimension_score
        (cycle_id, participant_id, dimension_id, weight, coverage, score, grade, scheme_indicators, weights, figures, points)
    SELECT of_cycle, f.participant_id, f.dimension_id, f.weight, f.coverage, f.score, f.grade, f.scheme_indicators, f.weights,
           f.figures, f.points
    FROM fresh AS f
    LEFT JOIN appraisal.dimension_score AS was
        ON was.cycle_id = of_cycle AND was.participant_id = f.participant_id AND was.version = 1 AND was.dimension_id = f.dimension_id
    WHERE was.dimension_id IS NULL;
END
$$;
COMMENT ON FUNCTION appraisal.write_dimension_scores(bigint, text) IS
    'step of compute_results(): writes each participant''s dimensions with every indicator''s part in them';
-- From dimensions to results: totals, grades, groups of the forced distribution, and what is written of it.

-- Why there is no score, for who has none: the first of missing_states(), over what is required and missing.
-- A measurement may still come while reviews are given.
CREATE FUNCTION appraisal.missing_parts(of_cycle bigint, kind text) RETURNS TABLE (participant_id bigint, state_rank integer)
LANGUAGE plpgsql STABLE ROWS 1000 SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off AS $$
BEGIN
    RETURN QUERY
    WITH source AS (
        SELECT s.participant_id, p.job_group, s.source, s.state, s.weight
        FROM appraisal.source_score AS s
        JOIN appraisal.appraised(of_cycle, kind) AS p USING (participant_id)
        WHERE s.cycle_id = of_cycle AND s.version = 1 AND s.state <> 'scored' AND s.weight > 0
    ),
    rule AS MATERIALIZED (
        SELECT i.scheme_indicator_id, i.kind <> 'measured' AS is_rated FROM appraisal.cycle_indicators(of_cycle) AS i
    ),
    empty AS (
        SELECT DISTINCT d.participant_id, r.is_rated
        FROM appraisal.dimension_score AS d
        JOIN appraisal.appraised(of_cycle, kind) AS p USING (participant_id)
        CROSS JOIN unnest(d.scheme_indicators, d.weights, d.points) AS e (scheme_indicator_id, weight, points)
        JOIN rule AS r ON r.scheme_indicator_id = e.scheme_indicator_id
        WHERE d.cycle_id = of_cycle AND d.version = 1 AND array_position(d.points, NULL) IS NOT NULL
          AND e.points IS NULL AND e.weight > 0
    ),
    part AS (
        SELECT s.participant_id, array_position(appraisal.missing_states(), s.state) AS state_rank
        FROM source AS s
        JOIN appraisal.counting_raters(of_cycle) AS r ON r.job_group = s.job_group AND r.source = s.source
        WHERE r.required
        UNION ALL
        SELECT e.participant_id,
               array_position(appraisal.missing_states(),
                              CASE WHEN e.is_rated THEN coalesce(s.state, 'insufficient')
                                   WHEN c.status = 'scoring' THEN 'pending'
                                   ELSE 'insufficient' END)
        FROM empty AS e
        JOIN appraisal.cycle AS c ON c.cycle_id = of_cycle
        LEFT JOIN source AS s ON s.participant_id = e.participant_id AND e.is_rated
    )
    SELECT t.participant_id, min(t.state_rank) FROM part AS t GROUP BY t.participant_id;
END
$$;
COMMENT ON FUNCTION appraisal.missing_parts(bigint, text) IS
    'step of compute_results(): participants to whom something required is missing, and why';

-- Segments weigh by their days; the leading one carries what they come to.
CREATE FUNCTION appraisal.totals(of_cycle bigint, kind text)
    RETURNS TABLE (participant_id bigint, unit_id bigint, exempt boolean, missing_rank integer, coverage numeric, raw_score numeric)
LANGUAGE plpgsql STABLE ROWS 100000 SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off AS $$
BEGIN
    RETURN QUERY
    WITH summed AS (
        SELECT d.participant_id, appraisal.weighted_score(d.score, d.weight) AS total,
               appraisal.weighted_score(d.coverage, d.weight) AS coverage
        FROM appraisal.dimension_score AS d
        WHERE d.cycle_id = of_cycle AND d.version = 1
        GROUP BY d.participant_id
    ),
    segment AS (
        SELECT coalesce(l.participant_id, p.participant_id) AS lead_id, p.segment_days::numeric AS days, s.total, s.coverage, m.state_rank
        FROM appraisal.participant AS p
        LEFT JOIN appraisal.participant AS l
            ON l.cycle_id = of_cycle AND l.leads AND l.person_id = CASE WHEN NOT p.leads THEN p.person_id END
        LEFT JOIN summed AS s ON s.participant_id = p.participant_id
        LEFT JOIN appraisal.missing_parts(of_cycle, kind) AS m ON m.participant_id = p.participant_id
        WHERE p.cycle_id = of_cycle AND p.exempt_because IS NULL
    ),
    person AS (
        SELECT s.lead_id, min(s.state_rank) AS state_rank, appraisal.weighted_score(s.coverage, s.days) AS coverage,
               appraisal.weighted_score(s.total, s.days) AS total
        FROM segment AS s
        GROUP BY s.lead_id
    )
    SELECT p.participant_id, p.unit_id, p.exempt_because IS NOT NULL, t.state_rank, round(t.coverage, 14), round(t.total, 14)
    FROM appraisal.participant AS p
    LEFT JOIN person AS t ON t.lead_id = p.participant_id AND p.exempt_because IS NULL
    WHERE p.cycle_id = of_cycle AND p.leads
      AND CASE WHEN kind IS NULL THEN p.person_id IS NOT NULL ELSE p.appraised_unit_id IS NOT NULL AND p.job_group = kind END;
END
$$;
COMMENT ON FUNCTION appraisal.totals(bigint, text) IS
    'step of compute_results(): weighted mean of the dimensions, and of the segments by their days; to 14 decimals, where what divisions rounded is gone';

-- Of several gates that were missed the one with the worst grade caps.
CREATE FUNCTION appraisal.missed_gates(of_cycle bigint)
    RETURNS TABLE (participant_id bigint, dimension_id bigint, gate_grade text)
LANGUAGE plpgsql STABLE ROWS 1000 SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off AS $$
BEGIN
    RETURN QUERY
    SELECT DISTINCT ON (s.participant_id) s.participant_id, s.dimension_id, d.gate_grade
    FROM appraisal.dimension_score AS s
    JOIN appraisal.dimension AS d USING (dimension_id)
    JOIN appraisal.scheme AS r USING (scheme_id)
    WHERE s.cycle_id = of_cycle AND s.version = 1 AND round(s.score, 14) < d.gate
    ORDER BY s.participant_id, appraisal.grade_rank(d.gate_grade, r.scale) DESC, d."position";
END
$$;
COMMENT ON FUNCTION appraisal.missed_gates(bigint) IS 'step of compute_results(): dimensions below their gates, and the best grade that is left';

CREATE FUNCTION appraisal.boxes(of_cycle bigint) RETURNS TABLE (participant_id bigint, label text)
LANGUAGE plpgsql STABLE ROWS 100000 SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off AS $$
BEGIN
    RETURN QUERY
    WITH axis AS MATERIALIZED (
        SELECT d.dimension_id, d.box_axis
        FROM appraisal.cycle AS c JOIN appraisal.dimension AS d USING (scheme_id)
        WHERE c.cycle_id = of_cycle AND d.box_axis IS NOT NULL
    )
    SELECT p.participant_id, b.label
    FROM (SELECT s.participant_id, max(s.grade) FILTER (WHERE a.box_axis = 'performance') AS performance_grade,
                 max(s.grade) FILTER (WHERE a.box_axis = 'values') AS values_grade
          FROM appraisal.dimension_score AS s JOIN axis AS a USING (dimension_id)
          WHERE s.cycle_id = of_cycle AND s.version = 1
          GROUP BY s.participant_id) AS p
    JOIN appraisal.cycle AS c ON c.cycle_id = of_cycle
    JOIN appraisal.box AS b ON b.scheme_id = c.scheme_id AND b.performance_grade = p.performance_grade AND b.values_grade = p.values_grade;
END
$$;
COMMENT ON FUNCTION appraisal.boxes(bigint) IS 'step of compute_results(): the box of each participant''s grades on the two axes';

-- The score with which somebody enters the forced distribution. Below a gate it is no better than the
-- worst one of the grade that the gate leaves; raw scores have 14 decimals, so the next above an open bound is known.
CREATE FUNCTION appraisal.capped_score(score numeric, gate_grade text, scale appraisal.grade_scale) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN lower_inf(b.bounds) THEN '-Infinity'
                ELSE least($1, lower(b.bounds) + CASE WHEN lower_inc(b.bounds) THEN 0 ELSE 0.00000000000001 END) END
    FROM (SELECT appraisal.grade_bounds($2, $3) AS bounds) AS b
$$;
COMMENT ON FUNCTION appraisal.capped_score(numeric, text, appraisal.grade_scale) IS
    'step of compute_results(): score with which somebody enters the forced distribution, low enough for the grade that a missed gate leaves';

CREATE FUNCTION appraisal.capped_grade(grade text, gate_grade text, scale appraisal.grade_scale) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN appraisal.grade_rank(grade, scale) < appraisal.grade_rank(gate_grade, scale) THEN gate_grade ELSE grade END;
COMMENT ON FUNCTION appraisal.capped_grade(text, text, appraisal.grade_scale) IS 'the worse of a grade and the best one that a missed gate leaves';

-- Bottom up, level by level: a group that is too small becomes part of its parent's.
CREATE FUNCTION appraisal.pool_units(units bigint[], heads integer[], least_group integer)
    RETURNS TABLE (unit_id bigint, group_id bigint)
LANGUAGE plpgsql STABLE ROWS 1000 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    groups bigint[] := units;
    ids bigint[];
    parents bigint[];
    depths integer[];
BEGIN
    WITH RECURSIVE above AS (
        SELECT u.unit_id, u.parent_id FROM appraisal.unit AS u WHERE u.unit_id = ANY (units)
        UNION
        SELECT u.unit_id, u.parent_id FROM above AS a JOIN appraisal.unit AS u ON u.unit_id = a.parent_id
    ),
    tree AS (
        SELECT a.unit_id, a.parent_id, 0 AS depth FROM above AS a WHERE a.parent_id IS NULL
        UNION ALL
        SELECT a.unit_id, a.parent_id, t.depth + 1 FROM tree AS t JOIN above AS a ON a.parent_id = t.unit_id
    )
    SELECT array_agg(t.unit_id), array_agg(t.parent_id), array_agg(t.depth) INTO ids, parents, depths FROM tree AS t;

    FOR this_depth IN REVERSE coalesce((SELECT max(d) FROM unnest(depths) AS d), 0) .. 1 LOOP
        groups := (
            WITH member AS (
                SELECT m.group_id, m.heads, m.place FROM unnest(groups, heads) WITH ORDINALITY AS m (group_id, heads, place)
            ),
            small AS (
                SELECT m.group_id, t.parent_id
                FROM member AS m
                JOIN unnest(ids, parents, depths) AS t (unit_id, parent_id, depth) ON t.unit_id = m.group_id AND t.depth = this_depth
                GROUP BY m.group_id, t.parent_id
                HAVING sum(m.heads) < least_group
            )
            SELECT array_agg(coalesce(s.parent_id, m.group_id) ORDER BY m.place) FROM member AS m LEFT JOIN small AS s USING (group_id));
    END LOOP;
    RETURN QUERY SELECT p.unit_id, p.group_id FROM unnest(units, groups) AS p (unit_id, group_id);
END
$$;
COMMENT ON FUNCTION appraisal.pool_units(bigint[], integer[], integer) IS
    'units and the units whose groups they are in: those with fewer heads than the least are joined to their parents';
-- Results: computed anew from figures and marks as often as HR likes, until they are published.
--
-- compute_results() calls write_results(), which is made with the tables, checks who is asking and runs the
-- steps with the rights of the tables' owner: nobody else writes results. Units come first, level by level
-- from the top, because their scores are figures of what is below them.

-- Rows of who is exempt by now, or in another job group. What is published is not computed anew, so
-- there is one version.
CREATE FUNCTION appraisal.remove_stale_results(of_cycle bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off AS $$
BEGIN
    WITH rule AS MATERIALIZED (
        SELECT DISTINCT i.job_group, i.dimension_id FROM appraisal.cycle_indicators(of_cycle) AS i WHERE i.dimension_weight > 0
    )
    DELETE FROM appraisal.dimension_score AS s
    WHERE s.cycle_id = of_cycle AND s.version = 1
      AND (s.participant_id, s.dimension_id) NOT IN (
          SELECT p.participant_id, r.dimension_id
          FROM appraisal.participant AS p JOIN rule AS r USING (job_group)
          WHERE p.cycle_id = of_cycle AND p.exempt_because IS NULL);
    DELETE FROM appraisal.source_score AS s
    WHERE s.cycle_id = of_cycle AND s.version = 1
      AND (s.participant_id, s.source) NOT IN (
          SELECT p.participant_id, r.source
          FROM appraisal.participant AS p JOIN appraisal.counting_raters(of_cycle) AS r USING (job_group)
          WHERE p.cycle_id = of_cycle AND p.exempt_because IS NULL);
    DELETE FROM appraisal.result AS r
    USING appraisal.participant AS p
    WHERE r.cycle_id = of_cycle AND r.version = 1
      AND p.cycle_id = r.cycle_id AND p.participant_id = r.participant_id AND NOT p.leads;
END
$$;
COMMENT ON FUNCTION appraisal.remove_stale_results(bigint) IS 'step of compute_results(): removes rows of participants to whom they no longer belong';

-- Totals with what follows from each alone: state, score, natural grade, the grade that a missed gate leaves.
CREATE FUNCTION appraisal.natural_results(of_cycle bigint, kind text)
    RETURNS TABLE (participant_id bigint, unit_id bigint, state text, coverage numeric, raw_score numeric, score numeric,
                   natural_grade text, gate_dimension_id bigint, gate_grade text, entry numeric, box_label text)
LANGUAGE plpgsql STABLE ROWS 100000 SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off AS $$
DECLARE
    rule appraisal.scheme;
BEGIN
    SELECT s.* INTO rule FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id) WHERE c.cycle_id = of_cycle;
    RETURN QUERY
    WITH stated AS (
        SELECT t.participant_id, t.unit_id, t.coverage, t.raw_score,
               CASE WHEN t.exempt THEN 'exempt'
                    WHEN t.coverage IS NULL THEN 'not_applicable'
                    WHEN rule.missing = 'block' AND t.missing_rank IS NOT NULL
                    THEN (appraisal.missing_states())[t.missing_rank]
                    WHEN t.raw_score IS NULL OR t.coverage < rule.least_coverage THEN 'insufficient'
                    ELSE 'scored' END AS state
        FROM appraisal.totals(of_cycle, natural_results.kind) AS t
    ),
    scored AS (
        SELECT t.participant_id, t.unit_id, t.state, trim_scale(t.coverage) AS coverage,
               CASE WHEN t.state = 'scored' THEN trim_scale(t.raw_score) END AS raw_score,
               CASE WHEN t.state <> 'scored' THEN NULL
                    WHEN rule.rounding = 'down' THEN trunc(t.raw_score, rule.decimals)
                    ELSE round(t.raw_score, rule.decimals) END AS score
        FROM stated AS t
    ),
    read AS (
        SELECT s.*, CASE rule.grade_reads WHEN 'raw' THEN s.raw_score ELSE s.score END AS read
        FROM scored AS s
    )
    SELECT r.participant_id, r.unit_id, r.state, r.coverage, r.raw_score, r.score,
           CASE WHEN r.state = 'scored' THEN appraisal.capped_grade(appraisal.grade(r.read, rule.scale), g.gate_grade, rule.scale) END,
           CASE WHEN r.state = 'scored' THEN g.dimension_id END,
           CASE WHEN r.state = 'scored' THEN g.gate_grade END,
           CASE WHEN g.gate_grade IS NULL THEN r.read ELSE appraisal.capped_score(r.read, g.gate_grade, rule.scale) END,
           CASE WHEN r.state = 'scored' THEN b.label END
    FROM read AS r
    LEFT JOIN appraisal.missed_gates(of_cycle) AS g USING (participant_id)
    LEFT JOIN appraisal.boxes(of_cycle) AS b USING (participant_id);
END
$$;
COMMENT ON FUNCTION appraisal.natural_results(bigint, text) IS 'step of compute_results(): results before the forced distribution';

CREATE FUNCTION appraisal.write_graded_results(of_cycle bigint, kind text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_nestloop = off SET jit = off AS $$
DECLARE
    rule appraisal.scheme;
BEGIN
    SELECT s.* INTO rule FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id) WHERE c.cycle_id = of_cycle;
    WITH reached AS MATERIALIZED (
        SELECT n.* FROM appraisal.natural_results(of_cycle, write_graded_results.kind) AS n
    ),
    head AS (
        SELECT r.unit_id, count(*)::integer AS heads
        FROM reached AS r
        WHERE r.state = 'scored' AND rule.quota IS NOT NULL AND write_graded_results.kind IS NULL
        GROUP BY r.unit_id
    ),
    pooled AS MATERIALIZED (
        SELECT p.unit_id, p.group_id
        FROM (SELECT array_agg(h.unit_id) AS units, array_agg(h.heads) AS heads FROM head AS h HAVING count(*) > 0) AS a,
             appraisal.pool_units(a.units, a.heads, rule.least_group) AS p
    ),
    line AS MATERIALIZED (
        SELECT p.group_id, count(*)::integer AS members,
               coalesce(appraisal.forced_scale(r.entry, rule.scale, rule.quota), rule.scale) AS scale
        FROM reached AS r JOIN pooled AS p USING (unit_id)
        WHERE r.state = 'scored'
        GROUP BY p.group_id
    ),
    graded AS MATERIALIZED (
        SELECT r.*, l.group_id,
               CASE WHEN r.state = 'scored' THEN appraisal.capped_grade(appraisal.grade(r.entry, l.scale), r.gate_grade, rule.scale) END
                   AS quota_grade
        FROM reached AS r
        LEFT JOIN pooled AS p ON p.unit_id = r.unit_id AND r.state = 'scored'
        LEFT JOIN line AS l USING (group_id)
    ),
    counted AS (
        SELECT g.group_id, sum(q.heads_out)::integer AS heads_out
        FROM (SELECT x.group_id, appraisal.grade_counts(x.quota_grade, rule.scale) AS counts
              FROM graded AS x WHERE x.group_id IS NOT NULL GROUP BY x.group_id) AS g,
             appraisal.quota_check(g.counts, rule.scale, rule.quota) AS q
        GROUP BY g.group_id
    ),
    drawn AS (
        SELECT l.group_id, u.units, l.members, l.scale, c.heads_out
        FROM line AS l
        JOIN (SELECT p.group_id, array_agg(p.unit_id ORDER BY p.unit_id) AS units FROM pooled AS p GROUP BY p.group_id) AS u USING (group_id)
        JOIN counted AS c USING (group_id)
    ),
    written AS (
        INSERT INTO appraisal.cut_line (cycle_id, unit_id, units, members, scale, heads_out)
        SELECT of_cycle, d.group_id, d.units, d.members, d.scale, d.heads_out
        FROM drawn AS d
        LEFT JOIN appraisal.cut_line AS was ON was.cycle_id = of_cycle AND was.unit_id = d.group_id
        WHERE was.unit_id IS NULL
           OR (d.units, d.members, d.scale::text, d.heads_out) IS DISTINCT FROM (was.units, was.members, was.scale::text, was.heads_out)
        ON CONFLICT ON CONSTRAINT cut_line_pkey DO UPDATE
        SET units = excluded.units, members = excluded.members, scale = excluded.scale, heads_out = excluded.heads_out
    ),
    kept AS (
        SELECT g.*, CASE WHEN g.score IS NOT NULL AND (g.natural_grade, g.quota_grade) IS NOT DISTINCT FROM (was.natural_grade, was.quota_grade)
                         THEN was.calibrated_grade END AS calibrated_grade,
               CASE WHEN g.score IS NOT NULL THEN rank() OVER (ORDER BY g.score DESC NULLS LAST)::integer END AS rank,
               was.participant_id IS NULL AS is_new
        FROM graded AS g
        LEFT JOIN appraisal.result AS was
            ON was.cycle_id = of_cycle AND was.participant_id = g.participant_id AND was.version = 1
    ),
    fresh AS MATERIALIZED (
        SELECT k.*, appraisal.coefficient(coalesce(k.calibrated_grade, k.quota_grade, k.natural_grade), rule.scale) AS coefficient
        FROM kept AS k
    ),
    changed AS (
        UPDATE appraisal.result AS o
        SET state = f.state, coverage = f.coverage, raw_score = f.raw_score, score = f.score, natural_grade = f.natural_grade,
            gate_dimension_id = f.gate_dimension_id, cohort_unit_id = f.group_id, quota_grade = f.quota_grade,
            calibrated_grade = f.calibrated_grade, rank = f.rank, coefficient = f.coefficient, box_label = f.box_label
        FROM fresh AS f
        WHERE o.cycle_id = of_cycle AND o.participant_id = f.participant_id AND o.version = 1
          AND (o.state, o.coverage, o.raw_score, o.score, o.natural_grade, o.gate_dimension_id, o.cohort_unit_id, o.quota_grade,
               o.calibrated_grade, o.rank, o.coefficient, o.box_label) IS DISTINCT FROM
              (f.state, f.coverage, f.raw_score, f.score, f.natural_grade, f.gate_dimension_id, f.group_id, f.quota_grade,
               f.calibrated_grade, f.rank, f.coefficient, f.box_label)
    )
    INSERT INTO appraisal.result
        (cycle_id, participant_id, state, coverage, raw_score, score, natural_grade, gate_dimension_id, cohort_unit_id, quota_grade,
         calibrated_grade, rank, coefficient, box_label)
    SELECT of_cycle, f.participant_id, f.state, f.coverage, f.raw_score, f.score, f.natural_grade, f.gate_dimension_id, f.group_id,
           f.quota_grade, f.calibrated_grade, f.rank, f.coefficient, f.box_label
    FROM fresh AS f
    WHERE f.is_new;

    DELETE FROM appraisal.cut_line AS l
    WHERE l.cycle_id = of_cycle AND write_graded_results.kind IS NULL
      AND NOT EXISTS (SELECT FROM appraisal.result AS r WHERE r.cycle_id = l.cycle_id AND r.cohort_unit_id = l.unit_id);
END
$$;
COMMENT ON FUNCTION appraisal.write_graded_results(bigint, text) IS
    'step of compute_results(): writes results with the cut lines of their groups; a calibrated grade stays where the grades that it replaced do';

CREATE FUNCTION appraisal.run_results(of_cycle bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    kinds text[];
BEGIN
    kinds := (SELECT array_agg(k.job_group ORDER BY array_position(s.unit_levels, k.job_group) NULLS FIRST, k.job_group)
              FROM (SELECT DISTINCT p.cycle_id, p.job_group FROM appraisal.participant AS p
                    WHERE p.cycle_id = of_cycle AND p.appraised_unit_id IS NOT NULL) AS k
              JOIN appraisal.cycle AS c USING (cycle_id)
              JOIN appraisal.scheme AS s USING (scheme_id));
    PERFORM appraisal.remove_stale_results(of_cycle);
    FOR place IN 1 .. coalesce(cardinality(kinds), 0) + 1 LOOP
        PERFORM appraisal.write_source_scores(of_cycle, kinds[place]);
        PERFORM appraisal.write_dimension_scores(of_cycle, kinds[place]);
        PERFORM appraisal.write_graded_results(of_cycle, kinds[place]);
    END LOOP;
END
$$;
COMMENT ON FUNCTION appraisal.run_results(bigint) IS 'the steps of compute_results(): for each kind of unit from the top, then for the people';

CREATE FUNCTION appraisal.refuse_published(cycle text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF cycle IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP006',
            MESSAGE = format('results of cycle "%s" are published and never change', cycle),
            HINT = 'An appeal that is upheld makes the next version of a result.';
    END IF;
END
$$;
COMMENT ON FUNCTION appraisal.refuse_published(text) IS 'raise AP006 for a cycle whose published results were to change; nothing for null';

CREATE PROCEDURE appraisal.compute_results(cycle text, INOUT scored integer DEFAULT NULL, INOUT missing integer DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
BEGIN
    SELECT w.scored, w.missing INTO compute_results.scored, compute_results.missing
    FROM appraisal.write_results(appraisal.cycle_of_code(cycle)) AS w;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.compute_results(text, integer, integer) IS
    'computes the results of a cycle in scoring or calibration; only what changed is written. For HR; tells how many have a score and how many have none yet';
-- How a result came about, step by step, from what is stored of it.

CREATE FUNCTION appraisal.explain_score(cycle text, person text DEFAULT NULL, unit text DEFAULT NULL)
    RETURNS TABLE (step integer, what text, label text, raw numeric, weight numeric, points numeric, note text)
LANGUAGE plpgsql STABLE ROWS 50 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this_cycle CONSTANT bigint := appraisal.cycle_of_code(cycle);
    this_person CONSTANT bigint := CASE WHEN person IS NOT NULL THEN appraisal.person_of_code(person) END;
    this_unit CONSTANT bigint := CASE WHEN unit IS NOT NULL THEN appraisal.unit_of_code(unit) END;
    rule appraisal.scheme;
    this appraisal.result;
BEGIN
    SELECT s.* INTO rule FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id) WHERE c.cycle_id = this_cycle;
    SELECT r.* INTO this
    FROM appraisal.participant AS p JOIN appraisal.result AS r USING (cycle_id, participant_id)
    WHERE p.cycle_id = this_cycle AND (p.person_id = this_person OR p.appraised_unit_id = this_unit)
    ORDER BY r.version DESC LIMIT 1;
    RETURN QUERY
    WITH segment AS (
        SELECT p.participant_id, p.segment, p.segment_days, p.job_group, u.title AS unit_title, count(*) OVER () AS segments
        FROM appraisal.participant AS p JOIN appraisal.unit AS u USING (unit_id)
        WHERE p.cycle_id = this_cycle AND (p.person_id = this_person OR p.appraised_unit_id = this_unit) AND p.exempt_because IS NULL
    ),
    dimension AS (
        SELECT g.segment, d.label, d."position", s.*
        FROM segment AS g
        JOIN appraisal.dimension_score AS s ON s.cycle_id = this_cycle AND s.participant_id = g.participant_id AND s.version = this.version
        JOIN appraisal.dimension AS d USING (dimension_id)
    ),
    line (place, segment, part, detail, what, label, raw, weight, points, note) AS (
        SELECT 1, g.segment, 0, r.rater_rule_id, 'source', coalesce(r.label, s.source), s.raters::numeric, s.weight, s.score,
               CASE WHEN s.state <> 'scored' THEN s.state WHEN s.weight = 0 THEN 'does not count' END
        FROM segment AS g
        JOIN appraisal.source_score AS s ON s.cycle_id = this_cycle AND s.participant_id = g.participant_id AND s.version = this.version
        LEFT JOIN LATERAL (
            SELECT x.rater_rule_id, x.label FROM appraisal.rater_rule AS x
            WHERE x.scheme_id = rule.scheme_id AND x.source = s.source AND x.job_group IN (g.job_group, '*')
            ORDER BY (x.job_group = '*') LIMIT 1) AS r ON true
        UNION ALL
        SELECT 2, d.segment, d."position", e.place, 'indicator', i.label, e.figure, e.weight, e.points,
               CASE WHEN e.points IS NULL THEN 'missing' WHEN i.reads = 'attainment' THEN 'attainment of the target'
                    WHEN i.kind = 'measured' THEN i.unit ELSE 'rated' END
        FROM dimension AS d
        CROSS JOIN unnest(d.scheme_indicators, d.weights, d.figures, d.points) WITH ORDINALITY
            AS e (scheme_indicator_id, weight, figure, points, place)
        JOIN appraisal.scheme_indicator AS u ON u.scheme_indicator_id = e.scheme_indicator_id
        JOIN appraisal.indicator AS i USING (indicator_id)
        UNION ALL
        SELECT 2, d.segment, d."position", 1000000, 'dimension', d.label, NULL, d.weight, d.score,
               concat_ws(', ', d.grade, CASE WHEN d.coverage < 1 THEN format('%s of the weight is covered', d.coverage) END)
        FROM dimension AS d
        UNION ALL
        SELECT 3, g.segment, 0, 0, 'segment', g.unit_title, NULL, g.segment_days, appraisal.weighted_score(d.score, d.weight), 'days'
        FROM segment AS g JOIN dimension AS d USING (segment)
        WHERE g.segments > 1
        GROUP BY g.segment, g.unit_title, g.segment_days
        UNION ALL
        SELECT v.place, 0, 0, 0, v.what, v.label, v.raw, v.weight, v.points, v.note
        FROM (VALUES
            (4, 'state', this.state, NULL::numeric, NULL::numeric, NULL::numeric,
             CASE WHEN this.coverage < 1 THEN format('%s of the weight is covered', this.coverage) END, true),
            (5, 'total', NULL, NULL, NULL, this.raw_score, NULL, this.score IS NOT NULL),
            (6, 'score', NULL, this.raw_score, NULL, this.score,
             format('%s to %s decimals', CASE rule.rounding WHEN 'down' THEN 'cut' ELSE 'rounded half up' END, rule.decimals),
             this.score IS NOT NULL),
            (7, 'gate', (SELECT d.label FROM appraisal.dimension AS d WHERE d.dimension_id = this.gate_dimension_id),
             (SELECT d.score FROM dimension AS d WHERE d.dimension_id = this.gate_dimension_id AND d.participant_id = this.participant_id),
             NULL, (SELECT d.gate FROM appraisal.dimension AS d WHERE d.dimension_id = this.gate_dimension_id),
             (SELECT d.gate_grade FROM appraisal.dimension AS d WHERE d.dimension_id = this.gate_dimension_id),
             this.gate_dimension_id IS NOT NULL),
            (8, 'natural grade', this.natural_grade, CASE rule.grade_reads WHEN 'raw' THEN this.raw_score ELSE this.score END, NULL, NULL,
             rule.scale::text, this.natural_grade IS NOT NULL),
            (9, 'quota grade', this.quota_grade, CASE rule.grade_reads WHEN 'raw' THEN this.raw_score ELSE this.score END, NULL, NULL,
             (SELECT concat_ws(': ', u.title, l.scale)
              FROM appraisal.cut_line AS l JOIN appraisal.unit AS u USING (unit_id)
              WHERE l.cycle_id = this_cycle AND l.unit_id = this.cohort_unit_id),
             this.cohort_unit_id IS NOT NULL),
            (10, 'calibrated grade', this.calibrated_grade, NULL, NULL, NULL, NULL, this.calibrated_grade IS NOT NULL),
            (11, 'final grade', this.final_grade, NULL, NULL, this.coefficient, CASE WHEN this.coefficient IS NOT NULL THEN 'coefficient' END,
             this.final_grade IS NOT NULL)
        ) AS v (place, what, label, raw, weight, points, note, is_there)
        WHERE v.is_there
    )
    SELECT row_number() OVER (ORDER BY l.segment = 0, l.segment, l.place, l.part, l.detail)::integer,
           l.what, l.label, l.raw, l.weight, l.points, nullif(l.note, '')
    FROM line AS l
    WHERE this.participant_id IS NOT NULL
    ORDER BY 1;
END
$$;
COMMENT ON FUNCTION appraisal.explain_score(text, text, text) IS
    'the steps from figures and marks to the final grade of a person, or a unit, in a cycle; none if the caller may not see the result';
-- Calibration: final grades changed by people, with reasons, within the scheme's limits.
--
-- The cut line is the least change that meets the quota, so natural grades become quota grades by themselves.
-- calibrate() goes beyond that for a person; what it comes to is checked at sign-off.

-- Rows of other tables say what happens to a cycle's results, so the cycle's row is written, not just locked:
-- a transaction with an older snapshot fails on it, instead of deciding by what it cannot see.
CREATE FUNCTION appraisal.take_cycle_in_calibration(of_cycle bigint, what text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this record;
BEGIN
    UPDATE appraisal.cycle AS c SET status = c.status WHERE c.cycle_id = of_cycle RETURNING c.code, c.status INTO this;
    IF this.code IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'AP004', MESSAGE = format('there is no cycle with cycle_id %s', of_cycle);
    ELSIF this.status <> 'calibration' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP001',
            MESSAGE = format('%s of cycle "%s" cannot be written: the cycle is in status %s', what, this.code, this.status),
            DETAIL = 'It can be in status calibration.',
            HINT = appraisal.next_step(this.status);
    END IF;
END
$$;
COMMENT ON FUNCTION appraisal.take_cycle_in_calibration(bigint, text) IS
    'holds a cycle in calibration until the transaction ends; an error if it is in another status';

-- What each change comes to, and what speaks against it: SQLSTATE, message, detail and hint.
CREATE FUNCTION appraisal.judge_adjustments(of_cycle bigint, participants bigint[], grades text[], reasons text[],
                                            authorised_by bigint, undoing boolean)
    RETURNS TABLE (place bigint, participant_id bigint, from_grade text, to_grade text, reason text, undoes bigint, problem text[])
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    rule appraisal.scheme;
    cycle_code text;
    by_office boolean;
    by_manager boolean;
BEGIN
    SELECT s.* INTO rule FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id) WHERE c.cycle_id = of_cycle;
    SELECT c.code INTO cycle_code FROM appraisal.cycle AS c WHERE c.cycle_id = of_cycle;
    -- who does not see a grade would be told it by what is refused
    by_office := appraisal.acting_as('hr')
        OR appraisal.acting_as('executive') AND of_cycle IN (SELECT appraisal.cycles_shown_to('executive'));
    by_manager := of_cycle IN (SELECT appraisal.cycles_shown_to('manager'));
    RETURN QUERY
    WITH asked AS (
        SELECT a.place, a.participant_id, a.grade, a.reason, count(*) OVER (PARTITION BY a.participant_id) AS times
        FROM unnest(participants, grades, reasons) WITH ORDINALITY AS a (participant_id, grade, reason, place)
    ),
    known AS (
        SELECT a.place, a.participant_id, a.reason, a.times, r.final_grade, coalesce(r.quota_grade, r.natural_grade) AS computed_grade,
               CASE WHEN undoing THEN last.from_grade ELSE a.grade END AS to_grade, last.adjustment_id AS last_id,
               appraisal.participant_name(of_cycle, a.participant_id) AS who, coalesce(p.person_id, p.manager_id) AS own_id,
               d.title AS gate_title, d.gate_grade
        FROM asked AS a
        JOIN appraisal.participant AS p ON p.cycle_id = of_cycle AND p.participant_id = a.participant_id
        LEFT JOIN appraisal.result AS r ON r.cycle_id = of_cycle AND r.participant_id = a.participant_id AND r.version = 1
        LEFT JOIN appraisal.dimension AS d ON d.dimension_id = r.gate_dimension_id
        -- one that a new computation has overtaken is in force no more
        LEFT JOIN LATERAL (
            SELECT j.adjustment_id, j.from_grade, j.to_grade
            FROM appraisal.adjustment AS j
            WHERE undoing AND j.cycle_id = of_cycle AND +j.participant_id = a.participant_id AND j.undoes IS NULL
              AND NOT EXISTS (SELECT FROM appraisal.adjustment AS u WHERE u.cycle_id = of_cycle AND u.undoes = j.adjustment_id)
            ORDER BY j.adjustment_id DESC LIMIT 1) AS last ON last.to_grade = r.final_grade
    )
    SELECT k.place, k.participant_id, k.final_grade, k.to_grade, k.reason, k.last_id,
        CASE
        WHEN k.participant_id IN (SELECT appraisal.my_participations()) THEN
            ARRAY['AP003', 'nobody calibrates the own grade', format('It is that of %s.', k.who),
                  'HR, an executive or a manager above calls calibrate().']
        WHEN NOT (by_office OR by_manager AND k.participant_id IN (SELECT appraisal.my_participants())) THEN
            ARRAY['AP003', format('the grade of %s is not yours to calibrate', k.who),
                  'HR, executives and the managers above are who calibrates, as far as the scheme shows them results.',
                  'Ask one of them to CALL appraisal.calibrate().']
        WHEN k.times > 1 THEN
            ARRAY['AP005', format('%s is there more than once', k.who), format('It is change %s of the call.', k.place),
                  'Give each person once.']
        WHEN k.final_grade IS NULL THEN
            ARRAY['AP005', format('%s has no grade to calibrate in cycle "%s"', k.who, cycle_code),
                  'Grades are of who has a score.', format('CALL appraisal.compute_results(''%s'') computes results.', cycle_code)]
        WHEN appraisal.is_signed(of_cycle, k.participant_id) THEN
            ARRAY['AP001', format('the result of %s is signed off', k.who), 'What is signed stays.',
                  format('CALL appraisal.withdraw_sign_off(''%s'').', cycle_code)]
        WHEN coalesce(btrim(k.reason), '') = '' THEN
            ARRAY['AP005', format('calibrating the grade of %s needs a reason', k.who), 'It is kept with the change.', 'Give the argument reason.']
        WHEN authorised_by = k.own_id THEN
            ARRAY['AP003', format('%s cannot authorise a change of the own grade', k.who), 'Nobody decides on oneself.', 'Name somebody else in authorised_by.']
        WHEN undoing AND k.to_grade IS NULL THEN
            ARRAY['AP005', format('%s has no calibration to take back', k.who), 'Nobody calibrated, or what was computed has changed since.', 'CALL appraisal.calibrate() sets a grade.']
        WHEN k.to_grade IS NULL OR NOT EXISTS (SELECT FROM appraisal.grades(rule.scale) AS g WHERE g.grade = k.to_grade) THEN
            ARRAY['AP004', format('there is no grade "%s" in cycle "%s"', k.to_grade, cycle_code), format('Grades: %s.', rule.scale), 'Give one of these.']
        WHEN k.to_grade = k.final_grade THEN
            ARRAY['AP005', format('%s has grade "%s" already', k.who, k.to_grade),
                  format('Without calibration it is "%s".', k.computed_grade), 'CALL appraisal.undo_calibration() takes the last change back.']
        WHEN abs(appraisal.grade_rank(k.to_grade, rule.scale) - appraisal.grade_rank(k.computed_grade, rule.scale)) > rule.calibration_steps THEN
            ARRAY['AP005', format('grade "%s" is too far for %s', k.to_grade, k.who),
                  format('Without calibration it is "%s"; the scheme lets it move by %s.', k.computed_grade, rule.calibration_steps), 'Give a grade that is nearer.']
        WHEN appraisal.grade_rank(k.to_grade, rule.scale) < appraisal.grade_rank(k.gate_grade, rule.scale) THEN
            ARRAY['AP005', format('%s stays at grade "%s" or worse', k.who, k.gate_grade),
                  format('Dimension "%s" is below its gate.', k.gate_title), 'A mark that was wrong is put right by who gave it: CALL appraisal.reopen().']
        END
    FROM known AS k;
END
$$;
COMMENT ON FUNCTION appraisal.judge_adjustments(bigint, bigint[], text[], text[], bigint, boolean) IS
    'what calibrations asked for come to, and what speaks against each; apply_adjustments() asks';

CREATE FUNCTION appraisal.apply_adjustments(of_cycle bigint, participants bigint[], grades text[], reasons text[],
                                            authorised_by bigint, undoing boolean) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    problem text[];
    written integer;
BEGIN
    SELECT j.problem INTO problem
    FROM appraisal.judge_adjustments(of_cycle, participants, grades, reasons, authorised_by, undoing) AS j
    WHERE j.problem IS NOT NULL
    ORDER BY j.place LIMIT 1;
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = problem[1], MESSAGE = problem[2], DETAIL = problem[3], HINT = problem[4];
    END IF;
    WITH added AS (
        INSERT INTO appraisal.adjustment AS a
            (cycle_id, participant_id, from_grade, to_grade, reason, made_by, made_by_login, authorised_by, made_at, undoes)
        SELECT of_cycle, j.participant_id, j.from_grade, j.to_grade, j.reason, appraisal.acting_person(), session_user,
               apply_adjustments.authorised_by, statement_timestamp(), j.undoes
        FROM appraisal.judge_adjustments(of_cycle, participants, grades, reasons, authorised_by, undoing) AS j
        ORDER BY j.place
        RETURNING a.participant_id, a.to_grade
    )
    UPDATE appraisal.result AS r
    SET calibrated_grade = nullif(a.to_grade, coalesce(r.quota_grade, r.natural_grade)),
        coefficient = appraisal.coefficient(a.to_grade, s.scale)
    FROM added AS a, appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id)
    WHERE c.cycle_id = of_cycle AND r.cycle_id = of_cycle AND r.participant_id = a.participant_id AND r.version = 1;
    GET DIAGNOSTICS written = ROW_COUNT;
    RETURN written;
END
$$;
COMMENT ON FUNCTION appraisal.apply_adjustments(bigint, bigint[], text[], text[], bigint, boolean) IS
    'writes calibrations; a calibrated grade is kept where it differs from what was computed';

-- The leading participant of a person, or a unit, whom the caller may know of.
CREATE FUNCTION appraisal.leading_participant(cycle text, person text, unit text) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this_cycle CONSTANT bigint := appraisal.cycle_of_code(cycle);
    this_person CONSTANT bigint := CASE WHEN person IS NOT NULL THEN appraisal.person_of_code(person) END;
    this_unit CONSTANT bigint := CASE WHEN person IS NULL THEN appraisal.unit_of_code(unit) END;
    found_id bigint;
BEGIN
    SELECT p.participant_id INTO found_id
    FROM appraisal.participant AS p
    WHERE p.cycle_id = this_cycle AND p.leads AND (p.person_id = this_person OR p.appraised_unit_id = this_unit);
    IF found_id IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP004',
            MESSAGE = format('%s takes no part in cycle "%s"', appraisal.person_or_unit(person, unit), cycle),
            HINT = 'Ask who may see this one.';
    END IF;
    RETURN found_id;
END
$$;
COMMENT ON FUNCTION appraisal.leading_participant(text, text, text) IS
    'key of the participant that carries the result of a person, or a unit; an error if there is none whom the caller may see';

CREATE PROCEDURE appraisal.calibrate(cycle text, person text, grade text, reason text, authorised_by text DEFAULT NULL,
                                     unit text DEFAULT NULL, INOUT calibrated integer DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
BEGIN
    calibrated := appraisal.write_adjustments(appraisal.cycle_of_code(cycle),
        ARRAY[appraisal.leading_participant(cycle, person, unit)], ARRAY[grade], ARRAY[reason],
        CASE WHEN authorised_by IS NOT NULL THEN appraisal.person_of_code(authorised_by) END, false);
END
$procedure$;
COMMENT ON PROCEDURE appraisal.calibrate(text, text, text, text, text, text, integer) IS
    'sets the final grade of a person, or with person NULL of an appraised unit, for a reason; before anybody signed it off';

CREATE PROCEDURE appraisal.calibrate(cycle text, changes jsonb, authorised_by text DEFAULT NULL, INOUT calibrated integer DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    this_cycle CONSTANT bigint := appraisal.cycle_of_code(cycle);
    participants bigint[];
    grades text[];
    reasons text[];
BEGIN
    SELECT array_agg(appraisal.leading_participant(calibrate.cycle, x.person, x.unit)), array_agg(x.grade), array_agg(x.reason)
    INTO participants, grades, reasons
    FROM jsonb_to_recordset(changes) AS x (person text, unit text, grade text, reason text);
    calibrated := appraisal.write_adjustments(this_cycle, coalesce(participants, '{}'), coalesce(grades, '{}'), coalesce(reasons, '{}'),
        CASE WHEN authorised_by IS NOT NULL THEN appraisal.person_of_code(authorised_by) END, false);
END
$procedure$;
COMMENT ON PROCEDURE appraisal.calibrate(text, jsonb, text, integer) IS
    'sets final grades, all or none: [{"person" or "unit", "grade", "reason"}, ...]';

CREATE PROCEDURE appraisal.undo_calibration(cycle text, person text, reason text, unit text DEFAULT NULL, INOUT grade text DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    this_cycle CONSTANT bigint := appraisal.cycle_of_code(cycle);
    this_participant CONSTANT bigint := appraisal.leading_participant(cycle, person, unit);
BEGIN
    PERFORM appraisal.write_adjustments(this_cycle, ARRAY[this_participant], ARRAY[NULL::text], ARRAY[reason], NULL, true);
    SELECT r.final_grade INTO grade
    FROM appraisal.result AS r WHERE r.cycle_id = this_cycle AND r.participant_id = this_participant AND r.version = 1;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.undo_calibration(text, text, text, text, text) IS
    'takes the last calibration of a person, or a unit, back, for a reason; says the final grade that holds then';

-- Each group against each rule, as far as the caller sees results. Of members who are not seen nothing is
-- told: heads are out where they are so whatever those have. To the tables' owner all is seen.
CREATE FUNCTION appraisal.quota_groups(of_cycle bigint)
    RETURNS TABLE (unit_id bigint, members integer, counted integer, rule text, "least" integer, most integer, actual integer,
                   heads_out integer, feasible boolean)
LANGUAGE plpgsql STABLE ROWS 1000 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    scheme appraisal.scheme;
BEGIN
    SELECT s.* INTO scheme FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id) WHERE c.cycle_id = of_cycle;
    RETURN QUERY
    WITH grouped AS (
        SELECT r.cohort_unit_id, count(*)::integer AS counted, appraisal.grade_counts(r.final_grade, scheme.scale) AS finals,
               appraisal.grade_counts(r.quota_grade, scheme.scale) AS quotas
        FROM appraisal.result AS r
        WHERE r.cycle_id = of_cycle AND r.version = 1 AND r.cohort_unit_id IS NOT NULL
        GROUP BY r.cohort_unit_id
    )
    SELECT l.unit_id, l.members, g.counted, b.rule, b."least", b.most, f.actual,
           greatest(f.actual - b.most, b."least" - f.actual - (l.members - g.counted), 0),
           greatest(q.actual - b.most, b."least" - q.actual - (l.members - g.counted), 0) = 0
    FROM grouped AS g
    JOIN appraisal.cut_line AS l ON l.cycle_id = of_cycle AND l.unit_id = g.cohort_unit_id
    CROSS JOIN LATERAL ROWS FROM (
        appraisal.quota_bounds(scheme.quota, scheme.scale, l.members),
        appraisal.quota_check(g.finals, scheme.scale, scheme.quota),
        appraisal.quota_check(g.quotas, scheme.scale, scheme.quota)) WITH ORDINALITY
        AS b (rule, "least", most, frule, fleast, fmost, actual, fout, qrule, qleast, qmost, qactual, qout, place)
    CROSS JOIN LATERAL (SELECT b.actual) AS f (actual)
    CROSS JOIN LATERAL (SELECT b.qactual) AS q (actual)
    ORDER BY l.unit_id, b.place;
END
$$;
COMMENT ON FUNCTION appraisal.quota_groups(bigint) IS
    'final grades of each group of a cycle against each rule of its quota, as far as the caller sees them; by key of the unit';

CREATE FUNCTION appraisal.quota_status(cycle text)
    RETURNS TABLE (unit text, members integer, counted integer, rule text, "least" integer, most integer, actual integer,
                   heads_out integer, feasible boolean)
LANGUAGE plpgsql STABLE ROWS 1000 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this_cycle CONSTANT bigint := appraisal.cycle_of_code(cycle);
BEGIN
    RETURN QUERY
    SELECT u.code, q.members, q.counted, q.rule, q."least", q.most, q.actual, q.heads_out, q.feasible
    FROM appraisal.quota_groups(this_cycle) WITH ORDINALITY
        AS q (unit_id, members, counted, rule, "least", most, actual, heads_out, feasible, place)
    JOIN appraisal.unit AS u USING (unit_id)
    ORDER BY u.code, q.place;
END
$$;
COMMENT ON FUNCTION appraisal.quota_status(text) IS
    'final grades of each group of a cycle against each rule of its quota; feasible is false where the cut line itself could not meet the rule. Counts what the caller may see';

CREATE FUNCTION appraisal.suggest_calibration(cycle text)
    RETURNS TABLE (person text, unit text, from_grade text, to_grade text, kind text, why text)
LANGUAGE plpgsql STABLE ROWS 1000 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this_cycle CONSTANT bigint := appraisal.cycle_of_code(cycle);
    scheme appraisal.scheme;
BEGIN
    SELECT s.* INTO scheme FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id) WHERE c.cycle_id = this_cycle;
    RETURN QUERY
    WITH missed AS (
        SELECT q.unit_id, string_agg(q.rule, ', ') AS rules FROM appraisal.quota_groups(this_cycle) AS q WHERE q.heads_out > 0 GROUP BY q.unit_id
    )
    SELECT n.code, u.code, v.from_grade, v.to_grade, v.kind, v.why
    FROM appraisal.result AS r
    JOIN appraisal.participant AS p USING (cycle_id, participant_id)
    JOIN appraisal.person AS n USING (person_id)
    JOIN appraisal.unit AS u ON u.unit_id = p.unit_id
    JOIN appraisal.cut_line AS l ON l.cycle_id = r.cycle_id AND l.unit_id = r.cohort_unit_id
    JOIN appraisal.unit AS g ON g.unit_id = l.unit_id
    LEFT JOIN missed AS m ON m.unit_id = l.unit_id
    CROSS JOIN LATERAL (
        SELECT CASE WHEN appraisal.grade_rank(r.natural_grade, scheme.scale) < appraisal.grade_rank(r.quota_grade, scheme.scale)
                    THEN r.natural_grade ELSE r.quota_grade END) AS better (grade)
    CROSS JOIN LATERAL (VALUES
        (1, 'quota', r.natural_grade, r.quota_grade,
         format('%s in group "%s", the score is %s',
                CASE WHEN isempty(appraisal.grade_bounds(better.grade, l.scale)) THEN format('no score earns "%s"', better.grade)
                     ELSE format('"%s" begins at %s', better.grade, lower(appraisal.grade_bounds(better.grade, l.scale))) END, g.code,
                CASE scheme.grade_reads WHEN 'raw' THEN r.raw_score ELSE r.score END)),
        (2, 'calibration', r.final_grade, r.quota_grade, format('group "%s" misses %s', g.code, m.rules))
    ) AS v (place, kind, from_grade, to_grade, why)
    WHERE r.cycle_id = this_cycle AND r.version = 1 AND v.from_grade <> v.to_grade AND (v.kind = 'quota' OR m.unit_id IS NOT NULL)
    ORDER BY v.place, g.code, n.code;
END
$$;
COMMENT ON FUNCTION appraisal.suggest_calibration(text) IS
    'whom the quota moves, from the natural to the quota grade, and whose calibration to take back where a group misses its quota: the least change, since the cut line is that already';
-- Sign-off: the scheme's chain of signatures under the results of units and cycles.
--
-- A signature is for a unit with all below it, or for the whole cycle. A result is signed at a step when a
-- signature of that step covers its participant; who signs does so for others: the own result is left to the
-- next in the chain, and at the last step to somebody else. Which steps are missing is not stored, it follows.

CREATE FUNCTION appraisal.sign_off_chain(of_cycle bigint)
    RETURNS TABLE (step integer, signer text, act text, label text, is_last boolean)
LANGUAGE plpgsql STABLE ROWS 4 SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
    SELECT r.step, r.signer, r.act, r.label, r.step = max(r.step) OVER ()
    FROM appraisal.sign_off_rule AS r JOIN appraisal.cycle AS c USING (scheme_id)
    WHERE c.cycle_id = of_cycle;
    IF NOT FOUND THEN
        RETURN QUERY SELECT 1, 'hr', 'approve', 'HR', true;
    END IF;
END
$$;
COMMENT ON FUNCTION appraisal.sign_off_chain(bigint) IS 'the signatures that results of a cycle need; one by HR where the scheme says nothing';

-- Signatures that hold, by the units of participants that they cover.
CREATE FUNCTION appraisal.signatures(of_cycle bigint) RETURNS TABLE (unit_id bigint, step integer, signed_by bigint)
LANGUAGE plpgsql STABLE ROWS 1000 SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
    WITH RECURSIVE covered AS (
        SELECT p.unit_id, p.unit_id AS above_id FROM appraisal.participant AS p WHERE p.cycle_id = of_cycle AND p.leads
        UNION
        SELECT c.unit_id, u.parent_id
        FROM covered AS c JOIN appraisal.unit AS u ON u.unit_id = c.above_id
    )
    -- above the top is the whole cycle
    SELECT c.unit_id, s.step, s.signed_by
    FROM appraisal.sign_off AS s JOIN covered AS c ON c.above_id IS NOT DISTINCT FROM s.unit_id
    WHERE s.cycle_id = of_cycle AND s.withdrawn_at IS NULL;
END
$$;
COMMENT ON FUNCTION appraisal.signatures(bigint) IS 'the signatures of a cycle that hold, for each unit with participants that they cover';

CREATE FUNCTION appraisal.wanted_signatures(of_cycle bigint)
    RETURNS TABLE (participant_id bigint, unit_id bigint, own_id bigint, step integer, signed_by_oneself boolean)
LANGUAGE plpgsql STABLE ROWS 1000 SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
    WITH given AS MATERIALIZED (
        SELECT DISTINCT s.unit_id, s.step, s.signed_by FROM appraisal.signatures(of_cycle) AS s
    ),
    needed AS (
        SELECT p.participant_id, p.unit_id, coalesce(p.person_id, p.manager_id) AS own_id, c.step, c.is_last
        FROM appraisal.participant AS p CROSS JOIN appraisal.sign_off_chain(of_cycle) AS c
        WHERE p.cycle_id = of_cycle AND p.leads
    )
    SELECT n.participant_id, n.unit_id, n.own_id, n.step,
           EXISTS (SELECT FROM given AS g WHERE g.unit_id = n.unit_id AND g.step = n.step)
    FROM needed AS n
    WHERE NOT EXISTS (SELECT FROM given AS g
                      WHERE g.unit_id = n.unit_id AND g.step = n.step AND (NOT n.is_last OR g.signed_by IS DISTINCT FROM n.own_id));
END
$$;
COMMENT ON FUNCTION appraisal.wanted_signatures(bigint) IS
    'the steps at which results of a cycle are not signed; at the last one nobody''s own signature counts for oneself';

CREATE FUNCTION appraisal.is_signed(of_cycle bigint, participant_id bigint) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN EXISTS (
        WITH RECURSIVE above AS (
            SELECT p.unit_id FROM appraisal.participant AS p
            WHERE p.cycle_id = of_cycle AND p.participant_id = is_signed.participant_id
            UNION
            SELECT u.parent_id FROM above AS a JOIN appraisal.unit AS u USING (unit_id)
        )
        SELECT FROM appraisal.sign_off AS s JOIN above AS a ON a.unit_id IS NOT DISTINCT FROM s.unit_id
        WHERE s.cycle_id = of_cycle AND s.withdrawn_at IS NULL);
END
$$;
COMMENT ON FUNCTION appraisal.is_signed(bigint, bigint) IS 'has anybody signed the result of a participant, and not withdrawn it?';

CREATE FUNCTION appraisal.refuse_if_signed(of_cycle bigint, what text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    cycle_code text;
BEGIN
    IF EXISTS (SELECT FROM appraisal.sign_off AS s WHERE s.cycle_id = of_cycle AND s.withdrawn_at IS NULL) THEN
        SELECT c.code INTO cycle_code FROM appraisal.cycle AS c WHERE c.cycle_id = of_cycle;
        RAISE EXCEPTION USING
            ERRCODE = 'AP001',
            MESSAGE = format('%s of cycle "%s" stay: somebody has signed its results', what, cycle_code),
            HINT = format('CALL appraisal.withdraw_sign_off(''%s'') when they have to change.', cycle_code);
    END IF;
END
$$;
COMMENT ON FUNCTION appraisal.refuse_if_signed(bigint, text) IS 'an error if anybody has signed results of a cycle and not withdrawn it';

-- Nobody signs what the figures do not come to any more: results may be older than the last review.
CREATE FUNCTION appraisal.results_hash(of_cycle bigint) RETURNS numeric
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN (SELECT coalesce(sum(hashtextextended(h.line, 0)), 0)
            FROM (SELECT r::text FROM appraisal.result AS r WHERE r.cycle_id = of_cycle
                  UNION ALL SELECT d::text FROM appraisal.dimension_score AS d WHERE d.cycle_id = of_cycle
                  UNION ALL SELECT s::text FROM appraisal.source_score AS s WHERE s.cycle_id = of_cycle
                  UNION ALL SELECT l::text FROM appraisal.cut_line AS l WHERE l.cycle_id = of_cycle) AS h (line));
END
$$;
COMMENT ON FUNCTION appraisal.results_hash(bigint) IS 'tells whether the results of a cycle are what they were';

CREATE FUNCTION appraisal.check_results_are_fresh(of_cycle bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    before CONSTANT numeric := appraisal.results_hash(of_cycle);
    cycle_code text;
BEGIN
    PERFORM appraisal.run_results(of_cycle);
    IF appraisal.results_hash(of_cycle) <> before THEN
        SELECT c.code INTO cycle_code FROM appraisal.cycle AS c WHERE c.cycle_id = of_cycle;
        RAISE EXCEPTION USING
            ERRCODE = 'AP001',
            MESSAGE = format('results of cycle "%s" are not what its figures and marks come to', cycle_code),
            HINT = format('CALL appraisal.compute_results(''%s'').', cycle_code);
    END IF;
END
$$;
COMMENT ON FUNCTION appraisal.check_results_are_fresh(bigint) IS
    'computes the results of a cycle; an error, which undoes that, if it changes anything';

-- The head of a unit is posted there under somebody who is not; none if there are several.
CREATE FUNCTION appraisal.head_of_unit(unit_id bigint, on_date date, OUT head_id bigint, OUT superior_id bigint)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    SELECT CASE WHEN count(*) = 1 THEN min(p.person_id) END, CASE WHEN count(*) = 1 THEN min(p.manager_id) END INTO head_id, superior_id
    FROM appraisal.posting AS p
    WHERE p.unit_id = head_of_unit.unit_id AND p.during @> on_date
      AND NOT EXISTS (SELECT FROM appraisal.posting AS m
                      WHERE m.person_id = p.manager_id AND m.during @> on_date AND m.unit_id = p.unit_id);
END
$$;
COMMENT ON FUNCTION appraisal.head_of_unit(bigint, date) IS 'head of a unit on a day, and the head''s superior';

CREATE FUNCTION appraisal.apply_sign_off(of_cycle bigint, of_unit bigint, remark text) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    me CONSTANT bigint := appraisal.acting_person();
    this record;
    scope bigint[];
    whose text;
    next_step record;
    expected bigint;
    entitled boolean;
BEGIN
    SELECT c.code, c.cohort_date INTO this FROM appraisal.cycle AS c WHERE c.cycle_id = of_cycle;
    whose := CASE WHEN of_unit IS NULL THEN format('cycle "%s"', this.code)
                  ELSE format('unit "%s" in cycle "%s"', (SELECT u.code FROM appraisal.unit AS u WHERE u.unit_id = of_unit), this.code) END;
    scope := ARRAY(SELECT b FROM appraisal.units_below((SELECT u.code FROM appraisal.unit AS u WHERE u.unit_id = of_unit)) AS b);
    IF NOT EXISTS (SELECT FROM appraisal.participant AS p WHERE p.cycle_id = of_cycle AND p.unit_id = ANY (scope)) THEN
        RAISE EXCEPTION USING ERRCODE = 'AP005', MESSAGE = format('nobody takes part in %s', whose),
            HINT = 'Sign for the unit in which people are appraised, or for the whole cycle.';
    END IF;
    SELECT c.step, c.signer, c.label, c.is_last, bool_and(w.own_id IS NOT DISTINCT FROM me) AS is_own,
           bool_and(w.signed_by_oneself) AS is_rest, array_agg(DISTINCT w.unit_id) AS units INTO next_step
    FROM appraisal.wanted_signatures(of_cycle) AS w JOIN appraisal.sign_off_chain(of_cycle) AS c USING (step)
    WHERE w.unit_id IN (SELECT unnest(scope))
    GROUP BY c.step, c.signer, c.label, c.is_last
    ORDER BY c.step LIMIT 1;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP001',
            MESSAGE = format('the results of %s are signed by the whole chain', whose),
            HINT = format('CALL appraisal.publish(''%s'') when all are.', this.code);
    ELSIF next_step.is_own THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = format('nobody signs off for oneself alone, and nobody else in %s is left for step %s', whose, next_step.step),
            HINT = CASE WHEN next_step.is_last THEN 'Another one of HR or of the executives signs.' ELSE 'The superior signs for a unit above.' END;
    END IF;

    -- whom nobody is above an executive signs for; what the last signers left as their own, HR or an executive
    CASE next_step.signer
    WHEN 'hr' THEN
        entitled := appraisal.acting_as('hr');
    WHEN 'executive', 'meeting' THEN
        entitled := appraisal.acting_as('executive');
    ELSE
        SELECT CASE next_step.signer WHEN 'second_manager' THEN h.superior_id ELSE h.head_id END INTO expected
        FROM appraisal.head_of_unit(CASE next_step.signer
                                    WHEN 'division_head' THEN (SELECT u.parent_id FROM appraisal.unit AS u WHERE u.unit_id = of_unit)
                                    ELSE of_unit END, this.cohort_date) AS h;
        entitled := CASE WHEN expected IS NULL THEN of_unit IS NOT NULL AND appraisal.acting_as('executive') ELSE me = expected END;
    END CASE;
    IF NOT entitled AND next_step.is_rest THEN
        entitled := appraisal.acting_as('hr') OR appraisal.acting_as('executive');
    END IF;
    IF NOT entitled THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = format('step %s of %s is not yours to sign', next_step.step, whose),
            DETAIL = format('It is signed by %s, "%s".', CASE next_step.signer WHEN 'unit_head' THEN 'the head of the unit'
                WHEN 'division_head' THEN 'the head of the unit above' WHEN 'second_manager' THEN 'the superior of the unit''s head'
                WHEN 'hr' THEN 'HR' ELSE 'an executive' END, next_step.label),
            HINT = CASE WHEN of_unit IS NULL AND next_step.signer NOT IN ('hr', 'executive', 'meeting')
                        THEN 'That step is signed unit by unit: sign_off(cycle, unit).'
                        ELSE 'Ask that one to CALL appraisal.sign_off().' END;
    ELSIF EXISTS (SELECT FROM appraisal.signatures(of_cycle) AS s
                  WHERE s.signed_by = me AND s.step <> next_step.step AND s.unit_id = ANY (next_step.units)) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = format('you have signed another step for people of %s', whose),
            DETAIL = format('Step %s is signed by somebody else, "%s".', next_step.step, next_step.label),
            HINT = 'Ask that one to CALL appraisal.sign_off().';
    END IF;

    -- the first signature holds the figures, too
    IF NOT EXISTS (SELECT FROM appraisal.sign_off AS s WHERE s.cycle_id = of_cycle AND s.withdrawn_at IS NULL) THEN
        PERFORM appraisal.check_results_are_fresh(of_cycle);
    END IF;
    INSERT INTO appraisal.sign_off (cycle_id, unit_id, step, signer, signed_by, signed_at, remark)
    VALUES (of_cycle, of_unit, next_step.step, next_step.signer, me, statement_timestamp(), apply_sign_off.remark);
    IF next_step.is_last THEN
        PERFORM appraisal.enforce_quota(of_cycle, scope);
    END IF;
    RETURN next_step.step;
END
$$;
COMMENT ON FUNCTION appraisal.apply_sign_off(bigint, bigint, text) IS
    'signs the next step that a unit, or a cycle, wants, if the one who asks is who signs it; returns the step';

-- A group is looked at when the last of its members is signed by the whole chain.
CREATE FUNCTION appraisal.enforce_quota(of_cycle bigint, units bigint[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    me CONSTANT bigint := appraisal.acting_person();
    rule record;
    missed record;
BEGIN
    SELECT c.code, s.enforcement INTO rule FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id) WHERE c.cycle_id = of_cycle;
    IF rule.enforcement = 'off' THEN
        RETURN;
    END IF;
    SELECT u.code, q.rules, q.heads_out, count(*) OVER () AS groups, l.units && mine.units AS is_own INTO missed
    FROM (SELECT g.unit_id, string_agg(g.rule, ', ') AS rules, sum(g.heads_out)::integer AS heads_out
          FROM appraisal.quota_groups(of_cycle) AS g WHERE g.heads_out > 0 GROUP BY g.unit_id) AS q
    JOIN appraisal.cut_line AS l ON l.cycle_id = of_cycle AND l.unit_id = q.unit_id
    JOIN appraisal.unit AS u ON u.unit_id = q.unit_id
    CROSS JOIN (SELECT ARRAY(SELECT p.unit_id FROM appraisal.participant AS p
                             WHERE p.cycle_id = of_cycle AND p.leads AND p.person_id = me) AS units) AS mine
    WHERE l.units && enforce_quota.units
      AND NOT EXISTS (SELECT FROM appraisal.wanted_signatures(of_cycle) AS w
                      JOIN appraisal.result AS r ON r.cycle_id = of_cycle AND r.participant_id = w.participant_id AND r.version = 1
                      WHERE r.cohort_unit_id = q.unit_id)
      AND (rule.enforcement = 'warn'
           OR q.heads_out > coalesce((SELECT max(o.heads_out) FROM appraisal.quota_override AS o
                                      WHERE o.cycle_id = of_cycle AND o.unit_id = q.unit_id), 0))
    ORDER BY u.code LIMIT 1;
    IF NOT FOUND THEN
        RETURN;
    ELSIF rule.enforcement = 'warn' THEN
        RAISE WARNING USING
            MESSAGE = format('group "%s" of cycle "%s" misses its quota', missed.code, rule.code),
            DETAIL = format('Rules: %s. Groups that miss theirs: %s.', missed.rules, missed.groups),
            HINT = format('SELECT * FROM appraisal.quota_status(''%s'').', rule.code);
    ELSE
        -- with the number, a signer who is in the group could reckon the own grade
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('group "%s" of cycle "%s" misses its quota', missed.code, rule.code),
            DETAIL = format('Rules: %s%s. Groups that miss theirs: %s.', missed.rules,
                            CASE WHEN NOT missed.is_own THEN format('; heads out of bounds: %s', missed.heads_out) END, missed.groups),
            HINT = format('Calibrate as suggest_calibration(''%s'') says, or CALL appraisal.override_quota(''%1$s'', ''%s'', reason).',
                          rule.code, missed.code);
    END IF;
END
$$;
COMMENT ON FUNCTION appraisal.enforce_quota(bigint, bigint[]) IS
    'a warning or an error, as the scheme has it, if a group with members in these units is signed and misses its quota';

CREATE FUNCTION appraisal.apply_withdrawal(of_cycle bigint, of_unit bigint, reason text) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    cycle_code CONSTANT text := (SELECT c.code FROM appraisal.cycle AS c WHERE c.cycle_id = of_cycle);
    withdrawn integer;
BEGIN
    IF coalesce(btrim(reason), '') = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'AP005', MESSAGE = format('withdrawing signatures of cycle "%s" needs a reason', cycle_code),
            HINT = 'Give the argument reason.';
    END IF;
    -- whatever covers somebody of the unit: signatures below it, its own, and those of all above
    WITH RECURSIVE above AS (
        SELECT u.unit_id, u.parent_id FROM appraisal.unit AS u WHERE u.unit_id = of_unit
        UNION
        SELECT u.unit_id, u.parent_id FROM above AS a JOIN appraisal.unit AS u ON u.unit_id = a.parent_id
    )
    UPDATE appraisal.sign_off AS s
    SET withdrawn_at = statement_timestamp(), withdrawn_because = apply_withdrawal.reason
    WHERE s.cycle_id = of_cycle AND s.withdrawn_at IS NULL
      AND (of_unit IS NULL OR s.unit_id IS NULL OR s.unit_id IN (SELECT a.unit_id FROM above AS a)
           OR s.unit_id IN (SELECT b FROM appraisal.units_below((SELECT u.code FROM appraisal.unit AS u WHERE u.unit_id = of_unit)) AS b));
    GET DIAGNOSTICS withdrawn = ROW_COUNT;
    IF withdrawn = 0 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP001',
            MESSAGE = format('there is no signature to withdraw in cycle "%s"', cycle_code),
            HINT = 'CALL appraisal.sign_off() signs.';
    END IF;
    RETURN withdrawn;
END
$$;
COMMENT ON FUNCTION appraisal.apply_withdrawal(bigint, bigint, text) IS
    'withdraws all signatures that cover somebody of a unit, or all of a cycle; returns how many';

CREATE FUNCTION appraisal.apply_quota_override(of_cycle bigint, of_unit bigint, reason text) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    cycle_code CONSTANT text := (SELECT c.code FROM appraisal.cycle AS c WHERE c.cycle_id = of_cycle);
    unit_code CONSTANT text := (SELECT u.code FROM appraisal.unit AS u WHERE u.unit_id = of_unit);
    out_now integer;
BEGIN
    SELECT sum(q.heads_out) INTO out_now FROM appraisal.quota_groups(of_cycle) AS q WHERE q.unit_id = of_unit;
    IF out_now IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP004',
            MESSAGE = format('unit "%s" has no group in cycle "%s"', unit_code, cycle_code),
            HINT = format('SELECT * FROM appraisal.quota_status(''%s'') lists the groups.', cycle_code);
    ELSIF out_now = 0 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('group "%s" of cycle "%s" meets its quota', unit_code, cycle_code);
    ELSIF coalesce(btrim(reason), '') = '' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('overriding the quota of group "%s" of cycle "%s" needs a reason', unit_code, cycle_code),
            HINT = 'Give the argument reason.';
    END IF;
    INSERT INTO appraisal.quota_override (cycle_id, unit_id, heads_out, reason, made_by, made_by_login, made_at)
    VALUES (of_cycle, of_unit, out_now, apply_quota_override.reason, appraisal.acting_person(), session_user, statement_timestamp());
    RETURN out_now;
END
$$;
COMMENT ON FUNCTION appraisal.apply_quota_override(bigint, bigint, text) IS
    'lets a group miss its quota by as many heads as it does now; returns how many';

CREATE PROCEDURE appraisal.sign_off(cycle text, unit text DEFAULT NULL, remark text DEFAULT NULL, INOUT step integer DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
BEGIN
    step := appraisal.write_sign_off(appraisal.cycle_of_code(cycle), CASE WHEN unit IS NOT NULL THEN appraisal.unit_of_code(unit) END, remark);
END
$procedure$;
COMMENT ON PROCEDURE appraisal.sign_off(text, text, text, integer) IS
    'signs the next step of the scheme''s chain for a unit with all below it, or for the whole cycle; says which step';

CREATE PROCEDURE appraisal.withdraw_sign_off(cycle text, unit text DEFAULT NULL, reason text DEFAULT NULL, INOUT withdrawn integer DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
BEGIN
    withdrawn := appraisal.write_withdrawal(appraisal.cycle_of_code(cycle), CASE WHEN unit IS NOT NULL THEN appraisal.unit_of_code(unit) END, reason);
END
$procedure$;
COMMENT ON PROCEDURE appraisal.withdraw_sign_off(text, text, text, integer) IS
    'for HR: withdraws every signature that covers somebody of a unit, or all of a cycle, for a reason; says how many';

CREATE PROCEDURE appraisal.override_quota(cycle text, unit text, reason text, INOUT heads_out integer DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
BEGIN
    heads_out := appraisal.write_quota_override(appraisal.cycle_of_code(cycle), appraisal.unit_of_code(unit), reason);
END
$procedure$;
COMMENT ON PROCEDURE appraisal.override_quota(text, text, text, integer) IS
    'for HR and executives: lets a unit''s group miss its quota as it does now, for a reason; says by how many heads';
-- Publication: what is signed becomes what those concerned may see, and stays. keep_cycle() does the work, so
-- that whoever takes the step, by whatever way, does all of it.

-- Whom a low grade would surprise: nobody told them of a concern before the cycle went to calibration.
CREATE FUNCTION appraisal.surprised(of_cycle bigint) RETURNS TABLE (participant_id bigint, grade text)
LANGUAGE plpgsql STABLE ROWS 100 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this record;
BEGIN
    SELECT s.scale, appraisal.grade_rank(s.no_surprise_grade, s.scale) AS low, coalesce(c.calibration_began, 'infinity') AS began INTO this
    FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id) WHERE c.cycle_id = of_cycle;
    RETURN QUERY
    SELECT r.participant_id, r.final_grade
    FROM appraisal.result AS r JOIN appraisal.participant AS p USING (cycle_id, participant_id)
    WHERE r.cycle_id = of_cycle AND r.version = 1 AND p.person_id IS NOT NULL
      AND appraisal.grade_rank(r.final_grade, this.scale) >= this.low
      -- to whichever of a person's segments
      AND p.person_id NOT IN (
          SELECT o.person_id
          FROM appraisal.feedback AS f JOIN appraisal.participant AS o USING (cycle_id, participant_id)
          WHERE f.cycle_id = of_cycle AND f.kind = 'concern' AND f.given_at < this.began AND o.person_id IS NOT NULL);
END
$$;
COMMENT ON FUNCTION appraisal.surprised(bigint) IS
    'participants with a grade that needs feedback before, who had none, as far as the caller sees results and feedback';

CREATE FUNCTION appraisal.surprises(cycle text) RETURNS TABLE (person text, unit text, grade text)
LANGUAGE plpgsql STABLE ROWS 100 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this_cycle CONSTANT bigint := appraisal.cycle_of_code(cycle);
    -- others see feedback of those below only, and that of the rest is not missing because they do not see it
    sees_all CONSTANT boolean := appraisal.acting_as('hr') OR appraisal.acting_as('auditor')
        OR NOT row_security_active('appraisal.feedback');
BEGIN
    RETURN QUERY
    SELECT n.code, u.code, s.grade
    FROM appraisal.surprised(this_cycle) AS s
    JOIN appraisal.participant AS p ON p.cycle_id = this_cycle AND p.participant_id = s.participant_id
    JOIN appraisal.person AS n USING (person_id)
    JOIN appraisal.unit AS u USING (unit_id)
    WHERE sees_all OR s.participant_id IN (SELECT appraisal.my_participants())
    ORDER BY u.code, n.code;
END
$$;
COMMENT ON FUNCTION appraisal.surprises(text) IS
    'people with a final grade at or below the scheme''s mark to whom nobody recorded a concern before calibration began';

CREATE FUNCTION appraisal.publish_results(of_cycle bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    cycle_code CONSTANT text := (SELECT c.code FROM appraisal.cycle AS c WHERE c.cycle_id = of_cycle);
    wanted record;
    surprised bigint;
BEGIN
    SELECT w.step, c.label, u.code AS unit, (SELECT count(DISTINCT x.participant_id) FROM appraisal.wanted_signatures(of_cycle) AS x) AS results
    INTO wanted
    FROM appraisal.wanted_signatures(of_cycle) AS w
    JOIN appraisal.sign_off_chain(of_cycle) AS c USING (step)
    JOIN appraisal.unit AS u USING (unit_id)
    ORDER BY w.step, u.code LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP001',
            MESSAGE = format('the results of cycle "%s" are not signed off', cycle_code),
            DETAIL = format('Results that want a signature: %s. The first is step %s, "%s", in unit "%s".',
                            wanted.results, wanted.step, wanted.label, wanted.unit),
            HINT = format('CALL appraisal.sign_off(''%s'').', cycle_code);
    END IF;
    SELECT count(*) INTO surprised FROM appraisal.surprised(of_cycle) AS s;
    IF surprised > 0 THEN
        RAISE WARNING USING
            MESSAGE = format('low grades of cycle "%s" that come without earlier feedback: %s', cycle_code, surprised),
            HINT = format('SELECT * FROM appraisal.surprises(''%s'').', cycle_code);
    END IF;
    UPDATE appraisal.result AS r SET published_at = statement_timestamp() WHERE r.cycle_id = of_cycle AND r.version = 1;
END
$$;
COMMENT ON FUNCTION appraisal.publish_results(bigint) IS
    'publishes the results of a cycle, if all are signed by the whole chain; warns of low grades without earlier feedback';

CREATE PROCEDURE appraisal.publish(cycle text, INOUT published integer DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    this record;
BEGIN
    SELECT c.* INTO this FROM appraisal.cycle_to_change(publish.cycle) AS c;
    IF this.status <> 'calibration' THEN
        PERFORM appraisal.refuse_step(cycle, this.status, 'published');
    END IF;
    UPDATE appraisal.cycle AS c SET status = 'published' WHERE c.cycle_id = this.cycle_id;
    SELECT count(*) INTO published FROM appraisal.participant AS p WHERE p.cycle_id = this.cycle_id AND p.leads;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.publish(text, integer) IS
    'publishes a cycle whose results are signed by the whole chain, and seals the audit log; says how many results';

CREATE PROCEDURE appraisal.close_cycle(cycle text, INOUT status text DEFAULT NULL)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $procedure$
DECLARE
    this record;
BEGIN
    SELECT c.* INTO this FROM appraisal.cycle_to_change(close_cycle.cycle) AS c;
    IF this.status <> 'published' THEN
        PERFORM appraisal.refuse_step(cycle, this.status, 'closed');
    END IF;
    UPDATE appraisal.cycle AS c SET status = 'closed' WHERE c.cycle_id = this.cycle_id
    RETURNING c.status INTO close_cycle.status;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.close_cycle(text, text) IS 'ends a published cycle';
-- What another scale or quota would have made of the scores that a cycle has. Nothing is written.

CREATE FUNCTION appraisal.simulate(cycle text, scale appraisal.grade_scale DEFAULT NULL, quota appraisal.quota DEFAULT NULL)
    RETURNS TABLE (participant_id bigint, person text, name text, unit text, group_unit text, score numeric, natural_grade text,
                   forced_grade text, final_grade text)
LANGUAGE plpgsql STABLE ROWS 1000 SET search_path = pg_catalog, pg_temp SET enable_nestloop = off AS $$
DECLARE
    this_cycle CONSTANT bigint := appraisal.cycle_of_code(cycle);
    rule appraisal.scheme;
BEGIN
    SELECT s.* INTO rule FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id) WHERE c.cycle_id = this_cycle;
    rule.scale := coalesce(simulate.scale, rule.scale);
    rule.quota := coalesce(simulate.quota, rule.quota);
    IF rule.scale IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('the scheme of cycle "%s" has no grades', cycle),
            HINT = 'Give a scale to simulate.';
    END IF;
    PERFORM appraisal.check_quota(rule.quota, rule.scale);
    RETURN QUERY
    WITH latest AS (
        SELECT DISTINCT ON (r.participant_id) r.participant_id, r.score, r.final_grade, r.gate_dimension_id,
               CASE rule.grade_reads WHEN 'raw' THEN r.raw_score ELSE r.score END AS read
        FROM appraisal.result AS r
        WHERE r.cycle_id = this_cycle
        ORDER BY r.participant_id, r.version DESC
    ),
    -- a gate holds as far as the scale has the grade that it leaves
    reached AS MATERIALIZED (
        SELECT l.*, p.person_id, p.unit_id, e.grade AS gate_grade,
               CASE WHEN e.grade IS NULL THEN l.read ELSE appraisal.capped_score(l.read, e.grade, rule.scale) END AS entry
        FROM latest AS l
        JOIN appraisal.participant AS p ON p.cycle_id = this_cycle AND p.participant_id = l.participant_id
        LEFT JOIN appraisal.dimension AS d ON d.dimension_id = l.gate_dimension_id
        LEFT JOIN appraisal.grades(rule.scale) AS e ON e.grade = d.gate_grade
        WHERE l.score IS NOT NULL AND p.person_id IS NOT NULL
    ),
    head AS (
        SELECT r.unit_id, count(*)::integer AS heads FROM reached AS r WHERE rule.quota IS NOT NULL GROUP BY r.unit_id
    ),
    pooled AS MATERIALIZED (
        SELECT g.unit_id, g.group_id
        FROM (SELECT array_agg(h.unit_id) AS units, array_agg(h.heads) AS heads FROM head AS h HAVING count(*) > 0) AS a,
             appraisal.pool_units(a.units, a.heads, rule.least_group) AS g
    ),
    line AS (
        SELECT g.group_id, coalesce(appraisal.forced_scale(r.entry, rule.scale, rule.quota), rule.scale) AS scale
        FROM reached AS r JOIN pooled AS g USING (unit_id)
        GROUP BY g.group_id
    )
    SELECT r.participant_id, h.code, h.name, u.code, o.code, r.score,
           appraisal.capped_grade(appraisal.grade(r.read, rule.scale), r.gate_grade, rule.scale),
           appraisal.capped_grade(appraisal.grade(r.entry, coalesce(l.scale, rule.scale)), r.gate_grade, rule.scale), r.final_grade
    FROM reached AS r
    JOIN appraisal.unit AS u USING (unit_id)
    JOIN appraisal.person AS h USING (person_id)
    LEFT JOIN pooled AS g USING (unit_id)
    LEFT JOIN line AS l USING (group_id)
    LEFT JOIN appraisal.unit AS o ON o.unit_id = g.group_id
    ORDER BY r.score DESC, h.code;
END
$$;
COMMENT ON FUNCTION appraisal.simulate(text, appraisal.grade_scale, appraisal.quota) IS
    'grades that people of a cycle would have by another scale or quota, null for the scheme''s own, in groups of units as compute_results() pools them; over the results that the caller sees, beside the grade in force';
-- Two cycles side by side.

CREATE FUNCTION appraisal.compare_cycles(a text, b text)
    RETURNS TABLE (subject text, person text, name text, unit_a text, unit_b text, score_a numeric, score_b numeric, difference numeric,
                   rank_a integer, rank_b integer, grade_a text, grade_b text, steps integer)
LANGUAGE plpgsql STABLE ROWS 1000 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    this_a CONSTANT bigint := appraisal.cycle_of_code(a);
    this_b CONSTANT bigint := appraisal.cycle_of_code(b);
    scale_a appraisal.grade_scale;
    scale_b appraisal.grade_scale;
BEGIN
    scale_a := (SELECT s.scale FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id) WHERE c.cycle_id = this_a);
    scale_b := (SELECT s.scale FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id) WHERE c.cycle_id = this_b);
    RETURN QUERY
    SELECT coalesce(x.subject, y.subject), coalesce(x.person, y.person), coalesce(x.name, y.name), x.unit, y.unit, x.score, y.score,
           y.score - x.score, x.rank, y.rank, x.final_grade, y.final_grade,
           -- steps between scales that are not graded alike would mean nothing
           CASE WHEN (SELECT array_agg(e.grade ORDER BY e.rank) FROM appraisal.grades(scale_a) AS e)
                     = (SELECT array_agg(e.grade ORDER BY e.rank) FROM appraisal.grades(scale_b) AS e)
                THEN v.rank - w.rank END
    FROM (SELECT s.*, coalesce(s.person_id, -s.unit_id) AS who FROM appraisal.scorecard AS s WHERE s.cycle_id = this_a) AS x
    FULL JOIN (SELECT s.*, coalesce(s.person_id, -s.unit_id) AS who FROM appraisal.scorecard AS s WHERE s.cycle_id = this_b) AS y
        ON y.who = x.who
    LEFT JOIN appraisal.grades(scale_a) AS v ON v.grade = x.final_grade
    LEFT JOIN appraisal.grades(scale_b) AS w ON w.grade = y.final_grade
    ORDER BY 1, 8 DESC NULLS LAST, 2, 4, 5;
END
$$;
COMMENT ON FUNCTION appraisal.compare_cycles(text, text) IS
    'scores, ranks and grades of each person and unit in two cycles, with the difference and the grades gained (below 0: lost), if both grade alike; over the results that the caller sees';
CREATE FUNCTION appraisal.scheme_library() RETURNS TABLE (code text, document jsonb)
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $library$
VALUES
('commerce-staff-monthly', $document${
  "code": "commerce-staff-monthly",
  "title": "Monthly appraisal of commerce staff",
  "label": "\u5546\u52a1\u4eba\u5458\u7ee9\u6548\u8003\u6838",
  "language": "zh",
  "scale": "\u4f18\u79c0 >= 90, \u826f\u597d >= 80, \u5408\u683c >= 60, \u4e0d\u5408\u683c",
  "interview": true,
  "periods": {
    "*": {
      "month": {"due_days": 10},
      "quarter": {"composed_of": "month", "combined_by": "mean"},
      "year": {"composed_of": "month", "combined_by": "mean"}
    }
  },
  "dimensions": {
    "quantitative": {
      "position": 1,
      "title": "Quantitative indicators",
      "label": "\u5b9a\u91cf\u6307\u6807",
      "weights": {"*": 60, "manager": 70},
      "indicators": {
        "*": {"sales": {"weight": 50}, "payment_collection": {"weight": 30}, "new_customers": {"weight": 20}},
        "manager": {"team_sales": {"weight": 60}, "payment_collection": {"weight": 40}}
      }
    },
    "qualitative": {
      "position": 2,
      "title": "Qualitative indicators",
      "label": "\u5b9a\u6027\u6307\u6807",
      "weights": {"*": 40, "manager": 30},
      "indicators": {
        "*": {"diligence": {"weight": 50}, "teamwork": {"weight": 50}},
        "manager": {"team_management": {"weight": 60}, "teamwork": {"weight": 40}}
      }
    }
  },
  "indicators": {
    "sales": {
      "title": "Sales",
      "label": "\u9500\u552e\u989d",
      "kind": "measured",
      "reads": "attainment",
      "direction": "higher",
      "curve": "linear (0, 0), (1, 100)",
      "unit": "CNY",
      "data_source": "\u9500\u552e\u7cfb\u7edf",
      "frequency": "month"
    },
    "team_sales": {
      "title": "Sales of the team",
      "label": "\u56e2\u961f\u9500\u552e\u989d",
      "kind": "measured",
      "reads": "attainment",
      "direction": "higher",
      "curve": "linear (0, 0), (1, 100)",
      "unit": "CNY",
      "data_source": "\u9500\u552e\u7cfb\u7edf",
      "frequency": "month"
    },
    "payment_collection": {
      "title": "Payments collected",
      "label": "\u56de\u6b3e\u7387",
      "kind": "measured",
      "direction": "higher",
      "curve": "linear (0, 0), (1, 100)",
      "unit": "share",
      "data_source": "\u8d22\u52a1\u90e8",
      "frequency": "month"
    },
    "new_customers": {
      "title": "New customers",
      "label": "\u65b0\u589e\u5ba2\u6237\u6570",
      "kind": "measured",
      "reads": "attainment",
      "direction": "higher",
      "curve": "linear (0, 0), (1, 100)",
      "unit": "count",
      "data_source": "\u5ba2\u6237\u7cfb\u7edf",
      "frequency": "month"
    },
    "diligence": {"title": "Diligence", "label": "\u5de5\u4f5c\u6001\u5ea6", "kind": "rated", "least": 0, "most": 100},
    "teamwork": {"title": "Teamwork", "label": "\u56e2\u961f\u534f\u4f5c", "kind": "rated", "least": 0, "most": 100},
    "team_management": {"title": "Management of the team", "label": "\u56e2\u961f\u7ba1\u7406", "kind": "rated", "least": 0, "most": 100}
  },
  "raters": {
    "*": {"manager": {"label": "\u76f4\u63a5\u4e0a\u7ea7", "weight": 100}, "self": {"label": "\u81ea\u8bc4", "weight": 0}}
  },
  "sign_off": [
    {"signer": "unit_head", "act": "submit", "label": "\u9500\u552e\u603b\u76d1", "due_days": 10},
    {"signer": "hr", "act": "check", "label": "\u4eba\u529b\u8d44\u6e90\u90e8"},
    {"signer": "executive", "act": "approve", "label": "\u603b\u7ecf\u7406"},
    {"signer": "hr", "act": "archive", "label": "\u4eba\u529b\u8d44\u6e90\u90e8"}
  ],
  "assumed": [
    "scale",
    "dimensions.quantitative.weights",
    "dimensions.quantitative.indicators",
    "dimensions.qualitative.weights",
    "dimensions.qualitative.indicators",
    "indicators"
  ]
}
$document$::jsonb),
('company-half-year', $document${
  "code": "company-half-year",
  "title": "Company appraisal, half-yearly and annual",
  "label": "\u516c\u53f8\u7ee9\u6548\u8003\u6838\u529e\u6cd5",
  "language": "zh",
  "uses": ["pay", "contract", "award"],
  "adaptable": true,
  "subjects": ["person", "unit"],
  "unit_levels": ["department"],
  "scale": "A >= 90, B >= 80, C >= 70, D >= 60, E",
  "self_report": ["year"],
  "interview": true,
  "comment_topics": ["\u603b\u4f53\u8bc4\u4ef7", "\u4f18\u70b9", "\u4e0d\u8db3", "\u671f\u671b"],
  "transfer": "present_unit",
  "appeal_days": 7,
  "periods": {
    "*": {"half_year": {}, "year": {"composed_of": "half_year", "combined_by": "reference"}}
  },
  "dimensions": {
    "key": {
      "position": 1,
      "title": "Key indicators",
      "label": "\u5173\u952e\u6307\u6807",
      "weights": {"*": 50, "middle_manager": 60, "department": 100},
      "indicators": {
        "*": {"department_contract": {"weight": 40, "unit_level": "department"}, "key_tasks": {"weight": 60}},
        "middle_manager": {"department_contract": {"weight": 60, "unit_level": "department"}, "key_tasks": {"weight": 40}},
        "department": {"revenue": {"weight": 30}, "profit": {"weight": 30}, "key_tasks": {"weight": 40}}
      }
    },
    "general": {
      "position": 2,
      "title": "General indicators",
      "label": "\u901a\u7528\u6307\u6807",
      "weights": {"*": 50, "middle_manager": 40},
      "indicators": {
        "*": {"attitude": {"weight": 40}, "ability": {"weight": 40}, "discipline": {"weight": 20}},
        "middle_manager": {"management": {"weight": 50}, "ability": {"weight": 30}, "discipline": {"weight": 20}}
      }
    }
  },
  "indicators": {
    "department_contract": {
      "title": "Result of the department contract",
      "label": "\u90e8\u95e8\u7ee9\u6548\u5408\u540c\u5f97\u5206",
      "kind": "measured",
      "direction": "higher",
      "curve": "linear (0, 0), (100, 100)",
      "unit": "points",
      "data_source": "\u90e8\u95e8\u8003\u6838\u7ed3\u679c",
      "frequency": "half_year"
    },
    "revenue": {
      "title": "Revenue",
      "label": "\u8425\u4e1a\u6536\u5165",
      "kind": "measured",
      "reads": "attainment",
      "direction": "higher",
      "curve": "linear (0, 0), (1, 100)",
      "unit": "CNY",
      "data_source": "\u8d22\u52a1\u90e8",
      "frequency": "month",
      "gathering": "sum"
    },
    "profit": {
      "title": "Profit",
      "label": "\u5229\u6da6",
      "kind": "measured",
      "reads": "attainment",
      "direction": "higher",
      "curve": "linear (0, 0), (1, 100)",
      "unit": "CNY",
      "data_source": "\u8d22\u52a1\u90e8",
      "frequency": "month",
      "gathering": "sum"
    },
    "key_tasks": {"title": "Key tasks", "label": "\u91cd\u70b9\u5de5\u4f5c", "kind": "rated", "least": 0, "most": 100},
    "attitude": {"title": "Attitude", "label": "\u5de5\u4f5c\u6001\u5ea6", "kind": "rated", "least": 0, "most": 100},
    "ability": {"title": "Ability", "label": "\u5de5\u4f5c\u80fd\u529b", "kind": "rated", "least": 0, "most": 100},
    "discipline": {"title": "Discipline", "label": "\u9075\u7ae0\u5b88\u7eaa", "kind": "rated", "least": 0, "most": 100},
    "management": {"title": "Management", "label": "\u7ba1\u7406\u80fd\u529b", "kind": "rated", "least": 0, "most": 100}
  },
  "raters": {
    "*": {
      "manager": {"label": "\u90e8\u95e8\u8d1f\u8d23\u4eba", "weight": 70},
      "second_manager": {"label": "\u5206\u7ba1\u9886\u5bfc", "weight": 20},
      "top_manager": {"label": "\u603b\u7ecf\u7406", "weight": 10, "delegate": "second_manager"},
      "colleague": {"label": "\u5168\u5458\u4e92\u8bc4", "weight": 0, "least_raters": 5, "anonymous": true, "required": false, "period": "year"}
    },
    "middle_manager": {
      "manager": {"label": "\u5206\u7ba1\u9886\u5bfc", "weight": 70},
      "top_manager": {"label": "\u603b\u7ecf\u7406", "weight": 30, "delegate": "manager"},
      "colleague": {"label": "\u5168\u5458\u4e92\u8bc4", "weight": 0, "least_raters": 5, "anonymous": true, "required": false, "period": "year"}
    },
    "department": {
      "manager": {"label": "\u5206\u7ba1\u9886\u5bfc", "weight": 70},
      "top_manager": {"label": "\u603b\u7ecf\u7406", "weight": 30, "delegate": "manager"}
    }
  },
  "outcomes": {
    "pay-step": {
      "title": "One pay step, from the month that completes two years of service",
      "label": "\u664b\u5347\u4e00\u7ea7\u5de5\u8d44",
      "period": "year",
      "grade": "D",
      "compares": "or_better",
      "run": 2,
      "service_years": 2,
      "outcome": "pay_step",
      "amount": 1
    },
    "open-ended-contract": {
      "title": "Open-ended contract",
      "label": "\u7b7e\u8ba2\u65e0\u56fa\u5b9a\u671f\u9650\u52b3\u52a8\u5408\u540c",
      "period": "year",
      "grade": "A",
      "run": 3,
      "service_years": 3,
      "outcome": "contract_open_ended"
    },
    "contract-ended": {
      "title": "Contract ended or not renewed",
      "label": "\u89e3\u9664\u6216\u4e0d\u7eed\u7b7e\u52b3\u52a8\u5408\u540c",
      "period": "year",
      "grade": "E",
      "run": 2,
      "outcome": "contract_ended"
    },
    "department-award": {
      "title": "Department award",
      "label": "\u5148\u8fdb\u90e8\u95e8",
      "subject": "unit",
      "period": "year",
      "grade": "A",
      "outcome": "award"
    }
  },
  "sign_off": [
    {"signer": "unit_head", "act": "submit", "label": "\u90e8\u95e8\u8d1f\u8d23\u4eba"},
    {"signer": "hr", "act": "check", "label": "\u4eba\u529b\u8d44\u6e90\u90e8"},
    {"signer": "meeting", "act": "approve", "label": "\u7ecf\u7406\u529e\u516c\u4f1a"},
    {"signer": "hr", "act": "archive", "label": "\u4eba\u529b\u8d44\u6e90\u90e8"}
  ],
  "appeals": [
    {"reviewer": "leader", "label": "\u5206\u7ba1\u9886\u5bfc"},
    {"reviewer": "hr", "label": "\u4eba\u529b\u8d44\u6e90\u90e8\u8d1f\u8d23\u4eba"},
    {"reviewer": "executive", "label": "\u7ecf\u7406\u529e\u516c\u4f1a"}
  ],
  "assumed": [
    "dimensions.key.weights.department",
    "dimensions.key.indicators",
    "dimensions.general.indicators",
    "indicators",
    "raters.*.colleague.least_raters",
    "raters.middle_manager.colleague.least_raters",
    "raters.department",
    "outcomes.department-award.grade"
  ]
}
$document$::jsonb),
('course-marks', $document${
  "code": "course-marks",
  "title": "Marks of a course in practice",
  "label": "\u8bfe\u7a0b\u5b9e\u8bad\u6210\u7ee9",
  "language": "zh",
  "uses": ["mark"],
  "periods": {
    "*": {"half_year": {}}
  },
  "dimensions": {
    "work": {
      "position": 1,
      "title": "Published work",
      "label": "\u5b9e\u8bad\u6210\u679c",
      "weights": {"*": 100},
      "indicators": {
        "*": {
          "posts": {"weight": 25},
          "search_rank": {"weight": 25},
          "visits": {"weight": 25},
          "inbound_links": {"weight": 25}
        }
      }
    }
  },
  "indicators": {
    "posts": {
      "title": "Posts",
      "label": "\u53d1\u5e16\u6570",
      "kind": "measured",
      "direction": "higher",
      "curve": "linear (0, 0), (30, 100)",
      "unit": "count",
      "data_source": "\u7f51\u7ad9\u540e\u53f0",
      "frequency": "week",
      "gathering": "sum"
    },
    "search_rank": {
      "title": "Search rank",
      "label": "\u641c\u7d22\u6392\u540d",
      "kind": "measured",
      "direction": "lower",
      "curve": "step (1, 100), (4, 90), (11, 75), (31, 60), (101, 0)",
      "unit": "rank",
      "data_source": "\u641c\u7d22\u5f15\u64ce",
      "frequency": "week"
    },
    "visits": {
      "title": "Visits",
      "label": "\u8bbf\u95ee\u91cf",
      "kind": "measured",
      "direction": "higher",
      "curve": "linear (0, 0), (500, 60), (3000, 100)",
      "unit": "count",
      "data_source": "\u7f51\u7ad9\u7edf\u8ba1",
      "frequency": "week",
      "gathering": "sum"
    },
    "inbound_links": {
      "title": "Inbound links",
      "label": "\u5916\u90e8\u94fe\u63a5\u6570",
      "kind": "measured",
      "direction": "higher",
      "curve": "linear (0, 0), (10, 60), (50, 100)",
      "unit": "count",
      "data_source": "\u641c\u7d22\u5f15\u64ce",
      "frequency": "week"
    }
  },
  "assumed": [
    "periods",
    "dimensions",
    "indicators.posts.curve",
    "indicators.search_rank.curve",
    "indicators.visits.curve",
    "indicators.inbound_links.curve"
  ]
}
$document$::jsonb),
('ecommerce-monthly', $document${
  "code": "ecommerce-monthly",
  "title": "Monthly appraisal of the e-commerce department",
  "label": "\u7535\u5b50\u5546\u52a1\u90e8\u7ee9\u6548\u8003\u6838",
  "language": "zh",
  "uses": ["bonus", "award"],
  "scale": "\u4f18\u79c0 >= 90, \u5408\u683c >= 80, \u4e00\u822c >= 60, \u9700\u6fc0\u52b1",
  "periods": {
    "*": {"month": {}, "year": {"composed_of": "month", "combined_by": "mean"}}
  },
  "dimensions": {
    "month": {
      "position": 1,
      "title": "Work of the month",
      "label": "\u6708\u5ea6\u8003\u6838",
      "weights": {"*": 100},
      "indicators": {
        "*": {"promotion_cost": {"weight": 30}, "promotion_effect": {"weight": 40}, "channel_results": {"weight": 30}}
      }
    }
  },
  "indicators": {
    "promotion_cost": {
      "title": "Promotion cost against budget",
      "label": "\u63a8\u5e7f\u8d39\u7528",
      "kind": "measured",
      "direction": "lower",
      "curve": "linear (0.9, 100), (1, 80), (1.3, 0)",
      "unit": "share of budget",
      "data_source": "\u63a8\u5e7f\u540e\u53f0",
      "frequency": "month"
    },
    "promotion_effect": {
      "title": "Effect of promotion",
      "label": "\u63a8\u5e7f\u6548\u679c",
      "kind": "measured",
      "reads": "attainment",
      "direction": "higher",
      "curve": "linear (0, 0), (1, 100)",
      "unit": "visits",
      "data_source": "\u63a8\u5e7f\u540e\u53f0",
      "frequency": "month"
    },
    "channel_results": {
      "title": "Results of channels",
      "label": "\u6e20\u9053\u4e1a\u7ee9",
      "kind": "measured",
      "reads": "attainment",
      "direction": "higher",
      "curve": "linear (0, 0), (1, 100)",
      "unit": "CNY",
      "data_source": "\u6e20\u9053\u7cfb\u7edf",
      "frequency": "month"
    }
  },
  "outcomes": {
    "reward": {
      "title": "Reward for an excellent month",
      "label": "\u4f18\u79c0\u5956\u52b1",
      "period": "month",
      "grade": "\u4f18\u79c0",
      "outcome": "reward"
    },
    "star": {
      "title": "Star employee",
      "label": "\u660e\u661f\u5458\u5de5",
      "period": "month",
      "grade": "\u4f18\u79c0",
      "run": 3,
      "outcome": "title"
    },
    "star-reward": {
      "title": "Reward of the star employee",
      "label": "\u660e\u661f\u5458\u5de5\u5956\u52b1",
      "period": "month",
      "grade": "\u4f18\u79c0",
      "run": 3,
      "outcome": "reward"
    },
    "warning": {"title": "Warning", "label": "\u8b66\u544a", "period": "month", "grade": "\u9700\u6fc0\u52b1", "run": 2, "outcome": "warning"},
    "bonus-lost": {
      "title": "Year-end bonus lost",
      "label": "\u53d6\u6d88\u5e74\u7ec8\u5956",
      "period": "month",
      "grade": "\u9700\u6fc0\u52b1",
      "run": 3,
      "outcome": "bonus_lost"
    }
  },
  "assumed": ["scale", "dimensions.month.indicators", "indicators"]
}
$document$::jsonb),
('fulfilment', $document${
  "code": "fulfilment",
  "title": "Order fulfilment",
  "label": "\u53d1\u8d27\u7ba1\u7406\u8003\u6838",
  "language": "zh",
  "scale": "\u4f18\u79c0 >= 90, \u826f\u597d >= 80, \u5408\u683c >= 60, \u4e0d\u5408\u683c",
  "periods": {
    "*": {"month": {}}
  },
  "dimensions": {
    "dispatch": {
      "position": 1,
      "title": "Dispatch",
      "label": "\u53d1\u8d27",
      "weights": {"*": 70},
      "indicators": {
        "*": {"order_to_dispatch": {"weight": 70}, "out_of_stock_notice": {"weight": 30}}
      }
    },
    "stock": {
      "position": 2,
      "title": "Stock",
      "label": "\u5e93\u5b58",
      "weights": {"*": 30},
      "indicators": {
        "*": {"stock_count_done": {"weight": 40}, "stock_accuracy": {"weight": 60}}
      }
    }
  },
  "indicators": {
    "order_to_dispatch": {
      "title": "Hours from order to dispatch",
      "label": "\u4e0b\u5355\u5230\u53d1\u8d27\u65f6\u95f4",
      "kind": "measured",
      "direction": "lower",
      "curve": "linear (24, 100), (48, 60), (48, 0)",
      "unit": "h",
      "data_source": "\u8ba2\u5355\u7cfb\u7edf",
      "frequency": "day",
      "gathering": "mean"
    },
    "out_of_stock_notice": {
      "title": "Customers told in time of goods out of stock",
      "label": "\u7f3a\u8d27\u901a\u77e5\u53ca\u65f6\u7387",
      "kind": "measured",
      "direction": "higher",
      "curve": "linear (0.8, 0), (1, 100)",
      "unit": "share",
      "data_source": "\u5ba2\u670d\u7cfb\u7edf",
      "frequency": "day",
      "gathering": "mean"
    },
    "stock_count_done": {
      "title": "Stock counts done",
      "label": "\u76d8\u70b9\u5b8c\u6210\u7387",
      "kind": "measured",
      "direction": "higher",
      "curve": "linear (0, 0), (1, 100)",
      "unit": "share",
      "data_source": "\u4ed3\u50a8\u7cfb\u7edf",
      "frequency": "month"
    },
    "stock_accuracy": {
      "title": "Accuracy of stock",
      "label": "\u76d8\u70b9\u51c6\u786e\u7387",
      "kind": "measured",
      "direction": "higher",
      "curve": "linear (0.95, 0), (0.99, 80), (1, 100)",
      "unit": "share",
      "data_source": "\u4ed3\u50a8\u7cfb\u7edf",
      "frequency": "month"
    }
  },
  "assumed": [
    "scale",
    "periods",
    "dimensions",
    "indicators.order_to_dispatch.curve",
    "indicators.out_of_stock_notice",
    "indicators.stock_count_done",
    "indicators.stock_accuracy"
  ]
}
$document$::jsonb),
('half-year-360', $document${
  "code": "half-year-360",
  "title": "Half-yearly appraisal by indicators, 360 degrees or interview",
  "label": "\u5e76\u8d2d\u4f01\u4e1a\u7ee9\u6548\u8003\u6838",
  "language": "zh",
  "scale": "\u4f18\u79c0 >= 90, \u826f\u597d >= 80, \u5408\u683c >= 60, \u4e0d\u5408\u683c",
  "interview": true,
  "improvement_grade": "\u4e0d\u5408\u683c",
  "periods": {
    "*": {"half_year": {}, "year": {"composed_of": "half_year", "combined_by": "mean"}}
  },
  "dimensions": {
    "indicators": {
      "position": 1,
      "title": "Key indicators",
      "label": "\u6307\u6807\u8003\u6838",
      "weights": {"senior_manager": 100, "project": 100},
      "indicators": {
        "*": {"business_plan": {"weight": 60}, "profit": {"weight": 40}},
        "project": {"milestones": {"weight": 60}, "project_budget": {"weight": 40}}
      }
    },
    "all_round": {
      "position": 2,
      "title": "360 degrees",
      "label": "360\u5ea6\u8003\u6838",
      "weights": {"middle_manager": 100, "technical": 100, "functional": 100},
      "indicators": {
        "*": {"results": {"weight": 40}, "ability": {"weight": 30}, "cooperation": {"weight": 30}}
      }
    },
    "interview": {
      "position": 3,
      "title": "Interview",
      "label": "\u9762\u8c08\u8003\u6838",
      "weights": {"*": 100},
      "indicators": {
        "*": {"interview": {"weight": 100}}
      }
    }
  },
  "indicators": {
    "business_plan": {
      "title": "Completion of the business plan",
      "label": "\u7ecf\u8425\u8ba1\u5212\u5b8c\u6210\u7387",
      "kind": "measured",
      "reads": "attainment",
      "direction": "higher",
      "curve": "linear (0, 0), (1, 100)",
      "unit": "CNY",
      "data_source": "\u8d22\u52a1\u90e8",
      "frequency": "half_year"
    },
    "profit": {
      "title": "Profit",
      "label": "\u5229\u6da6",
      "kind": "measured",
      "reads": "attainment",
      "direction": "higher",
      "curve": "linear (0, 0), (1, 100)",
      "unit": "CNY",
      "data_source": "\u8d22\u52a1\u90e8",
      "frequency": "half_year"
    },
    "milestones": {
      "title": "Milestones reached",
      "label": "\u91cc\u7a0b\u7891\u8fbe\u6210\u7387",
      "kind": "measured",
      "direction": "higher",
      "curve": "linear (0, 0), (1, 100)",
      "unit": "share",
      "data_source": "\u9879\u76ee\u7ba1\u7406\u90e8",
      "frequency": "half_year"
    },
    "project_budget": {
      "title": "Cost against budget",
      "label": "\u9879\u76ee\u8d39\u7528",
      "kind": "measured",
      "direction": "lower",
      "curve": "linear (1, 100), (1.1, 60), (1.3, 0)",
      "unit": "share of budget",
      "data_source": "\u8d22\u52a1\u90e8",
      "frequency": "half_year"
    },
    "results": {"title": "Results of work", "label": "\u5de5\u4f5c\u4e1a\u7ee9", "kind": "rated", "least": 0, "most": 100},
    "ability": {"title": "Ability", "label": "\u5de5\u4f5c\u80fd\u529b", "kind": "rated", "least": 0, "most": 100},
    "cooperation": {"title": "Cooperation", "label": "\u534f\u4f5c\u6027", "kind": "rated", "least": 0, "most": 100},
    "interview": {
      "title": "Judgement of the interview",
      "label": "\u9762\u8c08\u8bc4\u4ef7",
      "kind": "levels",
      "levels": [
        {"label": "\u4f18\u79c0", "points": 100, "least": 90},
        {"label": "\u826f\u597d", "points": 89, "least": 80},
        {"label": "\u5408\u683c", "points": 79, "least": 60},
        {"label": "\u4e0d\u5408\u683c", "points": 59, "least": 0}
      ]
    }
  },
  "raters": {
    "*": {"manager": {"label": "\u4e0a\u7ea7", "weight": 100}, "self": {"label": "\u81ea\u8bc4", "weight": 0}},
    "middle_manager": {
      "manager": {"label": "\u4e0a\u7ea7", "weight": 50},
      "peer": {"label": "\u540c\u7ea7", "weight": 20, "least_raters": 3, "anonymous": true},
      "subordinate": {"label": "\u4e0b\u7ea7", "weight": 20, "least_raters": 3, "anonymous": true},
      "self": {"label": "\u81ea\u8bc4", "weight": 10}
    },
    "technical": {
      "manager": {"label": "\u4e0a\u7ea7", "weight": 60},
      "peer": {"label": "\u540c\u7ea7", "weight": 30, "least_raters": 3, "anonymous": true},
      "self": {"label": "\u81ea\u8bc4", "weight": 10}
    },
    "functional": {
      "manager": {"label": "\u4e0a\u7ea7", "weight": 60},
      "peer": {"label": "\u540c\u7ea7", "weight": 30, "least_raters": 3, "anonymous": true},
      "self": {"label": "\u81ea\u8bc4", "weight": 10}
    }
  },
  "assumed": [
    "scale",
    "improvement_grade",
    "dimensions.indicators.indicators",
    "dimensions.all_round.indicators",
    "indicators",
    "raters"
  ]
}
$document$::jsonb),
('manager-quarterly', $document${
  "code": "manager-quarterly",
  "title": "Quarterly appraisal of the manager of enterprise management",
  "label": "\u4f01\u4e1a\u7ba1\u7406\u90e8\u7ecf\u7406\u7ee9\u6548\u8003\u6838",
  "language": "zh",
  "uses": ["pay", "training", "post"],
  "scale": "\"A \u4f18\u79c0\" >= 90, \"B \u826f\u597d\" >= 80, \"C \u597d\" >= 70, \"D \u5408\u683c\" >= 60, \"E \u8f83\u5dee\"",
  "self_report": ["quarter", "year"],
  "self_report_days": 5,
  "periods": {
    "*": {"quarter": {"due_days": 15}, "year": {"due_days": 30, "composed_of": "quarter", "combined_by": "reference"}}
  },
  "dimensions": {
    "task": {
      "position": 1,
      "title": "Task performance",
      "label": "\u4efb\u52a1\u7ee9\u6548",
      "weights": {"*": 55},
      "indicators": {
        "*": {
          "planning_omissions_important": {"weight": 15},
          "planning_omissions_ordinary": {"weight": 10},
          "plan_completion": {"weight": 20},
          "budget_variance": {"weight": 15},
          "quality_nonconformities": {"weight": 10},
          "suggestions_adopted": {"weight": 10},
          "training_completion": {"weight": 10},
          "report_on_time": {"weight": 10}
        }
      }
    },
    "attitude": {
      "position": 2,
      "title": "Attitude",
      "label": "\u5de5\u4f5c\u6001\u5ea6",
      "weights": {"*": 10},
      "indicators": {
        "*": {"initiative": {"weight": 30}, "responsibility": {"weight": 40}, "cooperation": {"weight": 30}}
      }
    },
    "ability": {
      "position": 3,
      "title": "Ability",
      "label": "\u5de5\u4f5c\u80fd\u529b",
      "weights": {"*": 35},
      "indicators": {
        "*": {
          "knowledge": {"weight": 25},
          "planning": {"weight": 25},
          "leadership": {"weight": 25},
          "analysis": {"weight": 25}
        }
      }
    }
  },
  "indicators": {
    "planning_omissions_important": {
      "title": "Important omissions in planning",
      "label": "\u8ba1\u5212\u91cd\u8981\u9057\u6f0f\u6b21\u6570",
      "kind": "measured",
      "direction": "lower",
      "curve": "step (0, 100), (1, 0)",
      "unit": "count",
      "data_source": "\u4f01\u4e1a\u7ba1\u7406\u90e8",
      "frequency": "quarter",
      "gathering": "sum"
    },
    "planning_omissions_ordinary": {
      "title": "Ordinary omissions in planning",
      "label": "\u8ba1\u5212\u4e00\u822c\u9057\u6f0f\u6b21\u6570",
      "kind": "measured",
      "direction": "lower",
      "curve": "linear (0, 100), (3, 80), (8, 0)",
      "unit": "count",
      "data_source": "\u4f01\u4e1a\u7ba1\u7406\u90e8",
      "frequency": "quarter",
      "gathering": "mean"
    },
    "plan_completion": {
      "title": "Completion of the plan",
      "label": "\u8ba1\u5212\u5b8c\u6210\u7387",
      "kind": "measured",
      "direction": "higher",
      "curve": "linear (0.6, 0), (1, 100)",
      "unit": "share",
      "data_source": "\u4f01\u4e1a\u7ba1\u7406\u90e8",
      "frequency": "quarter",
      "gathering": "mean"
    },
    "budget_variance": {
      "title": "Variance from the budget",
      "label": "\u9884\u7b97\u504f\u5dee\u7387",
      "kind": "measured",
      "direction": "lower",
      "curve": "linear (0.05, 100), (0.1, 60), (0.2, 0)",
      "unit": "share",
      "data_source": "\u8d22\u52a1\u90e8",
      "frequency": "quarter",
      "gathering": "mean"
    },
    "quality_nonconformities": {
      "title": "Non-conformities of the quality system",
      "label": "\u8d28\u91cf\u4f53\u7cfb\u4e0d\u5408\u683c\u9879",
      "kind": "measured",
      "direction": "lower",
      "curve": "linear (0, 100), (2, 80), (6, 0)",
      "unit": "count",
      "data_source": "\u5185\u5ba1\u62a5\u544a",
      "frequency": "quarter",
      "gathering": "mean"
    },
    "suggestions_adopted": {
      "title": "Suggestions adopted",
      "label": "\u5efa\u8bae\u91c7\u7eb3\u6570",
      "kind": "measured",
      "direction": "higher",
      "curve": "linear (0, 0), (3, 80), (5, 100)",
      "unit": "count",
      "data_source": "\u4f01\u4e1a\u7ba1\u7406\u90e8",
      "frequency": "quarter",
      "gathering": "mean"
    },
    "training_completion": {
      "title": "Completion of the training plan",
      "label": "\u57f9\u8bad\u8ba1\u5212\u5b8c\u6210\u7387",
      "kind": "measured",
      "direction": "higher",
      "curve": "linear (0, 0), (1, 100)",
      "unit": "share",
      "data_source": "\u4eba\u529b\u8d44\u6e90\u90e8",
      "frequency": "quarter",
      "gathering": "mean"
    },
    "report_on_time": {
      "title": "Reports on time",
      "label": "\u62a5\u544a\u53ca\u65f6\u7387",
      "kind": "measured",
      "direction": "higher",
      "curve": "linear (0, 0), (1, 100)",
      "unit": "share",
      "data_source": "\u603b\u7ecf\u529e",
      "frequency": "month",
      "gathering": "mean"
    },
    "initiative": {"title": "Initiative", "label": "\u4e3b\u52a8\u6027", "kind": "rated", "least": 0, "most": 100},
    "responsibility": {"title": "Responsibility", "label": "\u8d23\u4efb\u5fc3", "kind": "rated", "least": 0, "most": 100},
    "cooperation": {"title": "Cooperation", "label": "\u534f\u4f5c\u6027", "kind": "rated", "least": 0, "most": 100},
    "knowledge": {"title": "Knowledge", "label": "\u4e13\u4e1a\u77e5\u8bc6", "kind": "rated", "least": 0, "most": 100},
    "planning": {"title": "Planning", "label": "\u8ba1\u5212\u80fd\u529b", "kind": "rated", "least": 0, "most": 100},
    "leadership": {"title": "Leadership", "label": "\u9886\u5bfc\u80fd\u529b", "kind": "rated", "least": 0, "most": 100},
    "analysis": {"title": "Analysis", "label": "\u5206\u6790\u80fd\u529b", "kind": "rated", "least": 0, "most": 100}
  },
  "raters": {
    "*": {
      "manager": {"label": "\u4e0a\u7ea7", "weight": 70},
      "related": {"label": "\u76f8\u5173\u4eba\u5458", "weight": 30, "least_raters": 3, "anonymous": true}
    }
  },
  "sign_off": [
    {"signer": "hr", "act": "check", "label": "\u4eba\u529b\u8d44\u6e90\u90e8"},
    {"signer": "executive", "act": "approve", "label": "\u603b\u7ecf\u7406"}
  ],
  "assumed": [
    "scale",
    "self_report_days",
    "periods.*.quarter.due_days",
    "periods.*.year.due_days",
    "dimensions.task.indicators",
    "dimensions.attitude.indicators",
    "dimensions.ability.indicators",
    "indicators",
    "raters.*"
  ]
}
$document$::jsonb),
('operations-monthly', $document${
  "code": "operations-monthly",
  "title": "Monthly appraisal of operations and processes",
  "label": "\u8fd0\u8425\u7ee9\u6548\u8003\u6838\u4e0e\u6d41\u7a0b\u5236\u5ea6",
  "language": "zh",
  "uses": ["bonus", "promotion", "pay", "post", "training"],
  "scale": "\u4f18\u79c0 >= 90 : 1.5, \u826f\u597d >= 75 : 1.2, \u5408\u683c >= 60 : 1, \u4e0d\u5408\u683c : 0",
  "improvement_grade": "\u4e0d\u5408\u683c",
  "periods": {
    "*": {"month": {"due_days": 10}, "year": {"composed_of": "month", "combined_by": "mean"}}
  },
  "dimensions": {
    "performance": {
      "position": 1,
      "title": "Performance",
      "label": "\u5de5\u4f5c\u4e1a\u7ee9",
      "weights": {"*": 60},
      "indicators": {
        "*": {
          "sales": {"weight": 30},
          "profit": {"weight": 20},
          "new_customers": {"weight": 15},
          "customer_satisfaction": {"weight": 15},
          "response_time": {"weight": 5},
          "order_processing": {"weight": 5},
          "rectification": {"weight": 10}
        }
      }
    },
    "ability": {
      "position": 2,
      "title": "Ability",
      "label": "\u5de5\u4f5c\u80fd\u529b",
      "weights": {"*": 25},
      "indicators": {
        "*": {
          "knowledge": {"weight": 25},
          "problem_solving": {"weight": 25},
          "communication": {"weight": 25},
          "learning": {"weight": 25}
        }
      }
    },
    "attitude": {
      "position": 3,
      "title": "Attitude",
      "label": "\u5de5\u4f5c\u6001\u5ea6",
      "weights": {"*": 15},
      "indicators": {
        "*": {
          "responsibility": {"weight": 25},
          "initiative": {"weight": 25},
          "teamwork": {"weight": 25},
          "discipline": {"weight": 25}
        }
      }
    }
  },
  "indicators": {
    "sales": {
      "title": "Sales",
      "label": "\u9500\u552e\u989d",
      "kind": "measured",
      "reads": "attainment",
      "direction": "higher",
      "curve": "linear (0.5, 0), (1, 100)",
      "unit": "CNY",
      "data_source": "\u9500\u552e\u7cfb\u7edf",
      "frequency": "month"
    },
    "profit": {
      "title": "Profit",
      "label": "\u5229\u6da6",
      "kind": "measured",
      "reads": "attainment",
      "direction": "higher",
      "curve": "linear (0.5, 0), (1, 100)",
      "unit": "CNY",
      "data_source": "\u8d22\u52a1\u90e8",
      "frequency": "month"
    },
    "new_customers": {
      "title": "New customers",
      "label": "\u65b0\u589e\u5ba2\u6237\u6570",
      "kind": "measured",
      "reads": "attainment",
      "direction": "higher",
      "curve": "linear (0.5, 0), (1, 100)",
      "unit": "count",
      "data_source": "\u5ba2\u6237\u7cfb\u7edf",
      "frequency": "month"
    },
    "customer_satisfaction": {
      "title": "Customer satisfaction",
      "label": "\u5ba2\u6237\u6ee1\u610f\u5ea6",
      "kind": "measured",
      "reads": "attainment",
      "direction": "higher",
      "curve": "linear (0.5, 0), (1, 100)",
      "unit": "%",
      "data_source": "\u5ba2\u670d\u7cfb\u7edf",
      "frequency": "month"
    },
    "response_time": {
      "title": "Response time to customers",
      "label": "\u5ba2\u6237\u54cd\u5e94\u65f6\u95f4",
      "kind": "measured",
      "direction": "lower",
      "curve": "linear (1, 100), (3, 80), (10, 0)",
      "unit": "min",
      "data_source": "\u5ba2\u670d\u7cfb\u7edf",
      "frequency": "day",
      "gathering": "mean"
    },
    "order_processing": {
      "title": "Order-processing time",
      "label": "\u8ba2\u5355\u5904\u7406\u65f6\u95f4",
      "kind": "measured",
      "direction": "lower",
      "curve": "linear (4, 100), (12, 80), (48, 0)",
      "unit": "h",
      "data_source": "\u8ba2\u5355\u7cfb\u7edf",
      "frequency": "day",
      "gathering": "mean"
    },
    "rectification": {
      "title": "Audit findings put right in time",
      "label": "\u5ba1\u6838\u95ee\u9898\u6309\u671f\u6574\u6539\u7387",
      "kind": "measured",
      "direction": "higher",
      "curve": "linear (0, 0), (1, 100)",
      "unit": "share",
      "data_source": "\u5185\u90e8\u5ba1\u6838",
      "frequency": "month"
    },
    "knowledge": {
      "title": "Knowledge",
      "label": "\u4e13\u4e1a\u77e5\u8bc6",
      "kind": "levels",
      "levels": [
        {"label": "\u4f18\u79c0", "points": 100, "least": 90},
        {"label": "\u826f\u597d", "points": 89, "least": 75},
        {"label": "\u5408\u683c", "points": 74, "least": 60},
        {"label": "\u4e0d\u5408\u683c", "points": 59, "least": 0}
      ]
    },
    "problem_solving": {
      "title": "Problem solving",
      "label": "\u89e3\u51b3\u95ee\u9898",
      "kind": "levels",
      "levels": [
        {"label": "\u4f18\u79c0", "points": 100, "least": 90},
        {"label": "\u826f\u597d", "points": 89, "least": 75},
        {"label": "\u5408\u683c", "points": 74, "least": 60},
        {"label": "\u4e0d\u5408\u683c", "points": 59, "least": 0}
      ]
    },
    "communication": {
      "title": "Communication",
      "label": "\u6c9f\u901a\u80fd\u529b",
      "kind": "levels",
      "levels": [
        {"label": "\u4f18\u79c0", "points": 100, "least": 90},
        {"label": "\u826f\u597d", "points": 89, "least": 75},
        {"label": "\u5408\u683c", "points": 74, "least": 60},
        {"label": "\u4e0d\u5408\u683c", "points": 59, "least": 0}
      ]
    },
    "learning": {
      "title": "Learning",
      "label": "\u5b66\u4e60\u80fd\u529b",
      "kind": "levels",
      "levels": [
        {"label": "\u4f18\u79c0", "points": 100, "least": 90},
        {"label": "\u826f\u597d", "points": 89, "least": 75},
        {"label": "\u5408\u683c", "points": 74, "least": 60},
        {"label": "\u4e0d\u5408\u683c", "points": 59, "least": 0}
      ]
    },
    "responsibility": {
      "title": "Responsibility",
      "label": "\u8d23\u4efb\u5fc3",
      "kind": "levels",
      "levels": [
        {"label": "\u4f18\u79c0", "points": 100, "least": 90},
        {"label": "\u826f\u597d", "points": 89, "least": 75},
        {"label": "\u5408\u683c", "points": 74, "least": 60},
        {"label": "\u4e0d\u5408\u683c", "points": 59, "least": 0}
      ]
    },
    "initiative": {
      "title": "Initiative",
      "label": "\u4e3b\u52a8\u6027",
      "kind": "levels",
      "levels": [
        {"label": "\u4f18\u79c0", "points": 100, "least": 90},
        {"label": "\u826f\u597d", "points": 89, "least": 75},
        {"label": "\u5408\u683c", "points": 74, "least": 60},
        {"label": "\u4e0d\u5408\u683c", "points": 59, "least": 0}
      ]
    },
    "teamwork": {
      "title": "Teamwork",
      "label": "\u56e2\u961f\u5408\u4f5c",
      "kind": "levels",
      "levels": [
        {"label": "\u4f18\u79c0", "points": 100, "least": 90},
        {"label": "\u826f\u597d", "points": 89, "least": 75},
        {"label": "\u5408\u683c", "points": 74, "least": 60},
        {"label": "\u4e0d\u5408\u683c", "points": 59, "least": 0}
      ]
    },
    "discipline": {
      "title": "Discipline",
      "label": "\u7eaa\u5f8b\u6027",
      "kind": "levels",
      "levels": [
        {"label": "\u4f18\u79c0", "points": 100, "least": 90},
        {"label": "\u826f\u597d", "points": 89, "least": 75},
        {"label": "\u5408\u683c", "points": 74, "least": 60},
        {"label": "\u4e0d\u5408\u683c", "points": 59, "least": 0}
      ]
    }
  },
  "raters": {
    "*": {
      "manager": {"label": "\u4e0a\u7ea7", "weight": 60},
      "peer": {"label": "\u540c\u4e8b", "weight": 30, "least_raters": 3, "anonymous": true},
      "self": {"label": "\u81ea\u8bc4", "weight": 10}
    },
    "customer_contact": {
      "manager": {"label": "\u4e0a\u7ea7", "weight": 50},
      "peer": {"label": "\u540c\u4e8b", "weight": 20, "least_raters": 3, "anonymous": true},
      "self": {"label": "\u81ea\u8bc4", "weight": 10},
      "customer": {"label": "\u5ba2\u6237", "weight": 20, "least_raters": 3, "anonymous": true}
    }
  },
  "outcomes": {
    "promotion": {
      "title": "Considered for promotion",
      "label": "\u664b\u5347\u8d44\u683c",
      "period": "year",
      "grade": "\u4f18\u79c0",
      "outcome": "promotion"
    },
    "training": {"title": "Training", "label": "\u57f9\u8bad", "period": "month", "grade": "\u4e0d\u5408\u683c", "outcome": "training"},
    "post-change": {
      "title": "Change of post",
      "label": "\u8c03\u5c97",
      "period": "month",
      "grade": "\u4e0d\u5408\u683c",
      "run": 2,
      "after_training": true,
      "outcome": "post_change"
    }
  },
  "assumed": [
    "scale",
    "dimensions.performance.weights",
    "dimensions.performance.indicators",
    "dimensions.ability.weights",
    "dimensions.ability.indicators",
    "dimensions.attitude.weights",
    "dimensions.attitude.indicators",
    "indicators",
    "raters.*",
    "raters.customer_contact",
    "outcomes.promotion.grade",
    "outcomes.post-change.run"
  ]
}
$document$::jsonb),
('participation', $document${
  "code": "participation",
  "title": "Participation and shared results",
  "label": "\u85aa\u916c\u7ee9\u6548\u65b9\u6848\uff08\u5168\u5458\u53c2\u4e0e\uff09",
  "language": "zh",
  "uses": ["award", "bonus"],
  "surveyed": true,
  "scale": "\u4f18\u79c0 >= 90, \u826f\u597d >= 80, \u5408\u683c >= 60, \u4e0d\u5408\u683c",
  "periods": {
    "*": {"quarter": {}}
  },
  "dimensions": {
    "results": {
      "position": 1,
      "title": "Results",
      "label": "\u4e1a\u7ee9",
      "weights": {"*": 100},
      "indicators": {
        "*": {"sales": {"weight": 40}, "customer_satisfaction": {"weight": 30}, "operating_efficiency": {"weight": 30}}
      }
    }
  },
  "indicators": {
    "sales": {
      "title": "Sales",
      "label": "\u9500\u552e\u989d",
      "kind": "measured",
      "reads": "attainment",
      "direction": "higher",
      "curve": "linear (0, 0), (1, 100)",
      "unit": "CNY",
      "data_source": "\u9500\u552e\u7cfb\u7edf",
      "frequency": "day",
      "gathering": "sum"
    },
    "customer_satisfaction": {
      "title": "Customer satisfaction",
      "label": "\u5ba2\u6237\u6ee1\u610f\u5ea6",
      "kind": "measured",
      "reads": "attainment",
      "direction": "higher",
      "curve": "linear (0, 0), (1, 100)",
      "unit": "%",
      "data_source": "\u5ba2\u670d\u7cfb\u7edf",
      "frequency": "week",
      "gathering": "mean"
    },
    "operating_efficiency": {
      "title": "Operating efficiency",
      "label": "\u8fd0\u8425\u6548\u7387",
      "kind": "measured",
      "reads": "attainment",
      "direction": "higher",
      "curve": "linear (0, 0), (1, 100)",
      "unit": "orders a head",
      "data_source": "\u8fd0\u8425\u7cfb\u7edf",
      "frequency": "month",
      "gathering": "mean"
    }
  },
  "outcomes": {
    "reward": {
      "title": "Reward",
      "label": "\u5956\u52b1",
      "period": "quarter",
      "grade": "\u826f\u597d",
      "compares": "or_better",
      "outcome": "reward"
    }
  },
  "assumed": ["scale", "periods", "dimensions", "indicators", "outcomes"]
}
$document$::jsonb),
('performance-and-values', $document${
  "code": "performance-and-values",
  "title": "Performance and values",
  "label": "\u7f51\u8425\u7ee9\u6548\u8003\u6838",
  "language": "zh",
  "scale": "\u6770\u51fa >= 5, \u6301\u7eed\u4e00\u8d2f\u5730\u8d85\u51fa\u671f\u671b >= 4.5, \u8d85\u51fa\u671f\u671b >= 4, \u90e8\u5206\u8d85\u51fa\u671f\u671b >= 3.75, \u7b26\u5408\u671f\u671b >= 3.5, \u9700\u8981\u63d0\u9ad8 >= 3.25, \u9700\u8981\u6539\u8fdb >= 3, \u4e0d\u5408\u683c",
  "quota": "\u8d85\u51fa\u671f\u671b+\u6301\u7eed\u4e00\u8d2f\u5730\u8d85\u51fa\u671f\u671b+\u6770\u51fa <= 20%, \u90e8\u5206\u8d85\u51fa\u671f\u671b+\u8d85\u51fa\u671f\u671b+\u6301\u7eed\u4e00\u8d2f\u5730\u8d85\u51fa\u671f\u671b+\u6770\u51fa <= 35%, \u7b26\u5408\u671f\u671b = 50%, \u9700\u8981\u63d0\u9ad8+\u9700\u8981\u6539\u8fdb+\u4e0d\u5408\u683c >= 15%",
  "enforcement": "block",
  "least_group": 10,
  "calibration_steps": 1,
  "no_surprise_grade": "\u9700\u8981\u63d0\u9ad8",
  "improvement_grade": "\u9700\u8981\u6539\u8fdb",
  "goals_set_by": "person",
  "goals_confirmed": true,
  "target_floor": "best",
  "interview": true,
  "periods": {
    "*": {"quarter": {}, "year": {"composed_of": "quarter", "combined_by": "mean"}},
    "senior_manager": {"half_year": {}, "year": {"composed_of": "half_year", "combined_by": "mean"}},
    "department_head": {"half_year": {}, "year": {"composed_of": "half_year", "combined_by": "mean"}}
  },
  "dimensions": {
    "performance": {
      "position": 1,
      "title": "Performance",
      "label": "\u4e1a\u7ee9",
      "weights": {"*": 70},
      "scale": "\u9ad8 >= 3.75, \u4e2d >= 3.5, \u4f4e",
      "box_axis": "performance",
      "indicators": {
        "*": {"goal_1": {"weight": 40}, "goal_2": {"weight": 30}, "goal_3": {"weight": 30}},
        "shop_manager": {"paid_sales": {"weight": 50}, "team_growth": {"weight": 30}, "staff_turnover": {"weight": 20}},
        "product": {"basket_size": {"weight": 50}, "lead_item_sales": {"weight": 50}},
        "crm": {
          "repeat_purchase": {"weight": 50},
          "message_open_rate": {"weight": 25},
          "message_conversion": {"weight": 25}
        },
        "promotion": {
          "new_members": {"weight": 20},
          "member_growth": {"weight": 20},
          "daily_visitors": {"weight": 20},
          "visitor_growth": {"weight": 20},
          "conversion": {"weight": 20}
        },
        "planning": {
          "pages_improved": {"weight": 20},
          "unsold_rate": {"weight": 20},
          "click_rate": {"weight": 15},
          "dwell_time": {"weight": 15},
          "pages_seen": {"weight": 15},
          "conversion": {"weight": 15}
        }
      }
    },
    "values": {
      "position": 2,
      "title": "Values",
      "label": "\u4ef7\u503c\u89c2",
      "weights": {"*": 30},
      "gate": 2.5,
      "gate_grade": "\u4e0d\u5408\u683c",
      "evidence_below": 2.5,
      "evidence_from": 3,
      "scale": "\u9ad8 >= 3, \u4e2d >= 2.5, \u4f4e",
      "box_axis": "values",
      "indicators": {
        "*": {
          "customers": {"weight": 20},
          "cooperation": {"weight": 20},
          "honesty": {"weight": 20},
          "responsibility": {"weight": 20},
          "learning": {"weight": 20}
        }
      }
    }
  },
  "indicators": {
    "goal_1": {
      "title": "Goal 1",
      "label": "\u76ee\u6807\u4e00",
      "kind": "rated",
      "direction": "higher",
      "unit": "as agreed",
      "data_source": "as agreed",
      "frequency": "month",
      "levels": [
        {"label": "\u4e0d\u5408\u683c", "points": 2.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u4f4e\u4e8e60%"},
        {"label": "\u9700\u8981\u6539\u8fdb", "points": 3, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523060%"},
        {"label": "\u9700\u8981\u63d0\u9ad8", "points": 3.25, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523080%"},
        {"label": "\u7b26\u5408\u671f\u671b", "points": 3.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230100%"},
        {"label": "\u90e8\u5206\u8d85\u51fa\u671f\u671b", "points": 3.75, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230105%"},
        {"label": "\u8d85\u51fa\u671f\u671b", "points": 4, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230110%"},
        {"label": "\u6301\u7eed\u4e00\u8d2f\u5730\u8d85\u51fa\u671f\u671b", "points": 4.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230120%"},
        {"label": "\u6770\u51fa", "points": 5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230150%"}
      ]
    },
    "goal_2": {
      "title": "Goal 2",
      "label": "\u76ee\u6807\u4e8c",
      "kind": "rated",
      "direction": "higher",
      "unit": "as agreed",
      "data_source": "as agreed",
      "frequency": "month",
      "levels": [
        {"label": "\u4e0d\u5408\u683c", "points": 2.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u4f4e\u4e8e60%"},
        {"label": "\u9700\u8981\u6539\u8fdb", "points": 3, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523060%"},
        {"label": "\u9700\u8981\u63d0\u9ad8", "points": 3.25, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523080%"},
        {"label": "\u7b26\u5408\u671f\u671b", "points": 3.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230100%"},
        {"label": "\u90e8\u5206\u8d85\u51fa\u671f\u671b", "points": 3.75, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230105%"},
        {"label": "\u8d85\u51fa\u671f\u671b", "points": 4, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230110%"},
        {"label": "\u6301\u7eed\u4e00\u8d2f\u5730\u8d85\u51fa\u671f\u671b", "points": 4.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230120%"},
        {"label": "\u6770\u51fa", "points": 5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230150%"}
      ]
    },
    "goal_3": {
      "title": "Goal 3",
      "label": "\u76ee\u6807\u4e09",
      "kind": "rated",
      "direction": "higher",
      "unit": "as agreed",
      "data_source": "as agreed",
      "frequency": "month",
      "levels": [
        {"label": "\u4e0d\u5408\u683c", "points": 2.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u4f4e\u4e8e60%"},
        {"label": "\u9700\u8981\u6539\u8fdb", "points": 3, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523060%"},
        {"label": "\u9700\u8981\u63d0\u9ad8", "points": 3.25, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523080%"},
        {"label": "\u7b26\u5408\u671f\u671b", "points": 3.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230100%"},
        {"label": "\u90e8\u5206\u8d85\u51fa\u671f\u671b", "points": 3.75, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230105%"},
        {"label": "\u8d85\u51fa\u671f\u671b", "points": 4, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230110%"},
        {"label": "\u6301\u7eed\u4e00\u8d2f\u5730\u8d85\u51fa\u671f\u671b", "points": 4.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230120%"},
        {"label": "\u6770\u51fa", "points": 5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230150%"}
      ]
    },
    "paid_sales": {
      "title": "Paid sales",
      "label": "\u652f\u4ed8\u9500\u552e\u989d",
      "kind": "rated",
      "direction": "higher",
      "unit": "CNY",
      "data_source": "\u5e97\u94fa\u540e\u53f0",
      "frequency": "month",
      "gathering": "sum",
      "levels": [
        {"label": "\u4e0d\u5408\u683c", "points": 2.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u4f4e\u4e8e60%"},
        {"label": "\u9700\u8981\u6539\u8fdb", "points": 3, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523060%"},
        {"label": "\u9700\u8981\u63d0\u9ad8", "points": 3.25, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523080%"},
        {"label": "\u7b26\u5408\u671f\u671b", "points": 3.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230100%"},
        {"label": "\u90e8\u5206\u8d85\u51fa\u671f\u671b", "points": 3.75, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230105%"},
        {"label": "\u8d85\u51fa\u671f\u671b", "points": 4, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230110%"},
        {"label": "\u6301\u7eed\u4e00\u8d2f\u5730\u8d85\u51fa\u671f\u671b", "points": 4.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230120%"},
        {"label": "\u6770\u51fa", "points": 5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230150%"}
      ]
    },
    "team_growth": {
      "title": "Growth of the team",
      "label": "\u56e2\u961f\u6210\u957f",
      "kind": "rated",
      "direction": "higher",
      "unit": "people",
      "data_source": "\u4eba\u529b\u8d44\u6e90\u90e8",
      "frequency": "month",
      "gathering": "sum",
      "levels": [
        {"label": "\u4e0d\u5408\u683c", "points": 2.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u4f4e\u4e8e60%"},
        {"label": "\u9700\u8981\u6539\u8fdb", "points": 3, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523060%"},
        {"label": "\u9700\u8981\u63d0\u9ad8", "points": 3.25, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523080%"},
        {"label": "\u7b26\u5408\u671f\u671b", "points": 3.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230100%"},
        {"label": "\u90e8\u5206\u8d85\u51fa\u671f\u671b", "points": 3.75, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230105%"},
        {"label": "\u8d85\u51fa\u671f\u671b", "points": 4, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230110%"},
        {"label": "\u6301\u7eed\u4e00\u8d2f\u5730\u8d85\u51fa\u671f\u671b", "points": 4.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230120%"},
        {"label": "\u6770\u51fa", "points": 5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230150%"}
      ]
    },
    "staff_turnover": {
      "title": "Staff turnover",
      "label": "\u5458\u5de5\u6d41\u5931\u7387",
      "kind": "rated",
      "direction": "lower",
      "unit": "share",
      "data_source": "\u4eba\u529b\u8d44\u6e90\u90e8",
      "frequency": "month",
      "gathering": "mean",
      "levels": [
        {"label": "\u4e0d\u5408\u683c", "points": 2.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u4f4e\u4e8e60%"},
        {"label": "\u9700\u8981\u6539\u8fdb", "points": 3, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523060%"},
        {"label": "\u9700\u8981\u63d0\u9ad8", "points": 3.25, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523080%"},
        {"label": "\u7b26\u5408\u671f\u671b", "points": 3.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230100%"},
        {"label": "\u90e8\u5206\u8d85\u51fa\u671f\u671b", "points": 3.75, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230105%"},
        {"label": "\u8d85\u51fa\u671f\u671b", "points": 4, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230110%"},
        {"label": "\u6301\u7eed\u4e00\u8d2f\u5730\u8d85\u51fa\u671f\u671b", "points": 4.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230120%"},
        {"label": "\u6770\u51fa", "points": 5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230150%"}
      ]
    },
    "basket_size": {
      "title": "Basket size",
      "label": "\u5ba2\u5355\u4ef7",
      "kind": "rated",
      "direction": "higher",
      "unit": "CNY",
      "data_source": "\u5e97\u94fa\u540e\u53f0",
      "frequency": "month",
      "gathering": "mean",
      "levels": [
        {"label": "\u4e0d\u5408\u683c", "points": 2.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u4f4e\u4e8e60%"},
        {"label": "\u9700\u8981\u6539\u8fdb", "points": 3, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523060%"},
        {"label": "\u9700\u8981\u63d0\u9ad8", "points": 3.25, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523080%"},
        {"label": "\u7b26\u5408\u671f\u671b", "points": 3.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230100%"},
        {"label": "\u90e8\u5206\u8d85\u51fa\u671f\u671b", "points": 3.75, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230105%"},
        {"label": "\u8d85\u51fa\u671f\u671b", "points": 4, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230110%"},
        {"label": "\u6301\u7eed\u4e00\u8d2f\u5730\u8d85\u51fa\u671f\u671b", "points": 4.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230120%"},
        {"label": "\u6770\u51fa", "points": 5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230150%"}
      ]
    },
    "lead_item_sales": {
      "title": "Sales of lead items",
      "label": "\u7206\u6b3e\u9500\u552e\u989d",
      "kind": "rated",
      "direction": "higher",
      "unit": "CNY",
      "data_source": "\u5e97\u94fa\u540e\u53f0",
      "frequency": "month",
      "gathering": "sum",
      "levels": [
        {"label": "\u4e0d\u5408\u683c", "points": 2.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u4f4e\u4e8e60%"},
        {"label": "\u9700\u8981\u6539\u8fdb", "points": 3, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523060%"},
        {"label": "\u9700\u8981\u63d0\u9ad8", "points": 3.25, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523080%"},
        {"label": "\u7b26\u5408\u671f\u671b", "points": 3.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230100%"},
        {"label": "\u90e8\u5206\u8d85\u51fa\u671f\u671b", "points": 3.75, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230105%"},
        {"label": "\u8d85\u51fa\u671f\u671b", "points": 4, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230110%"},
        {"label": "\u6301\u7eed\u4e00\u8d2f\u5730\u8d85\u51fa\u671f\u671b", "points": 4.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230120%"},
        {"label": "\u6770\u51fa", "points": 5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230150%"}
      ]
    },
    "repeat_purchase": {
      "title": "Repeat purchase rate",
      "label": "\u91cd\u590d\u8d2d\u4e70\u7387",
      "kind": "rated",
      "direction": "higher",
      "unit": "share",
      "data_source": "\u5e97\u94fa\u540e\u53f0",
      "frequency": "month",
      "gathering": "mean",
      "levels": [
        {"label": "\u4e0d\u5408\u683c", "points": 2.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u4f4e\u4e8e60%"},
        {"label": "\u9700\u8981\u6539\u8fdb", "points": 3, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523060%"},
        {"label": "\u9700\u8981\u63d0\u9ad8", "points": 3.25, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523080%"},
        {"label": "\u7b26\u5408\u671f\u671b", "points": 3.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230100%"},
        {"label": "\u90e8\u5206\u8d85\u51fa\u671f\u671b", "points": 3.75, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230105%"},
        {"label": "\u8d85\u51fa\u671f\u671b", "points": 4, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230110%"},
        {"label": "\u6301\u7eed\u4e00\u8d2f\u5730\u8d85\u51fa\u671f\u671b", "points": 4.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230120%"},
        {"label": "\u6770\u51fa", "points": 5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230150%"}
      ]
    },
    "message_open_rate": {
      "title": "Open rate of messages",
      "label": "\u4fe1\u606f\u6253\u5f00\u7387",
      "kind": "rated",
      "direction": "higher",
      "unit": "share",
      "data_source": "\u5e97\u94fa\u540e\u53f0",
      "frequency": "month",
      "gathering": "mean",
      "levels": [
        {"label": "\u4e0d\u5408\u683c", "points": 2.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u4f4e\u4e8e60%"},
        {"label": "\u9700\u8981\u6539\u8fdb", "points": 3, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523060%"},
        {"label": "\u9700\u8981\u63d0\u9ad8", "points": 3.25, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523080%"},
        {"label": "\u7b26\u5408\u671f\u671b", "points": 3.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230100%"},
        {"label": "\u90e8\u5206\u8d85\u51fa\u671f\u671b", "points": 3.75, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230105%"},
        {"label": "\u8d85\u51fa\u671f\u671b", "points": 4, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230110%"},
        {"label": "\u6301\u7eed\u4e00\u8d2f\u5730\u8d85\u51fa\u671f\u671b", "points": 4.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230120%"},
        {"label": "\u6770\u51fa", "points": 5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230150%"}
      ]
    },
    "message_conversion": {
      "title": "Conversion rate of messages",
      "label": "\u4fe1\u606f\u8f6c\u5316\u7387",
      "kind": "rated",
      "direction": "higher",
      "unit": "share",
      "data_source": "\u5e97\u94fa\u540e\u53f0",
      "frequency": "month",
      "gathering": "mean",
      "levels": [
        {"label": "\u4e0d\u5408\u683c", "points": 2.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u4f4e\u4e8e60%"},
        {"label": "\u9700\u8981\u6539\u8fdb", "points": 3, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523060%"},
        {"label": "\u9700\u8981\u63d0\u9ad8", "points": 3.25, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523080%"},
        {"label": "\u7b26\u5408\u671f\u671b", "points": 3.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230100%"},
        {"label": "\u90e8\u5206\u8d85\u51fa\u671f\u671b", "points": 3.75, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230105%"},
        {"label": "\u8d85\u51fa\u671f\u671b", "points": 4, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230110%"},
        {"label": "\u6301\u7eed\u4e00\u8d2f\u5730\u8d85\u51fa\u671f\u671b", "points": 4.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230120%"},
        {"label": "\u6770\u51fa", "points": 5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230150%"}
      ]
    },
    "new_members": {
      "title": "New members",
      "label": "\u65b0\u589e\u4f1a\u5458\u6570",
      "kind": "rated",
      "direction": "higher",
      "unit": "count",
      "data_source": "\u5e97\u94fa\u540e\u53f0",
      "frequency": "month",
      "gathering": "sum",
      "levels": [
        {"label": "\u4e0d\u5408\u683c", "points": 2.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u4f4e\u4e8e60%"},
        {"label": "\u9700\u8981\u6539\u8fdb", "points": 3, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523060%"},
        {"label": "\u9700\u8981\u63d0\u9ad8", "points": 3.25, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523080%"},
        {"label": "\u7b26\u5408\u671f\u671b", "points": 3.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230100%"},
        {"label": "\u90e8\u5206\u8d85\u51fa\u671f\u671b", "points": 3.75, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230105%"},
        {"label": "\u8d85\u51fa\u671f\u671b", "points": 4, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230110%"},
        {"label": "\u6301\u7eed\u4e00\u8d2f\u5730\u8d85\u51fa\u671f\u671b", "points": 4.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230120%"},
        {"label": "\u6770\u51fa", "points": 5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230150%"}
      ]
    },
    "member_growth": {
      "title": "Growth of members",
      "label": "\u4f1a\u5458\u589e\u957f\u7387",
      "kind": "rated",
      "direction": "higher",
      "unit": "share",
      "data_source": "\u5e97\u94fa\u540e\u53f0",
      "frequency": "month",
      "gathering": "mean",
      "levels": [
        {"label": "\u4e0d\u5408\u683c", "points": 2.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u4f4e\u4e8e60%"},
        {"label": "\u9700\u8981\u6539\u8fdb", "points": 3, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523060%"},
        {"label": "\u9700\u8981\u63d0\u9ad8", "points": 3.25, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523080%"},
        {"label": "\u7b26\u5408\u671f\u671b", "points": 3.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230100%"},
        {"label": "\u90e8\u5206\u8d85\u51fa\u671f\u671b", "points": 3.75, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230105%"},
        {"label": "\u8d85\u51fa\u671f\u671b", "points": 4, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230110%"},
        {"label": "\u6301\u7eed\u4e00\u8d2f\u5730\u8d85\u51fa\u671f\u671b", "points": 4.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230120%"},
        {"label": "\u6770\u51fa", "points": 5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230150%"}
      ]
    },
    "daily_visitors": {
      "title": "Daily visitors",
      "label": "\u65e5\u5747\u8bbf\u5ba2\u6570",
      "kind": "rated",
      "direction": "higher",
      "unit": "count",
      "data_source": "\u5e97\u94fa\u540e\u53f0",
      "frequency": "month",
      "gathering": "mean",
      "levels": [
        {"label": "\u4e0d\u5408\u683c", "points": 2.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u4f4e\u4e8e60%"},
        {"label": "\u9700\u8981\u6539\u8fdb", "points": 3, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523060%"},
        {"label": "\u9700\u8981\u63d0\u9ad8", "points": 3.25, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523080%"},
        {"label": "\u7b26\u5408\u671f\u671b", "points": 3.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230100%"},
        {"label": "\u90e8\u5206\u8d85\u51fa\u671f\u671b", "points": 3.75, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230105%"},
        {"label": "\u8d85\u51fa\u671f\u671b", "points": 4, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230110%"},
        {"label": "\u6301\u7eed\u4e00\u8d2f\u5730\u8d85\u51fa\u671f\u671b", "points": 4.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230120%"},
        {"label": "\u6770\u51fa", "points": 5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230150%"}
      ]
    },
    "visitor_growth": {
      "title": "Growth of visitors",
      "label": "\u8bbf\u5ba2\u589e\u957f\u7387",
      "kind": "rated",
      "direction": "higher",
      "unit": "share",
      "data_source": "\u5e97\u94fa\u540e\u53f0",
      "frequency": "month",
      "gathering": "mean",
      "levels": [
        {"label": "\u4e0d\u5408\u683c", "points": 2.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u4f4e\u4e8e60%"},
        {"label": "\u9700\u8981\u6539\u8fdb", "points": 3, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523060%"},
        {"label": "\u9700\u8981\u63d0\u9ad8", "points": 3.25, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523080%"},
        {"label": "\u7b26\u5408\u671f\u671b", "points": 3.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230100%"},
        {"label": "\u90e8\u5206\u8d85\u51fa\u671f\u671b", "points": 3.75, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230105%"},
        {"label": "\u8d85\u51fa\u671f\u671b", "points": 4, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230110%"},
        {"label": "\u6301\u7eed\u4e00\u8d2f\u5730\u8d85\u51fa\u671f\u671b", "points": 4.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230120%"},
        {"label": "\u6770\u51fa", "points": 5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230150%"}
      ]
    },
    "conversion": {
      "title": "Conversion rate",
      "label": "\u8f6c\u5316\u7387",
      "kind": "rated",
      "direction": "higher",
      "unit": "share",
      "data_source": "\u5e97\u94fa\u540e\u53f0",
      "frequency": "month",
      "gathering": "mean",
      "levels": [
        {"label": "\u4e0d\u5408\u683c", "points": 2.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u4f4e\u4e8e60%"},
        {"label": "\u9700\u8981\u6539\u8fdb", "points": 3, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523060%"},
        {"label": "\u9700\u8981\u63d0\u9ad8", "points": 3.25, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523080%"},
        {"label": "\u7b26\u5408\u671f\u671b", "points": 3.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230100%"},
        {"label": "\u90e8\u5206\u8d85\u51fa\u671f\u671b", "points": 3.75, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230105%"},
        {"label": "\u8d85\u51fa\u671f\u671b", "points": 4, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230110%"},
        {"label": "\u6301\u7eed\u4e00\u8d2f\u5730\u8d85\u51fa\u671f\u671b", "points": 4.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230120%"},
        {"label": "\u6770\u51fa", "points": 5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230150%"}
      ]
    },
    "pages_improved": {
      "title": "Pages improved",
      "label": "\u9875\u9762\u4f18\u5316\u6570",
      "kind": "rated",
      "direction": "higher",
      "unit": "count",
      "data_source": "\u5e97\u94fa\u540e\u53f0",
      "frequency": "month",
      "gathering": "sum",
      "levels": [
        {"label": "\u4e0d\u5408\u683c", "points": 2.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u4f4e\u4e8e60%"},
        {"label": "\u9700\u8981\u6539\u8fdb", "points": 3, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523060%"},
        {"label": "\u9700\u8981\u63d0\u9ad8", "points": 3.25, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523080%"},
        {"label": "\u7b26\u5408\u671f\u671b", "points": 3.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230100%"},
        {"label": "\u90e8\u5206\u8d85\u51fa\u671f\u671b", "points": 3.75, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230105%"},
        {"label": "\u8d85\u51fa\u671f\u671b", "points": 4, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230110%"},
        {"label": "\u6301\u7eed\u4e00\u8d2f\u5730\u8d85\u51fa\u671f\u671b", "points": 4.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230120%"},
        {"label": "\u6770\u51fa", "points": 5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230150%"}
      ]
    },
    "unsold_rate": {
      "title": "Unsold rate",
      "label": "\u6ede\u9500\u7387",
      "kind": "rated",
      "direction": "lower",
      "unit": "share",
      "data_source": "\u5e97\u94fa\u540e\u53f0",
      "frequency": "month",
      "gathering": "mean",
      "levels": [
        {"label": "\u4e0d\u5408\u683c", "points": 2.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u4f4e\u4e8e60%"},
        {"label": "\u9700\u8981\u6539\u8fdb", "points": 3, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523060%"},
        {"label": "\u9700\u8981\u63d0\u9ad8", "points": 3.25, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523080%"},
        {"label": "\u7b26\u5408\u671f\u671b", "points": 3.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230100%"},
        {"label": "\u90e8\u5206\u8d85\u51fa\u671f\u671b", "points": 3.75, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230105%"},
        {"label": "\u8d85\u51fa\u671f\u671b", "points": 4, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230110%"},
        {"label": "\u6301\u7eed\u4e00\u8d2f\u5730\u8d85\u51fa\u671f\u671b", "points": 4.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230120%"},
        {"label": "\u6770\u51fa", "points": 5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230150%"}
      ]
    },
    "click_rate": {
      "title": "Click rate",
      "label": "\u70b9\u51fb\u7387",
      "kind": "rated",
      "direction": "higher",
      "unit": "share",
      "data_source": "\u5e97\u94fa\u540e\u53f0",
      "frequency": "month",
      "gathering": "mean",
      "levels": [
        {"label": "\u4e0d\u5408\u683c", "points": 2.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u4f4e\u4e8e60%"},
        {"label": "\u9700\u8981\u6539\u8fdb", "points": 3, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523060%"},
        {"label": "\u9700\u8981\u63d0\u9ad8", "points": 3.25, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523080%"},
        {"label": "\u7b26\u5408\u671f\u671b", "points": 3.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230100%"},
        {"label": "\u90e8\u5206\u8d85\u51fa\u671f\u671b", "points": 3.75, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230105%"},
        {"label": "\u8d85\u51fa\u671f\u671b", "points": 4, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230110%"},
        {"label": "\u6301\u7eed\u4e00\u8d2f\u5730\u8d85\u51fa\u671f\u671b", "points": 4.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230120%"},
        {"label": "\u6770\u51fa", "points": 5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230150%"}
      ]
    },
    "dwell_time": {
      "title": "Dwell time",
      "label": "\u505c\u7559\u65f6\u95f4",
      "kind": "rated",
      "direction": "higher",
      "unit": "s",
      "data_source": "\u5e97\u94fa\u540e\u53f0",
      "frequency": "month",
      "gathering": "mean",
      "levels": [
        {"label": "\u4e0d\u5408\u683c", "points": 2.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u4f4e\u4e8e60%"},
        {"label": "\u9700\u8981\u6539\u8fdb", "points": 3, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523060%"},
        {"label": "\u9700\u8981\u63d0\u9ad8", "points": 3.25, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523080%"},
        {"label": "\u7b26\u5408\u671f\u671b", "points": 3.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230100%"},
        {"label": "\u90e8\u5206\u8d85\u51fa\u671f\u671b", "points": 3.75, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230105%"},
        {"label": "\u8d85\u51fa\u671f\u671b", "points": 4, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230110%"},
        {"label": "\u6301\u7eed\u4e00\u8d2f\u5730\u8d85\u51fa\u671f\u671b", "points": 4.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230120%"},
        {"label": "\u6770\u51fa", "points": 5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230150%"}
      ]
    },
    "pages_seen": {
      "title": "Pages seen",
      "label": "\u6d4f\u89c8\u6df1\u5ea6",
      "kind": "rated",
      "direction": "higher",
      "unit": "pages",
      "data_source": "\u5e97\u94fa\u540e\u53f0",
      "frequency": "month",
      "gathering": "mean",
      "levels": [
        {"label": "\u4e0d\u5408\u683c", "points": 2.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u4f4e\u4e8e60%"},
        {"label": "\u9700\u8981\u6539\u8fdb", "points": 3, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523060%"},
        {"label": "\u9700\u8981\u63d0\u9ad8", "points": 3.25, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u523080%"},
        {"label": "\u7b26\u5408\u671f\u671b", "points": 3.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230100%"},
        {"label": "\u90e8\u5206\u8d85\u51fa\u671f\u671b", "points": 3.75, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230105%"},
        {"label": "\u8d85\u51fa\u671f\u671b", "points": 4, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230110%"},
        {"label": "\u6301\u7eed\u4e00\u8d2f\u5730\u8d85\u51fa\u671f\u671b", "points": 4.5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230120%"},
        {"label": "\u6770\u51fa", "points": 5, "earns": "\u76ee\u6807\u5b8c\u6210\u7387\u8fbe\u5230150%"}
      ]
    },
    "customers": {
      "title": "Customers",
      "label": "\u5ba2\u6237\u610f\u8bc6",
      "kind": "gated",
      "levels": [
        {"label": "1", "points": 1, "earns": "\u793c\u8c8c\u5f85\u5ba2\uff0c\u4e0d\u4e0e\u5ba2\u6237\u4e89\u6267"},
        {"label": "2", "points": 1, "earns": "\u6309\u65f6\u7b54\u590d\u5ba2\u6237\u7684\u95ee\u9898"},
        {"label": "3", "points": 1, "earns": "\u4e3b\u52a8\u8ddf\u8fdb\uff0c\u76f4\u5230\u95ee\u9898\u89e3\u51b3"},
        {"label": "4", "points": 1, "earns": "\u53d1\u73b0\u5e76\u8bf4\u51fa\u5ba2\u6237\u6ca1\u6709\u63d0\u51fa\u7684\u9700\u8981"},
        {"label": "5", "points": 1, "earns": "\u628a\u5ba2\u6237\u7684\u610f\u89c1\u53d8\u6210\u6d41\u7a0b\u7684\u6539\u8fdb"}
      ]
    },
    "cooperation": {
      "title": "Cooperation",
      "label": "\u534f\u4f5c\u7cbe\u795e",
      "kind": "gated",
      "levels": [
        {"label": "1", "points": 1, "earns": "\u9075\u5b88\u7ea6\u5b9a\uff0c\u6309\u65f6\u4ea4\u63a5"},
        {"label": "2", "points": 1, "earns": "\u6709\u4eba\u6c42\u52a9\u65f6\u7ed9\u4e88\u5e2e\u52a9"},
        {"label": "3", "points": 1, "earns": "\u4e3b\u52a8\u901a\u62a5\u4e0e\u4ed6\u4eba\u6709\u5173\u7684\u60c5\u51b5"},
        {"label": "4", "points": 1, "earns": "\u610f\u89c1\u4e0d\u540c\u65f6\u4ecd\u7136\u843d\u5b9e\u5171\u540c\u7684\u51b3\u5b9a"},
        {"label": "5", "points": 1, "earns": "\u4fc3\u6210\u5176\u4ed6\u90e8\u95e8\u4e4b\u95f4\u7684\u5408\u4f5c"}
      ]
    },
    "honesty": {
      "title": "Honesty",
      "label": "\u8bda\u5b9e\u5b88\u4fe1",
      "kind": "gated",
      "levels": [
        {"label": "1", "points": 1, "earns": "\u6570\u636e\u771f\u5b9e\uff0c\u4e0d\u9690\u7792"},
        {"label": "2", "points": 1, "earns": "\u627f\u8ba4\u81ea\u5df1\u7684\u5dee\u9519"},
        {"label": "3", "points": 1, "earns": "\u5f53\u9762\u63d0\u51fa\u4e0d\u540c\u610f\u89c1"},
        {"label": "4", "points": 1, "earns": "\u5236\u6b62\u4ed6\u4eba\u5f04\u865a\u4f5c\u5047"},
        {"label": "5", "points": 1, "earns": "\u4f7f\u5236\u5ea6\u5835\u4f4f\u5f04\u865a\u4f5c\u5047\u7684\u673a\u4f1a"}
      ]
    },
    "responsibility": {
      "title": "Responsibility",
      "label": "\u8d23\u4efb\u62c5\u5f53",
      "kind": "gated",
      "levels": [
        {"label": "1", "points": 1, "earns": "\u5b8c\u6210\u5206\u5185\u7684\u5de5\u4f5c"},
        {"label": "2", "points": 1, "earns": "\u9047\u5230\u56f0\u96be\u5148\u60f3\u529e\u6cd5"},
        {"label": "3", "points": 1, "earns": "\u5bf9\u7ed3\u679c\u8d1f\u8d23\uff0c\u4e0d\u63a8\u7ed9\u4ed6\u4eba"},
        {"label": "4", "points": 1, "earns": "\u4e3b\u52a8\u627f\u62c5\u65e0\u4eba\u8d1f\u8d23\u7684\u5de5\u4f5c"},
        {"label": "5", "points": 1, "earns": "\u4f7f\u56e2\u961f\u4e0d\u518d\u51fa\u73b0\u540c\u7c7b\u95ee\u9898"}
      ]
    },
    "learning": {
      "title": "Learning",
      "label": "\u5b66\u4e60\u6210\u957f",
      "kind": "gated",
      "levels": [
        {"label": "1", "points": 1, "earns": "\u638c\u63e1\u672c\u5c97\u4f4d\u7684\u6280\u80fd"},
        {"label": "2", "points": 1, "earns": "\u603b\u7ed3\u6bcf\u6b21\u6d3b\u52a8\u7684\u5f97\u5931"},
        {"label": "3", "points": 1, "earns": "\u5b66\u4e60\u76f8\u90bb\u5c97\u4f4d\u7684\u6280\u80fd"},
        {"label": "4", "points": 1, "earns": "\u628a\u7ecf\u9a8c\u6559\u7ed9\u540c\u4e8b"},
        {"label": "5", "points": 1, "earns": "\u4f7f\u56e2\u961f\u7528\u4e0a\u65b0\u7684\u65b9\u6cd5"}
      ]
    }
  },
  "raters": {
    "*": {"manager": {"label": "\u4e3b\u7ba1\u8bc4\u5206", "weight": 100}, "self": {"label": "\u81ea\u8bc4", "weight": 0}}
  },
  "boxes": {
    "\u9ad8": {
      "\u9ad8": {"label": "\u660e\u661f", "title": "star"},
      "\u4e2d": {"label": "\u725b", "title": "bull"},
      "\u4f4e": {"label": "\u91ce\u72d7", "title": "wild dog"}
    },
    "\u4e2d": {
      "\u9ad8": {"label": "\u725b", "title": "bull"},
      "\u4e2d": {"label": "\u725b", "title": "bull"},
      "\u4f4e": {"label": "\u725b", "title": "bull"}
    },
    "\u4f4e": {
      "\u9ad8": {"label": "\u5c0f\u767d\u5154", "title": "rabbit"},
      "\u4e2d": {"label": "\u725b", "title": "bull"},
      "\u4f4e": {"label": "\u72d7", "title": "dog"}
    }
  },
  "sign_off": [
    {"signer": "second_manager", "act": "approve", "label": "\u4e3b\u7ba1\u7684\u4e0a\u7ea7"},
    {"signer": "hr", "act": "approve", "label": "\u4eba\u529b\u8d44\u6e90\u90e8"}
  ],
  "assumed": [
    "enforcement",
    "least_group",
    "calibration_steps",
    "no_surprise_grade",
    "improvement_grade",
    "dimensions.performance.scale",
    "dimensions.performance.indicators",
    "dimensions.values.gate",
    "dimensions.values.scale",
    "dimensions.values.indicators",
    "indicators"
  ]
}
$document$::jsonb),
('quarterly-operations', $document${
  "code": "quarterly-operations",
  "title": "Quarterly appraisal of platform operations",
  "label": "\u7535\u5546\u5e73\u53f0\u8fd0\u8425\u7ee9\u6548\u8003\u6838\u5236\u5ea6",
  "language": "zh",
  "uses": ["bonus", "promotion", "training"],
  "surveyed": true,
  "scale": "\u4f18\u79c0 >= 90, \u826f\u597d >= 80, \u5408\u683c >= 60, \u4e0d\u5408\u683c",
  "improvement_grade": "\u4e0d\u5408\u683c",
  "goals_set_by": "manager",
  "goals_approved": true,
  "interview": true,
  "appeal_days": 7,
  "periods": {
    "*": {
      "quarter": {},
      "half_year": {"composed_of": "quarter", "combined_by": "mean"},
      "year": {"composed_of": "quarter", "combined_by": "mean"}
    }
  },
  "dimensions": {
    "goals": {
      "position": 1,
      "title": "Department goals",
      "label": "\u90e8\u95e8\u76ee\u6807",
      "weights": {"*": 70},
      "indicators": {
        "*": {"sales": {"weight": 60}, "customer_satisfaction": {"weight": 40}},
        "marketing": {"sales": {"weight": 50}, "conversion": {"weight": 30}, "promotion_return": {"weight": 20}},
        "customer_service": {"customer_satisfaction": {"weight": 60}, "first_response": {"weight": 40}},
        "product": {"sales": {"weight": 40}, "conversion": {"weight": 30}, "listing_on_time": {"weight": 30}},
        "logistics": {
          "dispatched_on_time": {"weight": 60},
          "damage_rate": {"weight": 20},
          "customer_satisfaction": {"weight": 20}
        },
        "data_analysis": {"report_on_time": {"weight": 50}, "report_accuracy": {"weight": 50}}
      }
    },
    "conduct": {
      "position": 2,
      "title": "Conduct of work",
      "label": "\u5de5\u4f5c\u8868\u73b0",
      "weights": {"*": 30},
      "indicators": {
        "*": {"responsibility": {"weight": 40}, "cooperation": {"weight": 30}, "initiative": {"weight": 30}}
      }
    }
  },
  "indicators": {
    "sales": {
      "title": "Sales",
      "label": "\u9500\u552e\u989d",
      "kind": "measured",
      "reads": "attainment",
      "direction": "higher",
      "curve": "linear (0, 0), (1, 100)",
      "unit": "CNY",
      "data_source": "\u9500\u552e\u7cfb\u7edf",
      "frequency": "day",
      "gathering": "sum"
    },
    "customer_satisfaction": {
      "title": "Customer satisfaction",
      "label": "\u5ba2\u6237\u6ee1\u610f\u5ea6",
      "kind": "measured",
      "reads": "attainment",
      "direction": "higher",
      "curve": "linear (0, 0), (1, 100)",
      "unit": "%",
      "data_source": "\u5ba2\u670d\u7cfb\u7edf",
      "frequency": "week",
      "gathering": "mean"
    },
    "conversion": {
      "title": "Conversion rate",
      "label": "\u8f6c\u5316\u7387",
      "kind": "measured",
      "reads": "attainment",
      "direction": "higher",
      "curve": "linear (0, 0), (1, 100)",
      "unit": "%",
      "data_source": "\u8425\u9500\u5de5\u5177",
      "frequency": "day",
      "gathering": "mean"
    },
    "promotion_return": {
      "title": "Return on promotion",
      "label": "\u63a8\u5e7f\u6295\u5165\u4ea7\u51fa\u6bd4",
      "kind": "measured",
      "reads": "attainment",
      "direction": "higher",
      "curve": "linear (0, 0), (1, 100)",
      "unit": "ratio",
      "data_source": "\u8425\u9500\u5de5\u5177",
      "frequency": "week",
      "gathering": "mean"
    },
    "first_response": {
      "title": "Time to first response",
      "label": "\u9996\u6b21\u54cd\u5e94\u65f6\u95f4",
      "kind": "measured",
      "direction": "lower",
      "curve": "linear (30, 100), (60, 80), (180, 0)",
      "unit": "s",
      "data_source": "\u5ba2\u670d\u7cfb\u7edf",
      "frequency": "day",
      "gathering": "mean"
    },
    "listing_on_time": {
      "title": "Listings on time",
      "label": "\u4e0a\u65b0\u53ca\u65f6\u7387",
      "kind": "measured",
      "direction": "higher",
      "curve": "linear (0, 0), (1, 100)",
      "unit": "share",
      "data_source": "\u5546\u54c1\u7cfb\u7edf",
      "frequency": "week",
      "gathering": "mean"
    },
    "dispatched_on_time": {
      "title": "Orders dispatched on time",
      "label": "\u53d1\u8d27\u53ca\u65f6\u7387",
      "kind": "measured",
      "direction": "higher",
      "curve": "linear (0.8, 0), (0.95, 80), (1, 100)",
      "unit": "share",
      "data_source": "\u4ed3\u50a8\u7cfb\u7edf",
      "frequency": "day",
      "gathering": "mean"
    },
    "damage_rate": {
      "title": "Damaged parcels",
      "label": "\u7834\u635f\u7387",
      "kind": "measured",
      "direction": "lower",
      "curve": "linear (0, 100), (0.01, 60), (0.03, 0)",
      "unit": "share",
      "data_source": "\u4ed3\u50a8\u7cfb\u7edf",
      "frequency": "week",
      "gathering": "mean"
    },
    "report_on_time": {
      "title": "Reports on time",
      "label": "\u62a5\u8868\u53ca\u65f6\u7387",
      "kind": "measured",
      "direction": "higher",
      "curve": "linear (0, 0), (1, 100)",
      "unit": "share",
      "data_source": "\u6570\u636e\u5e73\u53f0",
      "frequency": "month",
      "gathering": "mean"
    },
    "report_accuracy": {
      "title": "Correct reports",
      "label": "\u62a5\u8868\u51c6\u786e\u7387",
      "kind": "measured",
      "direction": "higher",
      "curve": "linear (0.8, 0), (1, 100)",
      "unit": "share",
      "data_source": "\u6570\u636e\u5e73\u53f0",
      "frequency": "month",
      "gathering": "mean"
    },
    "responsibility": {"title": "Responsibility", "label": "\u8d23\u4efb\u5fc3", "kind": "rated", "least": 0, "most": 100},
    "cooperation": {"title": "Cooperation", "label": "\u534f\u4f5c\u6027", "kind": "rated", "least": 0, "most": 100},
    "initiative": {"title": "Initiative", "label": "\u4e3b\u52a8\u6027", "kind": "rated", "least": 0, "most": 100}
  },
  "raters": {
    "*": {
      "self": {"label": "\u81ea\u8bc4", "weight": 10},
      "manager": {"label": "\u4e0a\u7ea7\u8bc4\u4ef7", "weight": 70},
      "peer": {"label": "\u540c\u4e8b\u8bc4\u4ef7", "weight": 20, "least_raters": 2}
    }
  },
  "appeals": [{"reviewer": "hr", "label": "\u4eba\u529b\u8d44\u6e90\u90e8", "decision_days": 7}],
  "assumed": [
    "scale",
    "appeal_days",
    "dimensions.goals.weights",
    "dimensions.goals.indicators",
    "dimensions.conduct",
    "indicators",
    "raters.*",
    "appeals[0].decision_days"
  ]
}
$document$::jsonb),
('quarterly-sales-pay', $document${
  "code": "quarterly-sales-pay",
  "title": "Quarterly performance pay in sales",
  "label": "\u85aa\u916c\u7ee9\u6548\u65b9\u6848",
  "language": "zh",
  "uses": ["bonus", "promotion", "training", "pay"],
  "scale": "\u4f18\u79c0 >= 90 : 1.5, \u826f\u597d >= 80 : 1.2, \u5408\u683c >= 60 : 1, \u4e0d\u5408\u683c : 0",
  "periods": {
    "*": {"quarter": {}, "year": {"composed_of": "quarter", "combined_by": "mean"}}
  },
  "dimensions": {
    "sales": {
      "position": 1,
      "title": "Sales",
      "label": "\u9500\u552e",
      "weights": {"*": 40},
      "indicators": {
        "*": {"sales_growth": {"weight": 100}}
      }
    },
    "traffic": {
      "position": 2,
      "title": "Traffic and conversion",
      "label": "\u6d41\u91cf\u4e0e\u8f6c\u5316",
      "weights": {"*": 25},
      "indicators": {
        "*": {"new_visitors": {"weight": 30}, "returning_visitors": {"weight": 30}, "conversion": {"weight": 40}}
      }
    },
    "product": {
      "position": 3,
      "title": "Product management",
      "label": "\u5546\u54c1\u7ba1\u7406",
      "weights": {"*": 20},
      "indicators": {
        "*": {"listing_rate": {"weight": 50}, "stock_turnover": {"weight": 50}}
      }
    },
    "service": {
      "position": 4,
      "title": "Service",
      "label": "\u5ba2\u6237\u670d\u52a1",
      "weights": {"*": 15},
      "indicators": {
        "*": {"customer_satisfaction": {"weight": 60}, "after_sales": {"weight": 40}}
      }
    }
  },
  "indicators": {
    "sales_growth": {
      "title": "Growth of sales",
      "label": "\u9500\u552e\u589e\u957f\u7387",
      "kind": "measured",
      "direction": "higher",
      "curve": "linear (-0.2, 0), (0, 60), (0.2, 100)",
      "unit": "share",
      "data_source": "\u5e97\u94fa\u540e\u53f0",
      "frequency": "month",
      "gathering": "mean"
    },
    "new_visitors": {
      "title": "New visitors",
      "label": "\u65b0\u8bbf\u5ba2\u6570",
      "kind": "measured",
      "reads": "attainment",
      "direction": "higher",
      "curve": "linear (0, 0), (1, 100)",
      "unit": "count",
      "data_source": "\u5e97\u94fa\u540e\u53f0",
      "frequency": "day",
      "gathering": "sum"
    },
    "returning_visitors": {
      "title": "Returning visitors",
      "label": "\u56de\u8bbf\u5ba2\u6570",
      "kind": "measured",
      "reads": "attainment",
      "direction": "higher",
      "curve": "linear (0, 0), (1, 100)",
      "unit": "count",
      "data_source": "\u5e97\u94fa\u540e\u53f0",
      "frequency": "day",
      "gathering": "sum"
    },
    "conversion": {
      "title": "Conversion: sales by visitors",
      "label": "\u8f6c\u5316\u7387",
      "kind": "measured",
      "direction": "higher",
      "curve": "linear (0, 0), (0.03, 100)",
      "unit": "share",
      "data_source": "\u5e97\u94fa\u540e\u53f0",
      "frequency": "day",
      "gathering": "mean"
    },
    "listing_rate": {
      "title": "Goods listed",
      "label": "\u4e0a\u67b6\u7387",
      "kind": "measured",
      "direction": "higher",
      "curve": "linear (0.6, 0), (1, 100)",
      "unit": "share",
      "data_source": "\u5546\u54c1\u7cfb\u7edf",
      "frequency": "week",
      "gathering": "mean"
    },
    "stock_turnover": {
      "title": "Stock turnover",
      "label": "\u5e93\u5b58\u5468\u8f6c\u7387",
      "kind": "measured",
      "reads": "attainment",
      "direction": "higher",
      "curve": "linear (0, 0), (1, 100)",
      "unit": "times",
      "data_source": "\u4ed3\u50a8\u7cfb\u7edf",
      "frequency": "month",
      "gathering": "mean"
    },
    "customer_satisfaction": {
      "title": "Customer satisfaction",
      "label": "\u5ba2\u6237\u6ee1\u610f\u5ea6",
      "kind": "measured",
      "direction": "higher",
      "curve": "linear (0.7, 0), (0.98, 100)",
      "unit": "share",
      "data_source": "\u5ba2\u670d\u7cfb\u7edf",
      "frequency": "month",
      "gathering": "mean"
    },
    "after_sales": {
      "title": "Good after-sales feedback",
      "label": "\u552e\u540e\u597d\u8bc4\u7387",
      "kind": "measured",
      "direction": "higher",
      "curve": "linear (0.7, 0), (0.98, 100)",
      "unit": "share",
      "data_source": "\u5ba2\u670d\u7cfb\u7edf",
      "frequency": "month",
      "gathering": "mean"
    }
  },
  "outcomes": {
    "promotion": {
      "title": "Considered for promotion",
      "label": "\u664b\u5347\u8d44\u683c",
      "period": "year",
      "grade": "\u4f18\u79c0",
      "outcome": "promotion"
    },
    "training": {"title": "Training", "label": "\u57f9\u8bad", "period": "year", "grade": "\u4e0d\u5408\u683c", "outcome": "training"}
  },
  "assumed": ["scale", "dimensions", "indicators", "outcomes"]
}
$document$::jsonb),
('three-level', $document${
  "code": "three-level",
  "title": "Company, centre and station",
  "label": "\u4e09\u7ea7\u7ee9\u6548\u8bc4\u4ef7",
  "language": "zh",
  "subjects": ["unit", "person"],
  "unit_levels": ["company", "centre", "station"],
  "scale": "\u4f18\u79c0 >= 90, \u826f\u597d >= 80, \u5408\u683c >= 60, \u4e0d\u5408\u683c",
  "periods": {
    "*": {"quarter": {}, "year": {"composed_of": "quarter", "combined_by": "mean"}}
  },
  "dimensions": {
    "own": {
      "position": 1,
      "title": "Own results",
      "label": "\u81ea\u8eab\u4e1a\u7ee9",
      "weights": {"*": 70, "company": 100, "centre": 70, "station": 70},
      "indicators": {
        "*": {"tasks": {"weight": 60}, "conduct": {"weight": 40}},
        "company": {"sales": {"weight": 60}, "customer_satisfaction": {"weight": 40}},
        "centre": {"sales": {"weight": 60}, "customer_satisfaction": {"weight": 40}},
        "station": {"sales": {"weight": 50}, "customer_satisfaction": {"weight": 50}}
      }
    },
    "unit": {
      "position": 2,
      "title": "Result of the unit above",
      "label": "\u4e0a\u7ea7\u5355\u4f4d\u7ee9\u6548",
      "weights": {"*": 30, "centre": 30, "station": 30},
      "indicators": {
        "*": {"unit_result": {"weight": 100, "unit_level": "station"}},
        "station": {"unit_result": {"weight": 100, "unit_level": "centre"}},
        "centre": {"unit_result": {"weight": 100, "unit_level": "company"}}
      }
    }
  },
  "indicators": {
    "sales": {
      "title": "Sales",
      "label": "\u9500\u552e\u989d",
      "kind": "measured",
      "reads": "attainment",
      "direction": "higher",
      "curve": "linear (0, 0), (1, 100)",
      "unit": "CNY",
      "data_source": "\u9500\u552e\u7cfb\u7edf",
      "frequency": "day",
      "gathering": "sum"
    },
    "customer_satisfaction": {
      "title": "Customer satisfaction",
      "label": "\u5ba2\u6237\u6ee1\u610f\u5ea6",
      "kind": "measured",
      "reads": "attainment",
      "direction": "higher",
      "curve": "linear (0, 0), (1, 100)",
      "unit": "%",
      "data_source": "\u5ba2\u670d\u7cfb\u7edf",
      "frequency": "week",
      "gathering": "mean"
    },
    "unit_result": {
      "title": "Result of the unit",
      "label": "\u5355\u4f4d\u7ee9\u6548\u5f97\u5206",
      "kind": "measured",
      "direction": "higher",
      "curve": "linear (0, 0), (100, 100)",
      "unit": "points",
      "data_source": "\u5355\u4f4d\u8003\u6838\u7ed3\u679c",
      "frequency": "quarter"
    },
    "tasks": {"title": "Tasks", "label": "\u5de5\u4f5c\u4efb\u52a1", "kind": "rated", "least": 0, "most": 100},
    "conduct": {"title": "Conduct", "label": "\u5de5\u4f5c\u8868\u73b0", "kind": "rated", "least": 0, "most": 100}
  },
  "raters": {
    "*": {"manager": {"label": "\u4e0a\u7ea7", "weight": 100}, "self": {"label": "\u81ea\u8bc4", "weight": 0, "required": false}}
  },
  "assumed": ["scale", "periods", "dimensions", "indicators", "raters"]
}
$document$::jsonb)
$library$;
COMMENT ON FUNCTION appraisal.scheme_library() IS
    'the schemes that load_scheme() knows: code and document of each';
CREATE PROCEDURE appraisal.create_tables() LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $create_tables$
BEGIN
IF to_regclass('appraisal.tables_version') IS NOT NULL THEN
    RETURN;
END IF;
-- Which version of the tables this database has; upgrade_tables() reads it.
CREATE TABLE appraisal.tables_version (
    version integer PRIMARY KEY
);
CREATE UNIQUE INDEX tables_version_is_one_row ON appraisal.tables_version ((true));
COMMENT ON TABLE appraisal.tables_version IS 'version of the tables in this schema: one row';
COMMENT ON COLUMN appraisal.tables_version.version IS 'what create_tables() made or upgrade_tables() brought them to';

INSERT INTO appraisal.tables_version VALUES (1);
-- Who works where, for whom, and since when; and which login is who.

CREATE TABLE appraisal.unit (
    unit_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL
        CONSTRAINT unit_code_is_unique UNIQUE
        CONSTRAINT unit_code_is_not_empty CHECK (code <> ''),
    title text NOT NULL,
    kind text,
    parent_id bigint CONSTRAINT unit_parent_exists REFERENCES appraisal.unit,
    CONSTRAINT unit_is_not_its_own_parent CHECK (parent_id <> unit_id)
);
CREATE INDEX unit_parent_id_idx ON appraisal.unit (parent_id);
COMMENT ON TABLE appraisal.unit IS 'organisational unit: company, centre, department, station, team';
COMMENT ON COLUMN appraisal.unit.unit_id IS 'key';
COMMENT ON COLUMN appraisal.unit.code IS 'stable name by which calls refer to the unit';
COMMENT ON COLUMN appraisal.unit.title IS 'name to show';
COMMENT ON COLUMN appraisal.unit.kind IS 'level of the unit where a scheme tells them apart: company, centre, station';
COMMENT ON COLUMN appraisal.unit.parent_id IS 'unit that this one belongs to; null at the top';

CREATE TABLE appraisal.person (
    person_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL
        CONSTRAINT person_code_is_unique UNIQUE
        CONSTRAINT person_code_is_not_empty CHECK (code <> ''),
    name text NOT NULL,
    hired_on date NOT NULL,
    left_on date,
    CONSTRAINT person_leaves_after_being_hired CHECK (left_on >= hired_on)
);
COMMENT ON TABLE appraisal.person IS 'everybody who is appraised or takes part in appraising';
COMMENT ON COLUMN appraisal.person.person_id IS 'key';
COMMENT ON COLUMN appraisal.person.code IS 'personnel number or the like, by which calls refer to the person';
COMMENT ON COLUMN appraisal.person.name IS 'name to show';
COMMENT ON COLUMN appraisal.person.hired_on IS 'first day of service';
COMMENT ON COLUMN appraisal.person.left_on IS 'first day without service; null while in service';

CREATE TABLE appraisal.posting (
    posting_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id bigint NOT NULL CONSTRAINT posting_person_exists REFERENCES appraisal.person,
    unit_id bigint NOT NULL CONSTRAINT posting_unit_exists REFERENCES appraisal.unit,
    manager_id bigint CONSTRAINT posting_manager_exists REFERENCES appraisal.person,
    job_group text NOT NULL CONSTRAINT posting_job_group_is_not_empty CHECK (job_group <> ''),
    title text,
    during daterange NOT NULL,
    CONSTRAINT posting_manager_is_somebody_else CHECK (manager_id <> person_id),
    CONSTRAINT posting_has_a_first_day CHECK (NOT isempty(during) AND NOT lower_inf(during)),
    -- a person is a range of one, which gist knows without another extension
    CONSTRAINT postings_of_a_person_do_not_overlap
        EXCLUDE USING gist (int8range(person_id, person_id, '[]') WITH &&, during WITH &&)
);
CREATE INDEX posting_person_id_idx ON appraisal.posting (person_id);
CREATE INDEX posting_unit_id_idx ON appraisal.posting (unit_id);
CREATE INDEX posting_manager_id_idx ON appraisal.posting (manager_id);
COMMENT ON TABLE appraisal.posting IS 'where a person works, for whom and as what, from a day to a day';
COMMENT ON COLUMN appraisal.posting.posting_id IS 'key';
COMMENT ON COLUMN appraisal.posting.person_id IS 'who';
COMMENT ON COLUMN appraisal.posting.unit_id IS 'where';
COMMENT ON COLUMN appraisal.posting.manager_id IS 'direct superior; null for who has none';
COMMENT ON COLUMN appraisal.posting.job_group IS 'group of posts that a scheme treats alike: staff, middle_manager and so on';
COMMENT ON COLUMN appraisal.posting.title IS 'the post''s name, to show';
COMMENT ON COLUMN appraisal.posting.during IS 'from the first day to the day after the last one, which may be open';

CREATE TABLE appraisal.account (
    role_name name PRIMARY KEY,
    person_id bigint CONSTRAINT account_person_exists REFERENCES appraisal.person,
    capabilities text[] NOT NULL
        CONSTRAINT account_capabilities_are_known
        CHECK (capabilities <@ ARRAY['hr', 'executive', 'manager', 'employee', 'auditor', 'service']
               AND array_position(capabilities, NULL) IS NULL)
        CONSTRAINT service_acts_for_others_only
        CHECK (NOT 'service' = ANY (capabilities) OR person_id IS NULL AND capabilities = ARRAY['service']),
    CONSTRAINT account_of_a_person_is_one UNIQUE (person_id)
);
COMMENT ON TABLE appraisal.account IS 'database roles that may use the records: who they are and what they may do';
COMMENT ON COLUMN appraisal.account.role_name IS 'database role, as it logs in';
COMMENT ON COLUMN appraisal.account.person_id IS 'who that is; null for logins that are nobody in particular';
COMMENT ON COLUMN appraisal.account.capabilities IS 'any of hr, executive, manager, employee, auditor; or service, alone: acts for the person in the setting appraisal.actor';

CREATE TABLE appraisal.holiday (
    day date PRIMARY KEY,
    title text NOT NULL,
    is_workday boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE appraisal.holiday IS 'days that are not what their weekday says; deadlines in working days heed them';
COMMENT ON COLUMN appraisal.holiday.day IS 'the day';
COMMENT ON COLUMN appraisal.holiday.title IS 'name to show';
COMMENT ON COLUMN appraisal.holiday.is_workday IS 'true for a weekend day that is worked, false for a day off';

-- A unit must not end up below itself. One change of the tree at a time: two that are harmless each
-- could make a loop together.
CREATE FUNCTION appraisal.refuse_loop_of_units() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $trigger$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('appraisal.unit', 0));
    IF EXISTS (
        WITH RECURSIVE above AS (
            SELECT u.unit_id, u.parent_id FROM appraisal.unit AS u WHERE u.unit_id = NEW.parent_id
            UNION
            SELECT u.unit_id, u.parent_id FROM appraisal.unit AS u JOIN above AS a ON u.unit_id = a.parent_id
        )
        SELECT FROM above WHERE unit_id = NEW.unit_id
    ) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('unit "%s" cannot belong to a unit below it', NEW.code),
            HINT = 'Move the lower unit first.';
    END IF;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.refuse_loop_of_units() IS 'trigger: a unit does not belong to itself, however indirectly';
CREATE TRIGGER refuse_loop AFTER INSERT OR UPDATE OF parent_id ON appraisal.unit
    FOR EACH ROW WHEN (NEW.parent_id IS NOT NULL) EXECUTE FUNCTION appraisal.refuse_loop_of_units();
-- Who is asking, and what that one may see.
--
-- Rights follow the login (session_user), so that neither SET ROLE nor a function of somebody else's
-- changes who is asking. These functions belong to the tables' owner and run as such, because they
-- must see accounts and postings that the one who asks may not; each answers about the one who asks
-- and nobody else.

CREATE FUNCTION appraisal.acting_person() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT CASE WHEN 'service' = ANY (a.capabilities)
                THEN (SELECT p.person_id FROM appraisal.person AS p
                      WHERE p.code = nullif(current_setting('appraisal.actor', true), ''))
                ELSE a.person_id END
    FROM appraisal.account AS a
    WHERE a.role_name = session_user
$function$;
COMMENT ON FUNCTION appraisal.acting_person() IS
    'person who is asking: the login''s own, or for a service the one in the setting appraisal.actor';

CREATE FUNCTION appraisal.acting_capabilities() RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT CASE WHEN NOT 'service' = ANY (a.capabilities) THEN a.capabilities
                WHEN actor.person_id IS NULL THEN ARRAY['service']
                ELSE coalesce((SELECT own.capabilities FROM appraisal.account AS own
                               WHERE own.person_id = actor.person_id), ARRAY['employee']) END
    FROM appraisal.account AS a, (SELECT appraisal.acting_person()) AS actor (person_id)
    WHERE a.role_name = session_user
$function$;
COMMENT ON FUNCTION appraisal.acting_capabilities() IS
    'what the one who is asking may do; a person without a login of their own is an employee';

CREATE FUNCTION appraisal.acting_as(capability text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT coalesce($1 = ANY (appraisal.acting_capabilities()), false)
$function$;
COMMENT ON FUNCTION appraisal.acting_as(text) IS 'may the one who is asking act as hr, executive, manager, employee, auditor?';

-- Level by level, each by index: see my_people_then().
CREATE FUNCTION appraisal.my_people() RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $function$
    WITH RECURSIVE below AS (
        SELECT p.person_id
        FROM appraisal.posting AS p
        WHERE p.manager_id = appraisal.acting_person() AND p.during @> current_date
          AND appraisal.acting_as('manager')
        UNION
        SELECT p.person_id
        FROM below AS b
        CROSS JOIN LATERAL (SELECT l.person_id FROM appraisal.posting AS l
                            WHERE l.manager_id = b.person_id AND l.during @> current_date OFFSET 0) AS p
    )
    SELECT b.person_id FROM below AS b
$function$;
COMMENT ON FUNCTION appraisal.my_people() IS
    'everybody below the manager who is asking, today, on whatever level; nobody for others';

REVOKE ALL ON FUNCTION appraisal.acting_person(), appraisal.acting_capabilities(),
    appraisal.acting_as(text), appraisal.my_people(), appraisal.refuse_loop_of_units() FROM PUBLIC;

-- The policies of tables about people. Helpers stand in scalar subselects, so that they run once a
-- statement. Policies of the same name mean the same everywhere; link_account() grants by them.

ALTER TABLE appraisal.person ENABLE ROW LEVEL SECURITY;
CREATE POLICY kept_by_hr ON appraisal.person
    USING ((SELECT appraisal.acting_as('hr'))) WITH CHECK ((SELECT appraisal.acting_as('hr')));
CREATE POLICY seen_by_executives_and_auditors ON appraisal.person FOR SELECT
    USING ((SELECT appraisal.acting_as('executive') OR appraisal.acting_as('auditor')));
CREATE POLICY seen_by_its_person ON appraisal.person FOR SELECT
    USING (person_id = (SELECT appraisal.acting_person()));
CREATE POLICY seen_by_its_managers ON appraisal.person FOR SELECT
    USING (person_id IN (SELECT appraisal.my_people()));

ALTER TABLE appraisal.posting ENABLE ROW LEVEL SECURITY;
CREATE POLICY kept_by_hr ON appraisal.posting
    USING ((SELECT appraisal.acting_as('hr'))) WITH CHECK ((SELECT appraisal.acting_as('hr')));
CREATE POLICY seen_by_executives_and_auditors ON appraisal.posting FOR SELECT
    USING ((SELECT appraisal.acting_as('executive') OR appraisal.acting_as('auditor')));
CREATE POLICY seen_by_its_person ON appraisal.posting FOR SELECT
    USING (person_id = (SELECT appraisal.acting_person()));
CREATE POLICY seen_by_its_managers ON appraisal.posting FOR SELECT
    USING (person_id IN (SELECT appraisal.my_people()));

-- Accounts are made by the tables' owner alone: whoever could make one could make oneself hr.
ALTER TABLE appraisal.account ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen_by_hr_and_auditors ON appraisal.account FOR SELECT
    USING ((SELECT appraisal.acting_as('hr') OR appraisal.acting_as('auditor')));
CREATE POLICY seen_by_its_role ON appraisal.account FOR SELECT USING (role_name = session_user);
-- Who changed what, acting for whom: every change to the records, and a hash chain over it.

CREATE TABLE appraisal.audit_log (
    audit_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    transaction_id xid8 NOT NULL DEFAULT pg_current_xact_id(),
    role_name name NOT NULL,
    actor_id bigint,
    table_name name NOT NULL,
    command text NOT NULL CONSTRAINT audit_command_is_known CHECK (command IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')),
    before jsonb,
    after jsonb
);
COMMENT ON TABLE appraisal.audit_log IS 'every change to the records; rows are added and never changed';
COMMENT ON COLUMN appraisal.audit_log.audit_id IS 'key, in order of writing';
COMMENT ON COLUMN appraisal.audit_log.at IS 'when';
COMMENT ON COLUMN appraisal.audit_log.transaction_id IS 'transaction that made the change';
COMMENT ON COLUMN appraisal.audit_log.role_name IS 'login that made the change';
COMMENT ON COLUMN appraisal.audit_log.actor_id IS 'person for whom the login acted; null if for nobody in particular';
COMMENT ON COLUMN appraisal.audit_log.table_name IS 'table of the changed row';
COMMENT ON COLUMN appraisal.audit_log.command IS 'INSERT, UPDATE, DELETE or TRUNCATE';
COMMENT ON COLUMN appraisal.audit_log.before IS 'the row before the change';
COMMENT ON COLUMN appraisal.audit_log.after IS 'the row after the change';

CREATE TABLE appraisal.audit_seal (
    seal_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sealed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    follows bigint
        CONSTRAINT seal_follows_one_that_is_there REFERENCES appraisal.audit_seal
        CONSTRAINT seals_make_one_chain UNIQUE NULLS NOT DISTINCT,
    audit_ids bigint[] NOT NULL,
    row_hashes bytea[] NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT every_sealed_row_has_a_hash CHECK (cardinality(audit_ids) = cardinality(row_hashes))
);
COMMENT ON TABLE appraisal.audit_seal IS 'hash chain over blocks of the audit log, so that later changes to it show';
COMMENT ON COLUMN appraisal.audit_seal.seal_id IS 'place in the chain';
COMMENT ON COLUMN appraisal.audit_seal.sealed_at IS 'when';
COMMENT ON COLUMN appraisal.audit_seal.follows IS 'seal before it in the chain; null for the first';
COMMENT ON COLUMN appraisal.audit_seal.audit_ids IS 'rows of the block, in order';
COMMENT ON COLUMN appraisal.audit_seal.row_hashes IS 'SHA-256 of each of these rows';
COMMENT ON COLUMN appraisal.audit_seal.hash IS 'SHA-256 of the hash before it and of the row hashes';

-- Written by the tables' owner, whoever makes the change: nobody else can write here. One call a
-- statement, whatever the number of rows. The arguments are the key's columns, at most four, by which the
-- row before and the row after an update are known to be the same.
CREATE FUNCTION appraisal.write_audit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
BEGIN
    CASE TG_OP
    WHEN 'INSERT' THEN
        INSERT INTO appraisal.audit_log (role_name, actor_id, table_name, command, after)
        SELECT session_user, (SELECT appraisal.acting_person()), TG_TABLE_NAME, TG_OP, to_jsonb(n)
        FROM new_rows AS n;
    WHEN 'DELETE' THEN
        INSERT INTO appraisal.audit_log (role_name, actor_id, table_name, command, before)
        SELECT session_user, (SELECT appraisal.acting_person()), TG_TABLE_NAME, TG_OP, to_jsonb(o)
        FROM old_rows AS o;
    WHEN 'UPDATE' THEN
        INSERT INTO appraisal.audit_log (role_name, actor_id, table_name, command, before, after)
        SELECT session_user, (SELECT appraisal.acting_person()), TG_TABLE_NAME, TG_OP, o.before, n.after
        FROM (SELECT r.*, ARRAY[r.before -> TG_ARGV[0], r.before -> TG_ARGV[1], r.before -> TG_ARGV[2],
                                r.before -> TG_ARGV[3]] AS key
              FROM (SELECT to_jsonb(o) AS before FROM old_rows AS o) AS r) AS o
        FULL JOIN (SELECT r.*, ARRAY[r.after -> TG_ARGV[0], r.after -> TG_ARGV[1], r.after -> TG_ARGV[2],
                                     r.after -> TG_ARGV[3]] AS key
                   FROM (SELECT to_jsonb(n) AS after FROM new_rows AS n) AS r) AS n ON n.key = o.key
        WHERE o.before IS DISTINCT FROM n.after;
    ELSE
        INSERT INTO appraisal.audit_log (role_name, actor_id, table_name, command)
        VALUES (session_user, appraisal.acting_person(), TG_TABLE_NAME, TG_OP);
    END CASE;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.write_audit() IS 'trigger: writes the changes of a statement to the audit log';

CREATE FUNCTION appraisal.refuse_any_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $trigger$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'AP007',
        MESSAGE = format('%s is only added to', TG_TABLE_NAME),
        DETAIL = format('%s was tried.', TG_OP);
END
$trigger$;
COMMENT ON FUNCTION appraisal.refuse_any_change() IS 'trigger: rows are never changed or removed';
REVOKE ALL ON FUNCTION appraisal.write_audit(), appraisal.refuse_any_change() FROM PUBLIC;

CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON appraisal.audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_any_change();
CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON appraisal.audit_seal
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_any_change();

ALTER TABLE appraisal.audit_log ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen_by_auditors ON appraisal.audit_log FOR SELECT
    USING ((SELECT appraisal.acting_as('auditor')));
ALTER TABLE appraisal.audit_seal ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen_by_auditors ON appraisal.audit_seal FOR SELECT
    USING ((SELECT appraisal.acting_as('auditor')));

-- Seals all rows that no seal holds: what counts is the row's key, not when its transaction ended, so a
-- row that was written earlier and committed later falls into the next block. Whoever writes to the log
-- never waits for this, nor this for them. It runs as the tables' owner, because HR, who seals, may
-- neither read the log nor write a seal of one's own making.
CREATE PROCEDURE appraisal.seal_audit()
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $procedure$
DECLARE
    last appraisal.audit_seal;
BEGIN
    LOCK TABLE appraisal.audit_seal IN SHARE ROW EXCLUSIVE MODE;
    SELECT s.* INTO last FROM appraisal.audit_seal AS s ORDER BY s.seal_id DESC LIMIT 1;
    INSERT INTO appraisal.audit_seal (follows, audit_ids, row_hashes, hash)
    SELECT last.seal_id, array_agg(b.audit_id ORDER BY b.audit_id), array_agg(b.row_hash ORDER BY b.audit_id),
           sha256(coalesce(last.hash, '') || string_agg(b.row_hash, '' ORDER BY b.audit_id))
    FROM (SELECT l.audit_id, sha256(convert_to(to_jsonb(l)::text, 'UTF8')) AS row_hash
          FROM appraisal.audit_log AS l
          LEFT JOIN (SELECT unnest(s.audit_ids) AS audit_id FROM appraisal.audit_seal AS s) AS sealed USING (audit_id)
          WHERE sealed.audit_id IS NULL) AS b
    HAVING count(*) > 0;
END
$procedure$;
COMMENT ON PROCEDURE appraisal.seal_audit() IS
    'adds a block to the hash chain over the audit log: all rows that are not sealed yet';

CREATE FUNCTION appraisal.verify_audit(OUT audit_id bigint, OUT seal_id bigint, OUT finding text) RETURNS SETOF record
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $function$
    SELECT u.audit_id, s.seal_id, CASE WHEN l.audit_id IS NULL THEN 'row is missing' ELSE 'row was changed' END
    FROM appraisal.audit_seal AS s
    CROSS JOIN unnest(s.audit_ids, s.row_hashes) AS u (audit_id, row_hash)
    LEFT JOIN appraisal.audit_log AS l USING (audit_id)
    WHERE u.row_hash IS DISTINCT FROM sha256(convert_to(to_jsonb(l)::text, 'UTF8'))
    UNION ALL
    SELECT NULL, s.seal_id, 'seal does not follow from the rows and the seal before it'
    FROM appraisal.audit_seal AS s
    LEFT JOIN appraisal.audit_seal AS before ON before.seal_id = s.follows
    WHERE s.hash <> sha256(coalesce(before.hash, '') || (SELECT string_agg(h, '' ORDER BY place)
                                                         FROM unnest(s.row_hashes) WITH ORDINALITY AS u (h, place)))
    ORDER BY 1, 2
$function$;
COMMENT ON FUNCTION appraisal.verify_audit() IS
    'rows of the audit log and seals that were touched after sealing, the first one first; none if all is as it was';
REVOKE ALL ON PROCEDURE appraisal.seal_audit() FROM PUBLIC;
REVOKE ALL ON FUNCTION appraisal.verify_audit() FROM PUBLIC;
-- Schemes: the rules by which people and units are appraised.
--
-- Everything that differs between job groups is a set of rows keyed by
-- job_group, and '*' is the set of all job groups that have none of their
-- own.  A job group's set replaces the set of '*', it does not patch it: so
-- each set is complete, adds up to 100 by itself, and what holds for a person
-- is seen in one place.  Weights, indicators, raters and periods all work so.

CREATE TABLE appraisal.scheme (
    scheme_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL,
    version integer NOT NULL DEFAULT 1,
    parent_id bigint REFERENCES appraisal.scheme,
    status text NOT NULL DEFAULT 'draft',
    valid_from date,
    retired_on date,
    title text NOT NULL,
    label text NOT NULL,
    language text NOT NULL,
    uses text[] NOT NULL DEFAULT '{}',
    adaptable boolean NOT NULL DEFAULT false,
    surveyed boolean NOT NULL DEFAULT false,
    subjects text[] NOT NULL DEFAULT '{person}',
    unit_levels text[] NOT NULL DEFAULT '{}',
    decimals integer NOT NULL DEFAULT 2,
    rounding text NOT NULL DEFAULT 'half_up',
    grade_reads text NOT NULL DEFAULT 'rounded',
    missing text NOT NULL DEFAULT 'block',
    least_coverage numeric,
    scale appraisal.grade_scale,
    quota appraisal.quota,
    enforcement text NOT NULL DEFAULT 'off',
    least_group integer NOT NULL DEFAULT 1,
    calibration_steps integer,
    no_surprise_grade text,
    improvement_grade text,
    goals_set_by text NOT NULL DEFAULT 'none',
    goals_confirmed boolean NOT NULL DEFAULT false,
    goals_approved boolean NOT NULL DEFAULT false,
    target_floor text NOT NULL DEFAULT 'none',
    self_report text[] NOT NULL DEFAULT '{}',
    self_report_days integer,
    interview boolean NOT NULL DEFAULT false,
    comment_topics text[] NOT NULL DEFAULT '{}',
    transfer text NOT NULL DEFAULT 'segments',
    visible_to text[] NOT NULL DEFAULT '{person,manager,hr,executive}',
    appeal_days integer,
    appeal_day_kind text NOT NULL DEFAULT 'calendar',
    assumed text[] NOT NULL DEFAULT '{}',
    CONSTRAINT scheme_code_and_version_are_unique UNIQUE (code, version),
    -- the version in force on a day is the last that began by then
    CONSTRAINT scheme_versions_begin_on_different_days UNIQUE (code, valid_from),
    CONSTRAINT scheme_code_is_a_plain_word CHECK (code ~ '^[a-z][a-z0-9_-]*$'),
    CONSTRAINT scheme_version_is_positive CHECK (version > 0),
    CONSTRAINT scheme_parent_is_another CHECK (parent_id <> scheme_id),
    CONSTRAINT scheme_status_is_known CHECK (status IN ('draft', 'active', 'retired')),
    CONSTRAINT scheme_valid_once_active CHECK ((status = 'draft') = (valid_from IS NULL)),
    CONSTRAINT scheme_retired_has_its_day CHECK ((status = 'retired') = (retired_on IS NOT NULL)),
    CONSTRAINT scheme_retired_not_before_valid CHECK (retired_on >= valid_from),
    CONSTRAINT scheme_names_are_not_empty CHECK (title <> '' AND label <> '' AND language <> ''),
    CONSTRAINT scheme_uses_are_known CHECK
        (uses <@ '{pay,bonus,promotion,training,post,contract,award,mark}'),
    CONSTRAINT scheme_subjects_are_known CHECK (subjects <@ '{person,unit}' AND subjects <> '{}'),
    CONSTRAINT scheme_unit_levels_are_for_units CHECK (unit_levels = '{}' OR 'unit' = ANY (subjects)),
    CONSTRAINT scheme_decimals_are_0_to_8 CHECK (decimals BETWEEN 0 AND 8),
    CONSTRAINT scheme_rounding_is_known CHECK (rounding IN ('half_up', 'down')),
    CONSTRAINT scheme_grade_reads_a_score CHECK (grade_reads IN ('rounded', 'raw')),
    CONSTRAINT scheme_missing_is_known CHECK (missing IN ('block', 'renormalise', 'zero')),
    CONSTRAINT scheme_renormalise_has_least_coverage CHECK
        ((missing = 'renormalise') = (least_coverage IS NOT NULL)),
    CONSTRAINT scheme_least_coverage_is_a_share CHECK (least_coverage > 0 AND least_coverage <= 1),
    CONSTRAINT scheme_quota_has_a_scale CHECK (quota IS NULL OR scale IS NOT NULL),
    -- raises the engine's error, which names the rules in conflict
    CONSTRAINT scheme_quota_fits_scale CHECK (appraisal.check_quota(quota, scale)),
    CONSTRAINT scheme_enforcement_is_known CHECK (enforcement IN ('off', 'warn', 'block')),
    CONSTRAINT scheme_enforcement_has_a_quota CHECK (enforcement = 'off' OR quota IS NOT NULL),
    CONSTRAINT scheme_least_group_is_positive CHECK (least_group > 0),
    CONSTRAINT scheme_calibration_steps_are_not_negative CHECK (calibration_steps >= 0),
    CONSTRAINT scheme_no_surprise_grade_has_a_scale CHECK (no_surprise_grade IS NULL OR scale IS NOT NULL),
    CONSTRAINT scheme_improvement_grade_has_a_scale CHECK (improvement_grade IS NULL OR scale IS NOT NULL),
    CONSTRAINT scheme_goals_are_set_by_somebody CHECK (goals_set_by IN ('none', 'person', 'manager')),
    CONSTRAINT scheme_goals_to_confirm_exist CHECK
        (goals_set_by <> 'none' OR NOT (goals_confirmed OR goals_approved)),
    CONSTRAINT scheme_target_floor_is_known CHECK (target_floor IN ('none', 'last', 'best')),
    CONSTRAINT scheme_self_report_names_periods CHECK
        (self_report <@ '{month,quarter,half_year,year}'),
    CONSTRAINT scheme_self_report_days_need_a_report CHECK
        (self_report_days IS NULL OR (self_report_days >= 0 AND self_report <> '{}')),
    CONSTRAINT scheme_transfer_is_known CHECK (transfer IN ('segments', 'present_unit')),
    CONSTRAINT scheme_visible_to_is_known CHECK
        (visible_to <@ '{person,manager,hr,executive,everyone}'),
    CONSTRAINT scheme_appeal_days_are_positive CHECK (appeal_days > 0),
    CONSTRAINT scheme_appeal_day_kind_is_known CHECK (appeal_day_kind IN ('calendar', 'working'))
);
CREATE UNIQUE INDEX scheme_has_one_active_version ON appraisal.scheme (code) WHERE status = 'active';
CREATE UNIQUE INDEX scheme_has_one_draft ON appraisal.scheme (code) WHERE status = 'draft';
CREATE INDEX scheme_parent_id_idx ON appraisal.scheme (parent_id);
COMMENT ON TABLE appraisal.scheme IS 'a version of an appraisal scheme; immutable once active';
COMMENT ON COLUMN appraisal.scheme.scheme_id IS 'key';
COMMENT ON COLUMN appraisal.scheme.code IS 'the name that procedures take; the same for all versions';
COMMENT ON COLUMN appraisal.scheme.version IS 'counts from 1 for each code';
COMMENT ON COLUMN appraisal.scheme.parent_id IS 'the version that this one was made from: the one it revises, or the scheme that a subsidiary made its own';
COMMENT ON COLUMN appraisal.scheme.status IS 'draft, active or retired; a code has at most one draft and one active version';
COMMENT ON COLUMN appraisal.scheme.valid_from IS 'first day in force; NULL for a draft';
COMMENT ON COLUMN appraisal.scheme.retired_on IS 'first day no longer in force';
COMMENT ON COLUMN appraisal.scheme.title IS 'name in English';
COMMENT ON COLUMN appraisal.scheme.label IS 'name in the scheme''s own language';
COMMENT ON COLUMN appraisal.scheme.language IS 'language of all labels: zh, en, ...';
COMMENT ON COLUMN appraisal.scheme.uses IS 'what results are used for: pay, bonus, promotion, training, post, contract, award, mark';
COMMENT ON COLUMN appraisal.scheme.adaptable IS 'may subsidiaries make a scheme of their own from it (revise_scheme with new_code)?';
COMMENT ON COLUMN appraisal.scheme.surveyed IS 'are staff asked about the scheme, and its effect evaluated?';
COMMENT ON COLUMN appraisal.scheme.subjects IS 'who is appraised: person, unit or both';
COMMENT ON COLUMN appraisal.scheme.unit_levels IS 'kinds of the units that are appraised, highest first; a unit is of the kind that it is given in the organisation';
COMMENT ON COLUMN appraisal.scheme.decimals IS 'decimals of a score';
COMMENT ON COLUMN appraisal.scheme.rounding IS 'how a score is rounded to them: half_up or down';
COMMENT ON COLUMN appraisal.scheme.grade_reads IS 'does a grade read the rounded or the raw score?';
COMMENT ON COLUMN appraisal.scheme.missing IS 'a required rating or measurement is missing: block (no score), renormalise (the weights that are there count) or zero';
COMMENT ON COLUMN appraisal.scheme.least_coverage IS 'least share of the weight that renormalise takes, at most 1';
COMMENT ON COLUMN appraisal.scheme.scale IS 'grades of the total score; NULL for a scheme without grades';
COMMENT ON COLUMN appraisal.scheme.quota IS 'forced distribution of the grades; NULL for none';
COMMENT ON COLUMN appraisal.scheme.enforcement IS 'a quota that does not hold at sign-off: off, warn or block';
COMMENT ON COLUMN appraisal.scheme.least_group IS 'a smaller group joins its parent unit for the forced distribution';
COMMENT ON COLUMN appraisal.scheme.calibration_steps IS 'most grades that calibration may move a person; NULL for any number';
COMMENT ON COLUMN appraisal.scheme.no_surprise_grade IS 'this grade or a worse one needs feedback recorded before';
COMMENT ON COLUMN appraisal.scheme.improvement_grade IS 'this grade or a worse one needs an improvement plan';
COMMENT ON COLUMN appraisal.scheme.goals_set_by IS 'who proposes goals: person, manager, or none when the scheme''s indicators are all';
COMMENT ON COLUMN appraisal.scheme.goals_confirmed IS 'does the person confirm the goals?';
COMMENT ON COLUMN appraisal.scheme.goals_approved IS 'do HR and the department head check goals before they bind?';
COMMENT ON COLUMN appraisal.scheme.target_floor IS 'a proposed target is no worse than: none, the last actual, or the best one';
COMMENT ON COLUMN appraisal.scheme.self_report IS 'periods that ask for a written self-report';
COMMENT ON COLUMN appraisal.scheme.self_report_days IS 'days after the end of the period by which it is due';
COMMENT ON COLUMN appraisal.scheme.interview IS 'does a recorded interview close each appraisal?';
COMMENT ON COLUMN appraisal.scheme.comment_topics IS 'what the rater''s written comment must speak of';
COMMENT ON COLUMN appraisal.scheme.transfer IS 'a change of unit within the period: segments weighted by days, or the present_unit evaluates all of it after asking the former one';
COMMENT ON COLUMN appraisal.scheme.visible_to IS 'who may see a published result; auditors and the role of the tables'' owner always may';
COMMENT ON COLUMN appraisal.scheme.appeal_days IS 'days to file an appeal, from the later of publication and interview; NULL when there is no appeal';
COMMENT ON COLUMN appraisal.scheme.appeal_day_kind IS 'calendar or working days, for all appeal deadlines';
COMMENT ON COLUMN appraisal.scheme.assumed IS 'paths of the scheme''s document whose values the written rules leave open';

CREATE TABLE appraisal.period_rule (
    scheme_id bigint NOT NULL REFERENCES appraisal.scheme ON DELETE CASCADE,
    job_group text NOT NULL,
    period text NOT NULL,
    due_days integer,
    composed_of text,
    combined_by text,
    PRIMARY KEY (scheme_id, job_group, period),
    CONSTRAINT period_rule_job_group_is_not_empty CHECK (job_group <> ''),
    CONSTRAINT period_rule_period_is_known CHECK (period IN ('month', 'quarter', 'half_year', 'year')),
    CONSTRAINT period_rule_due_days_are_not_negative CHECK (due_days >= 0),
    CONSTRAINT period_rule_combination_is_known CHECK (combined_by IN ('mean', 'reference')),
    CONSTRAINT period_rule_combines_periods CHECK ((composed_of IS NULL) = (combined_by IS NULL)),
    CONSTRAINT period_rule_parts_are_shorter CHECK
        (array_position('{month,quarter,half_year,year}', composed_of)
         < array_position('{month,quarter,half_year,year}', period)),
    FOREIGN KEY (scheme_id, job_group, composed_of) REFERENCES appraisal.period_rule
);
CREATE INDEX period_rule_parts_idx ON appraisal.period_rule (scheme_id, job_group, composed_of);
COMMENT ON TABLE appraisal.period_rule IS 'the periods that a scheme appraises, by job group';
COMMENT ON COLUMN appraisal.period_rule.scheme_id IS 'the scheme version';
COMMENT ON COLUMN appraisal.period_rule.job_group IS 'whom it is for; * is all job groups without rows of their own';
COMMENT ON COLUMN appraisal.period_rule.period IS 'month, quarter, half_year or year';
COMMENT ON COLUMN appraisal.period_rule.due_days IS 'days after the end of the period by which results are due';
COMMENT ON COLUMN appraisal.period_rule.composed_of IS 'shorter period whose results this one takes in';
COMMENT ON COLUMN appraisal.period_rule.combined_by IS 'mean: their mean is the result; reference: they are shown to the raters';

CREATE TABLE appraisal.dimension (
    dimension_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    scheme_id bigint NOT NULL REFERENCES appraisal.scheme ON DELETE CASCADE,
    code text NOT NULL,
    "position" integer NOT NULL,
    title text NOT NULL,
    label text NOT NULL,
    gate numeric,
    gate_grade text,
    evidence_below numeric,
    evidence_from numeric,
    scale appraisal.grade_scale,
    box_axis text,
    CONSTRAINT dimension_code_is_unique UNIQUE (scheme_id, code),
    CONSTRAINT dimension_position_is_unique UNIQUE (scheme_id, "position"),
    CONSTRAINT dimension_is_of_its_scheme UNIQUE (scheme_id, dimension_id),
    CONSTRAINT dimension_box_axis_is_unique UNIQUE (scheme_id, box_axis),
    CONSTRAINT dimension_code_is_a_plain_word CHECK (code ~ '^[a-z][a-z0-9_-]*$'),
    CONSTRAINT dimension_position_is_positive CHECK ("position" > 0),
    CONSTRAINT dimension_names_are_not_empty CHECK (title <> '' AND label <> ''),
    CONSTRAINT dimension_gate_caps_the_grade CHECK ((gate IS NULL) = (gate_grade IS NULL)),
    CONSTRAINT dimension_evidence_bounds_are_in_order CHECK (evidence_below <= evidence_from),
    CONSTRAINT dimension_box_axis_is_known CHECK (box_axis IN ('performance', 'values')),
    CONSTRAINT dimension_box_axis_has_a_scale CHECK (box_axis IS NULL OR scale IS NOT NULL)
);
COMMENT ON TABLE appraisal.dimension IS 'a part of the total score';
COMMENT ON COLUMN appraisal.dimension.dimension_id IS 'key';
COMMENT ON COLUMN appraisal.dimension.scheme_id IS 'the scheme version';
COMMENT ON COLUMN appraisal.dimension.code IS 'name within the scheme';
COMMENT ON COLUMN appraisal.dimension."position" IS 'order in which dimensions are shown';
COMMENT ON COLUMN appraisal.dimension.title IS 'name in English';
COMMENT ON COLUMN appraisal.dimension.label IS 'name in the scheme''s language';
COMMENT ON COLUMN appraisal.dimension.gate IS 'a score of the dimension below it caps the final grade';
COMMENT ON COLUMN appraisal.dimension.gate_grade IS 'the best grade that is left then';
COMMENT ON COLUMN appraisal.dimension.evidence_below IS 'a mark below it needs a written case; kept by dimension because marks of one dimension share a range';
COMMENT ON COLUMN appraisal.dimension.evidence_from IS 'a mark of this or above needs a written case';
COMMENT ON COLUMN appraisal.dimension.scale IS 'grades of the dimension''s own score; the boxes read them';
COMMENT ON COLUMN appraisal.dimension.box_axis IS 'the axis of the boxes that this dimension is: performance or values';

CREATE TABLE appraisal.dimension_weight (
    scheme_id bigint NOT NULL,
    dimension_id bigint NOT NULL,
    job_group text NOT NULL,
    weight numeric NOT NULL,
    PRIMARY KEY (scheme_id, dimension_id, job_group),
    CONSTRAINT dimension_weight_job_group_is_not_empty CHECK (job_group <> ''),
    CONSTRAINT dimension_weight_is_0_to_100 CHECK (weight BETWEEN 0 AND 100),
    FOREIGN KEY (scheme_id, dimension_id) REFERENCES appraisal.dimension (scheme_id, dimension_id) ON DELETE CASCADE
);
COMMENT ON TABLE appraisal.dimension_weight IS 'weights of the dimensions, by job group; a dimension without a row is not appraised';
COMMENT ON COLUMN appraisal.dimension_weight.scheme_id IS 'the scheme version';
COMMENT ON COLUMN appraisal.dimension_weight.dimension_id IS 'the dimension';
COMMENT ON COLUMN appraisal.dimension_weight.job_group IS 'whom it is for; * is all job groups without rows of their own';
COMMENT ON COLUMN appraisal.dimension_weight.weight IS 'per cent of the total; those of a job group add up to 100';

-- Indicators are a library: schemes share a definition when it is the same,
-- and what is told apart by code alone (sales over ten years) stays together.
-- A definition that differs is a new version, so no scheme in force changes.
CREATE TABLE appraisal.indicator (
    indicator_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL,
    version integer NOT NULL DEFAULT 1,
    title text NOT NULL,
    label text NOT NULL,
    kind text NOT NULL,
    reads text NOT NULL DEFAULT 'value',
    direction text,
    curve appraisal.score_curve,
    unit text,
    data_source text,
    frequency text,
    gathering text NOT NULL DEFAULT 'latest',
    "least" numeric,
    most numeric,
    CONSTRAINT indicator_code_and_version_are_unique UNIQUE (code, version),
    CONSTRAINT indicator_code_is_a_plain_word CHECK (code ~ '^[a-z][a-z0-9_-]*$'),
    CONSTRAINT indicator_version_is_positive CHECK (version > 0),
    CONSTRAINT indicator_names_are_not_empty CHECK (title <> '' AND label <> ''),
    CONSTRAINT indicator_kind_is_known CHECK (kind IN ('measured', 'rated', 'levels', 'gated')),
    CONSTRAINT indicator_reads_is_known CHECK (reads IN ('value', 'attainment')),
    CONSTRAINT indicator_attainment_is_measured CHECK (reads = 'value' OR kind = 'measured'),
    CONSTRAINT indicator_measured_has_a_direction CHECK (kind <> 'measured' OR direction IS NOT NULL),
    CONSTRAINT indicator_direction_is_known CHECK (direction IN ('higher', 'lower')),
    CONSTRAINT indicator_curve_is_for_measurements CHECK (curve IS NULL OR kind = 'measured'),
    CONSTRAINT indicator_frequency_is_known CHECK
        (frequency IN ('day', 'week', 'month', 'quarter', 'half_year', 'year')),
    CONSTRAINT indicator_gathering_is_known CHECK (gathering IN ('latest', 'sum', 'mean')),
    CONSTRAINT indicator_range_is_for_ratings CHECK (kind = 'rated' OR ("least" IS NULL AND most IS NULL)),
    CONSTRAINT indicator_range_has_two_ends CHECK (("least" IS NULL) = (most IS NULL)),
    CONSTRAINT indicator_range_is_not_empty CHECK ("least" < most)
);
COMMENT ON TABLE appraisal.indicator IS 'library of what is measured or rated; immutable once a scheme that was activated uses it';
COMMENT ON COLUMN appraisal.indicator.indicator_id IS 'key';
COMMENT ON COLUMN appraisal.indicator.code IS 'name; the same for all versions';
COMMENT ON COLUMN appraisal.indicator.version IS 'counts from 1 for each code; another definition is another version';
COMMENT ON COLUMN appraisal.indicator.title IS 'name in English';
COMMENT ON COLUMN appraisal.indicator.label IS 'name in the scheme''s language';
COMMENT ON COLUMN appraisal.indicator.kind IS 'measured: points by a curve; rated: a mark from a range or a list; levels: one of some labels with points; gated: levels passed in order';
COMMENT ON COLUMN appraisal.indicator.reads IS 'what the curve reads: the measured value, or its attainment of the target (1 is met)';
COMMENT ON COLUMN appraisal.indicator.direction IS 'are higher or lower figures better? Wanted of ratings, too, if their targets have a floor';
COMMENT ON COLUMN appraisal.indicator.curve IS 'from measurement to points, unless the scheme has its own';
COMMENT ON COLUMN appraisal.indicator.unit IS 'unit of measure';
COMMENT ON COLUMN appraisal.indicator.data_source IS 'the system or office that the figures come from';
COMMENT ON COLUMN appraisal.indicator.frequency IS 'how often they are collected: day, week, month, quarter, half_year or year';
COMMENT ON COLUMN appraisal.indicator.gathering IS 'what several measurements in a cycle come to: latest, sum or mean';
COMMENT ON COLUMN appraisal.indicator."least" IS 'lowest mark of a range';
COMMENT ON COLUMN appraisal.indicator.most IS 'highest mark of a range';

CREATE TABLE appraisal.indicator_level (
    indicator_id bigint NOT NULL REFERENCES appraisal.indicator ON DELETE CASCADE,
    "position" integer NOT NULL,
    label text NOT NULL,
    points numeric NOT NULL,
    "least" numeric,
    earns text,
    PRIMARY KEY (indicator_id, "position"),
    CONSTRAINT indicator_level_label_is_unique UNIQUE (indicator_id, label),
    CONSTRAINT indicator_level_position_is_positive CHECK ("position" > 0),
    CONSTRAINT indicator_level_label_is_not_empty CHECK (label <> ''),
    CONSTRAINT indicator_level_range_is_in_order CHECK ("least" <= points)
);
COMMENT ON TABLE appraisal.indicator_level IS 'marks of a rated indicator, levels of one with levels, or the levels to pass in order of a gated one';
COMMENT ON COLUMN appraisal.indicator_level.indicator_id IS 'the indicator';
COMMENT ON COLUMN appraisal.indicator_level."position" IS 'order: as listed; gated levels are passed in this order';
COMMENT ON COLUMN appraisal.indicator_level.label IS 'name of the mark or level';
COMMENT ON COLUMN appraisal.indicator_level.points IS 'what it gives; the most when it is a range of points';
COMMENT ON COLUMN appraisal.indicator_level."least" IS 'least points of a level that is a range; NULL for one that is not';
COMMENT ON COLUMN appraisal.indicator_level.earns IS 'what earns it';

CREATE TABLE appraisal.scheme_indicator (
    scheme_indicator_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    scheme_id bigint NOT NULL,
    dimension_id bigint NOT NULL,
    job_group text NOT NULL,
    indicator_id bigint NOT NULL REFERENCES appraisal.indicator,
    weight numeric NOT NULL,
    curve appraisal.score_curve,
    target numeric,
    unit_level text,
    CONSTRAINT scheme_indicator_is_used_once UNIQUE (scheme_id, dimension_id, job_group, indicator_id),
    CONSTRAINT scheme_indicator_job_group_is_not_empty CHECK (job_group <> ''),
    CONSTRAINT scheme_indicator_weight_is_0_to_100 CHECK (weight BETWEEN 0 AND 100),
    CONSTRAINT scheme_indicator_target_is_finite CHECK (target NOT IN ('NaN', 'Infinity', '-Infinity')),
    FOREIGN KEY (scheme_id, dimension_id) REFERENCES appraisal.dimension (scheme_id, dimension_id) ON DELETE CASCADE
);
CREATE INDEX scheme_indicator_indicator_id_idx ON appraisal.scheme_indicator (indicator_id);
COMMENT ON TABLE appraisal.scheme_indicator IS 'an indicator in a dimension, by job group';
COMMENT ON COLUMN appraisal.scheme_indicator.scheme_indicator_id IS 'key';
COMMENT ON COLUMN appraisal.scheme_indicator.scheme_id IS 'the scheme version';
COMMENT ON COLUMN appraisal.scheme_indicator.dimension_id IS 'the dimension';
COMMENT ON COLUMN appraisal.scheme_indicator.job_group IS 'whom it is for; * is all job groups without rows of their own in this dimension';
COMMENT ON COLUMN appraisal.scheme_indicator.indicator_id IS 'the indicator';
COMMENT ON COLUMN appraisal.scheme_indicator.weight IS 'per cent of the dimension; those of a job group add up to 100';
COMMENT ON COLUMN appraisal.scheme_indicator.curve IS 'the scheme''s own curve instead of the library''s';
COMMENT ON COLUMN appraisal.scheme_indicator.target IS 'target unless a goal sets another';
COMMENT ON COLUMN appraisal.scheme_indicator.unit_level IS 'the measurement is the result of the person''s unit on this level of the scheme''s unit_levels';

CREATE TABLE appraisal.rater_rule (
    rater_rule_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    scheme_id bigint NOT NULL REFERENCES appraisal.scheme ON DELETE CASCADE,
    job_group text NOT NULL,
    source text NOT NULL,
    label text NOT NULL,
    weight numeric NOT NULL,
    least_raters integer NOT NULL DEFAULT 1,
    trim integer NOT NULL DEFAULT 0,
    anonymous boolean NOT NULL DEFAULT false,
    required boolean NOT NULL DEFAULT true,
    period text,
    delegate text,
    CONSTRAINT rater_rule_source_is_unique UNIQUE (scheme_id, job_group, source),
    CONSTRAINT rater_rule_job_group_is_not_empty CHECK (job_group <> ''),
    CONSTRAINT rater_rule_source_is_known CHECK
        (source IN ('self', 'manager', 'second_manager', 'top_manager', 'peer', 'subordinate', 'customer', 'related', 'colleague', 'hr')),
    CONSTRAINT rater_rule_label_is_not_empty CHECK (label <> ''),
    CONSTRAINT rater_rule_weight_is_0_to_100 CHECK (weight BETWEEN 0 AND 100),
    CONSTRAINT rater_rule_least_raters_are_positive CHECK (least_raters > 0),
    CONSTRAINT rater_rule_trim_is_not_negative CHECK (trim >= 0),
    -- of two raters each knows the other's mark from the mean
    CONSTRAINT rater_rule_anonymous_takes_three CHECK (NOT anonymous OR least_raters >= 3),
    CONSTRAINT rater_rule_self_is_one CHECK
        (source <> 'self' OR (least_raters = 1 AND trim = 0 AND NOT anonymous AND delegate IS NULL)),
    CONSTRAINT rater_rule_period_is_known CHECK (period IN ('month', 'quarter', 'half_year', 'year')),
    CONSTRAINT rater_rule_delegate_is_another CHECK (delegate <> source),
    CONSTRAINT rater_rule_delegate_is_known CHECK (delegate IN ('manager', 'second_manager', 'top_manager', 'hr'))
);
COMMENT ON TABLE appraisal.rater_rule IS 'who rates, by job group';
COMMENT ON COLUMN appraisal.rater_rule.rater_rule_id IS 'key';
COMMENT ON COLUMN appraisal.rater_rule.scheme_id IS 'the scheme version';
COMMENT ON COLUMN appraisal.rater_rule.job_group IS 'whom it is for; * is all job groups without rows of their own';
COMMENT ON COLUMN appraisal.rater_rule.source IS 'self; manager, second_manager (the manager''s own), top_manager; peer, subordinate, customer, related (staff who work with the person), colleague (everybody), hr';
COMMENT ON COLUMN appraisal.rater_rule.label IS 'name of the source in the scheme''s language';
COMMENT ON COLUMN appraisal.rater_rule.weight IS 'per cent of a rating; 0 is collected and does not count; those of a job group add up to 100';
COMMENT ON COLUMN appraisal.rater_rule.least_raters IS 'fewer than this is missing, and is shown to nobody';
COMMENT ON COLUMN appraisal.rater_rule.trim IS 'how many highest and lowest ratings are left out of the mean';
COMMENT ON COLUMN appraisal.rater_rule.anonymous IS 'is the person never told who rated?';
COMMENT ON COLUMN appraisal.rater_rule.required IS 'is the score missing without it?';
COMMENT ON COLUMN appraisal.rater_rule.period IS 'only in periods of this kind; NULL for all';
COMMENT ON COLUMN appraisal.rater_rule.delegate IS 'the source that a rater may delegate to';

CREATE TABLE appraisal.box (
    scheme_id bigint NOT NULL REFERENCES appraisal.scheme ON DELETE CASCADE,
    performance_grade text NOT NULL,
    values_grade text NOT NULL,
    label text NOT NULL,
    title text NOT NULL,
    PRIMARY KEY (scheme_id, performance_grade, values_grade),
    CONSTRAINT box_names_are_not_empty CHECK (title <> '' AND label <> '')
);
COMMENT ON TABLE appraisal.box IS 'a name for each pair of grades on the two box axes';
COMMENT ON COLUMN appraisal.box.scheme_id IS 'the scheme version';
COMMENT ON COLUMN appraisal.box.performance_grade IS 'grade of the dimension that is the performance axis';
COMMENT ON COLUMN appraisal.box.values_grade IS 'grade of the dimension that is the values axis';
COMMENT ON COLUMN appraisal.box.label IS 'name of the box in the scheme''s language';
COMMENT ON COLUMN appraisal.box.title IS 'name in English';

CREATE TABLE appraisal.outcome_rule (
    outcome_rule_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    scheme_id bigint NOT NULL REFERENCES appraisal.scheme ON DELETE CASCADE,
    code text NOT NULL,
    title text NOT NULL,
    label text NOT NULL,
    subject text NOT NULL DEFAULT 'person',
    period text NOT NULL,
    grade text NOT NULL,
    compares text NOT NULL DEFAULT 'equal',
    run integer NOT NULL DEFAULT 1,
    service_years integer,
    after_training boolean NOT NULL DEFAULT false,
    outcome text NOT NULL,
    amount numeric,
    CONSTRAINT outcome_rule_code_is_unique UNIQUE (scheme_id, code),
    CONSTRAINT outcome_rule_code_is_a_plain_word CHECK (code ~ '^[a-z][a-z0-9_-]*$'),
    CONSTRAINT outcome_rule_names_are_not_empty CHECK (title <> '' AND label <> ''),
    CONSTRAINT outcome_rule_subject_is_known CHECK (subject IN ('person', 'unit')),
    CONSTRAINT outcome_rule_period_is_known CHECK (period IN ('month', 'quarter', 'half_year', 'year')),
    CONSTRAINT outcome_rule_comparison_is_known CHECK (compares IN ('equal', 'or_better', 'or_worse')),
    CONSTRAINT outcome_rule_run_is_positive CHECK (run > 0),
    CONSTRAINT outcome_rule_service_years_are_positive CHECK (service_years > 0),
    CONSTRAINT outcome_rule_outcome_is_known CHECK
        (outcome IN ('warning', 'bonus', 'bonus_lost', 'reward', 'title', 'pay_step', 'promotion', 'training', 'post_change',
                     'contract_open_ended', 'contract_ended', 'award')),
    CONSTRAINT outcome_rule_amount_is_finite CHECK (amount NOT IN ('NaN', 'Infinity', '-Infinity'))
);
COMMENT ON TABLE appraisal.outcome_rule IS 'what a grade, or a run of grades, leads to';
COMMENT ON COLUMN appraisal.outcome_rule.outcome_rule_id IS 'key';
COMMENT ON COLUMN appraisal.outcome_rule.scheme_id IS 'the scheme version';
COMMENT ON COLUMN appraisal.outcome_rule.code IS 'name within the scheme';
COMMENT ON COLUMN appraisal.outcome_rule.title IS 'name in English';
COMMENT ON COLUMN appraisal.outcome_rule.label IS 'name in the scheme''s language';
COMMENT ON COLUMN appraisal.outcome_rule.subject IS 'whose result is read: person or unit';
COMMENT ON COLUMN appraisal.outcome_rule.period IS 'results of these periods';
COMMENT ON COLUMN appraisal.outcome_rule.grade IS 'the grade';
COMMENT ON COLUMN appraisal.outcome_rule.compares IS 'equal: this grade; or_better, or_worse: this or a better or worse one';
COMMENT ON COLUMN appraisal.outcome_rule.run IS 'for so many periods on end';
COMMENT ON COLUMN appraisal.outcome_rule.service_years IS 'only after so many years of service without a break';
COMMENT ON COLUMN appraisal.outcome_rule.after_training IS 'only if the person was trained in between';
COMMENT ON COLUMN appraisal.outcome_rule.outcome IS 'the consequence: warning, bonus, bonus_lost, reward, title, pay_step, promotion, training, post_change, contract_open_ended, contract_ended, award';
COMMENT ON COLUMN appraisal.outcome_rule.amount IS 'money, or pay steps';

CREATE TABLE appraisal.sign_off_rule (
    scheme_id bigint NOT NULL REFERENCES appraisal.scheme ON DELETE CASCADE,
    step integer NOT NULL,
    signer text NOT NULL,
    act text NOT NULL,
    label text NOT NULL,
    due_days integer,
    PRIMARY KEY (scheme_id, step),
    CONSTRAINT sign_off_rule_step_is_positive CHECK (step > 0),
    CONSTRAINT sign_off_rule_signer_is_known CHECK
        (signer IN ('unit_head', 'division_head', 'second_manager', 'hr', 'executive', 'meeting')),
    CONSTRAINT sign_off_rule_act_is_known CHECK (act IN ('submit', 'check', 'approve', 'archive')),
    CONSTRAINT sign_off_rule_label_is_not_empty CHECK (label <> ''),
    CONSTRAINT sign_off_rule_due_days_are_not_negative CHECK (due_days >= 0)
);
COMMENT ON TABLE appraisal.sign_off_rule IS 'the chain of signatures before results bind';
COMMENT ON COLUMN appraisal.sign_off_rule.scheme_id IS 'the scheme version';
COMMENT ON COLUMN appraisal.sign_off_rule.step IS 'order';
COMMENT ON COLUMN appraisal.sign_off_rule.signer IS 'unit_head, division_head, second_manager (the rater''s own superior), hr, executive or meeting';
COMMENT ON COLUMN appraisal.sign_off_rule.act IS 'submit, check, approve or archive';
COMMENT ON COLUMN appraisal.sign_off_rule.label IS 'the signer''s post in the scheme''s language';
COMMENT ON COLUMN appraisal.sign_off_rule.due_days IS 'days after the end of the period by which it is due';

CREATE TABLE appraisal.appeal_rule (
    scheme_id bigint NOT NULL REFERENCES appraisal.scheme ON DELETE CASCADE,
    level integer NOT NULL,
    reviewer text NOT NULL,
    label text NOT NULL,
    decision_days integer,
    PRIMARY KEY (scheme_id, level),
    CONSTRAINT appeal_rule_level_is_positive CHECK (level > 0),
    CONSTRAINT appeal_rule_reviewer_is_known CHECK (reviewer IN ('leader', 'hr', 'executive')),
    CONSTRAINT appeal_rule_reviewer_is_unique UNIQUE (scheme_id, reviewer),
    CONSTRAINT appeal_rule_label_is_not_empty CHECK (label <> ''),
    CONSTRAINT appeal_rule_decision_days_are_positive CHECK (decision_days > 0)
);
COMMENT ON TABLE appraisal.appeal_rule IS 'who hears an appeal, level by level';
COMMENT ON COLUMN appraisal.appeal_rule.scheme_id IS 'the scheme version';
COMMENT ON COLUMN appraisal.appeal_rule.level IS 'order, first to last';
COMMENT ON COLUMN appraisal.appeal_rule.reviewer IS 'leader, hr or executive';
COMMENT ON COLUMN appraisal.appeal_rule.label IS 'the reviewer''s post in the scheme''s language';
COMMENT ON COLUMN appraisal.appeal_rule.decision_days IS 'days in which the level decides; NULL for no limit';

CREATE TRIGGER keep_scheme BEFORE INSERT OR UPDATE OR DELETE ON appraisal.scheme
    FOR EACH ROW EXECUTE FUNCTION appraisal.keep_scheme();
CREATE TRIGGER keep_scheme_rule BEFORE INSERT OR UPDATE OR DELETE ON appraisal.period_rule
    FOR EACH ROW EXECUTE FUNCTION appraisal.keep_scheme_rule();
CREATE TRIGGER keep_scheme_rule BEFORE INSERT OR UPDATE OR DELETE ON appraisal.dimension
    FOR EACH ROW EXECUTE FUNCTION appraisal.keep_scheme_rule();
CREATE TRIGGER keep_scheme_rule BEFORE INSERT OR UPDATE OR DELETE ON appraisal.dimension_weight
    FOR EACH ROW EXECUTE FUNCTION appraisal.keep_scheme_rule();
CREATE TRIGGER keep_scheme_rule BEFORE INSERT OR UPDATE OR DELETE ON appraisal.scheme_indicator
    FOR EACH ROW EXECUTE FUNCTION appraisal.keep_scheme_rule();
CREATE TRIGGER keep_scheme_rule BEFORE INSERT OR UPDATE OR DELETE ON appraisal.rater_rule
    FOR EACH ROW EXECUTE FUNCTION appraisal.keep_scheme_rule();
CREATE TRIGGER keep_scheme_rule BEFORE INSERT OR UPDATE OR DELETE ON appraisal.box
    FOR EACH ROW EXECUTE FUNCTION appraisal.keep_scheme_rule();
CREATE TRIGGER keep_scheme_rule BEFORE INSERT OR UPDATE OR DELETE ON appraisal.outcome_rule
    FOR EACH ROW EXECUTE FUNCTION appraisal.keep_scheme_rule();
CREATE TRIGGER keep_scheme_rule BEFORE INSERT OR UPDATE OR DELETE ON appraisal.sign_off_rule
    FOR EACH ROW EXECUTE FUNCTION appraisal.keep_scheme_rule();
CREATE TRIGGER keep_scheme_rule BEFORE INSERT OR UPDATE OR DELETE ON appraisal.appeal_rule
    FOR EACH ROW EXECUTE FUNCTION appraisal.keep_scheme_rule();
CREATE TRIGGER keep_indicator BEFORE UPDATE OR DELETE ON appraisal.indicator
    FOR EACH ROW EXECUTE FUNCTION appraisal.keep_indicator();
CREATE TRIGGER keep_indicator BEFORE INSERT OR UPDATE OR DELETE ON appraisal.indicator_level
    FOR EACH ROW EXECUTE FUNCTION appraisal.keep_indicator();

-- What a scheme's document says of an indicator: every key, also those that
-- have their default.
CREATE VIEW appraisal.indicator_document WITH (security_invoker = true) AS
SELECT i.indicator_id, i.code, i.version,
       to_jsonb(i) - '{indicator_id,code,version}'::text[]
       || jsonb_build_object('levels', coalesce(l.levels, '[]')) AS document
FROM appraisal.indicator AS i
LEFT JOIN (
    SELECT x.indicator_id,
           jsonb_agg(jsonb_strip_nulls(to_jsonb(x) - '{indicator_id,position}'::text[]) ORDER BY x."position") AS levels
    FROM appraisal.indicator_level AS x GROUP BY x.indicator_id
) AS l USING (indicator_id);
COMMENT ON VIEW appraisal.indicator_document IS 'indicators as a scheme''s document writes them, defaults included';
COMMENT ON COLUMN appraisal.indicator_document.indicator_id IS 'key';
COMMENT ON COLUMN appraisal.indicator_document.code IS 'name; the same for all versions';
COMMENT ON COLUMN appraisal.indicator_document.version IS 'version of the indicator';
COMMENT ON COLUMN appraisal.indicator_document.document IS 'its definition';
-- Appraisal cycles: who is appraised, towards which goals, with what figures.
--
-- A participant is a person (or a unit) in a cycle, as posted then: a snapshot, so that later moves
-- change nothing. Who moved within the period is there once a segment; the leading one, which holds on
-- the cohort date, carries the result.

CREATE TABLE appraisal.cycle (
    cycle_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL
        CONSTRAINT cycle_code_is_unique UNIQUE
        CONSTRAINT cycle_code_is_not_empty CHECK (code <> ''),
    title text NOT NULL,
    scheme_id bigint NOT NULL CONSTRAINT cycle_scheme_exists REFERENCES appraisal.scheme,
    period text NOT NULL CONSTRAINT cycle_period_is_known CHECK (period IN ('month', 'quarter', 'half_year', 'year')),
    during daterange NOT NULL,
    cohort_date date NOT NULL,
    reviews_due date,
    status text NOT NULL DEFAULT 'draft'
        CONSTRAINT cycle_status_is_known CHECK (status IN ('draft', 'goals', 'scoring', 'calibration', 'published', 'closed')),
    calibration_began timestamptz,
    reopened_because text CONSTRAINT cycle_reason_is_not_empty CHECK (reopened_because <> ''),
    CONSTRAINT cycle_is_of_whole_days CHECK (NOT isempty(during) AND NOT lower_inf(during) AND NOT upper_inf(during)),
    CONSTRAINT cycle_cohort_date_is_within CHECK (during @> cohort_date)
);
CREATE INDEX cycle_scheme_id_idx ON appraisal.cycle (scheme_id);
COMMENT ON TABLE appraisal.cycle IS 'an appraisal by a scheme for a period';
COMMENT ON COLUMN appraisal.cycle.cycle_id IS 'key';
COMMENT ON COLUMN appraisal.cycle.code IS 'stable name by which calls refer to the cycle';
COMMENT ON COLUMN appraisal.cycle.title IS 'name to show';
COMMENT ON COLUMN appraisal.cycle.scheme_id IS 'the scheme version by which it goes';
COMMENT ON COLUMN appraisal.cycle.period IS 'kind of period: month, quarter, half_year or year';
COMMENT ON COLUMN appraisal.cycle.during IS 'the period, to the day after its last one';
COMMENT ON COLUMN appraisal.cycle.cohort_date IS 'day whose unit and superior count; the last of the period unless said otherwise';
COMMENT ON COLUMN appraisal.cycle.reviews_due IS 'last day for reviews; a later one is marked late';
COMMENT ON COLUMN appraisal.cycle.status IS 'draft, goals, scoring, calibration, published or closed';
COMMENT ON COLUMN appraisal.cycle.calibration_began IS 'when reviews were closed; a concern told after that comes too late';
COMMENT ON COLUMN appraisal.cycle.reopened_because IS 'why it was last taken back a step';

CREATE TABLE appraisal.participant (
    cycle_id bigint NOT NULL CONSTRAINT participant_cycle_exists REFERENCES appraisal.cycle,
    participant_id bigint GENERATED ALWAYS AS IDENTITY,
    person_id bigint CONSTRAINT participant_person_exists REFERENCES appraisal.person,
    appraised_unit_id bigint CONSTRAINT participant_appraised_unit_exists REFERENCES appraisal.unit,
    segment integer NOT NULL DEFAULT 1 CONSTRAINT participant_segment_is_positive CHECK (segment > 0),
    segment_days integer NOT NULL CONSTRAINT participant_segment_days_are_positive CHECK (segment_days > 0),
    leads boolean NOT NULL DEFAULT true,
    unit_id bigint NOT NULL CONSTRAINT participant_unit_exists REFERENCES appraisal.unit,
    manager_id bigint CONSTRAINT participant_manager_exists REFERENCES appraisal.person,
    job_group text NOT NULL CONSTRAINT participant_job_group_is_not_empty CHECK (job_group <> ''),
    exempt_because text CONSTRAINT participant_exemption_has_a_reason CHECK (exempt_because <> ''),
    PRIMARY KEY (cycle_id, participant_id),
    CONSTRAINT participant_is_a_person_or_a_unit CHECK (num_nonnulls(person_id, appraised_unit_id) = 1),
    CONSTRAINT participant_manager_is_somebody_else CHECK (manager_id <> person_id),
    CONSTRAINT participant_person_is_once_a_segment UNIQUE (cycle_id, person_id, segment),
    CONSTRAINT participant_unit_is_once UNIQUE (cycle_id, appraised_unit_id)
);
CREATE UNIQUE INDEX participant_person_leads_once ON appraisal.participant (cycle_id, person_id) WHERE leads;
CREATE INDEX participant_person_id_idx ON appraisal.participant (person_id);
CREATE INDEX participant_manager_id_idx ON appraisal.participant (manager_id, cycle_id);
CREATE INDEX participant_unit_id_idx ON appraisal.participant (unit_id, cycle_id);
CREATE INDEX participant_appraised_unit_id_idx ON appraisal.participant (appraised_unit_id);
COMMENT ON TABLE appraisal.participant IS 'who is appraised in a cycle, as posted then; once a segment for who moved within it';
COMMENT ON COLUMN appraisal.participant.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.participant.participant_id IS 'key within the cycle';
COMMENT ON COLUMN appraisal.participant.person_id IS 'the person; null for a unit that is appraised';
COMMENT ON COLUMN appraisal.participant.appraised_unit_id IS 'the unit that is appraised; null for a person';
COMMENT ON COLUMN appraisal.participant.segment IS 'counts the postings of the period from 1';
COMMENT ON COLUMN appraisal.participant.segment_days IS 'days of the segment; segments weigh by them';
COMMENT ON COLUMN appraisal.participant.leads IS 'is this the segment of the cohort date, which carries the result?';
COMMENT ON COLUMN appraisal.participant.unit_id IS 'where the person was posted; the unit itself for a unit';
COMMENT ON COLUMN appraisal.participant.manager_id IS 'direct superior then; who answers for a unit';
COMMENT ON COLUMN appraisal.participant.job_group IS 'job group then; the kind of unit for a unit';
COMMENT ON COLUMN appraisal.participant.exempt_because IS 'why there is no appraisal; null for who is appraised';

CREATE TABLE appraisal.goal (
    cycle_id bigint NOT NULL,
    goal_id bigint GENERATED ALWAYS AS IDENTITY,
    participant_id bigint NOT NULL,
    scheme_indicator_id bigint NOT NULL CONSTRAINT goal_indicator_exists REFERENCES appraisal.scheme_indicator,
    title text NOT NULL CONSTRAINT goal_title_is_not_empty CHECK (title <> ''),
    earns text,
    weight numeric NOT NULL CONSTRAINT goal_weight_is_0_to_100 CHECK (weight BETWEEN 0 AND 100),
    target numeric CONSTRAINT goal_target_is_finite CHECK (target NOT IN ('NaN', 'Infinity', '-Infinity')),
    floor numeric,
    proposed_by bigint CONSTRAINT goal_proposer_exists REFERENCES appraisal.person,
    adjusted_by bigint CONSTRAINT goal_adjuster_exists REFERENCES appraisal.person,
    adjusted_because text,
    confirmed_at timestamptz,
    approved_by_head bigint CONSTRAINT goal_head_exists REFERENCES appraisal.person,
    approved_by_hr name,
    PRIMARY KEY (cycle_id, goal_id),
    CONSTRAINT goal_participant_exists FOREIGN KEY (cycle_id, participant_id) REFERENCES appraisal.participant,
    CONSTRAINT goal_is_one_an_indicator UNIQUE (cycle_id, participant_id, scheme_indicator_id),
    CONSTRAINT goal_adjustment_has_a_reason CHECK (adjusted_by IS NULL OR coalesce(adjusted_because, '') <> '')
);
CREATE INDEX goal_scheme_indicator_id_idx ON appraisal.goal (scheme_indicator_id);
CREATE INDEX goal_proposed_by_idx ON appraisal.goal (proposed_by);
CREATE INDEX goal_adjusted_by_idx ON appraisal.goal (adjusted_by);
CREATE INDEX goal_approved_by_head_idx ON appraisal.goal (approved_by_head);
COMMENT ON TABLE appraisal.goal IS 'what a participant is to reach: an indicator of the scheme with a target of one''s own';
COMMENT ON COLUMN appraisal.goal.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.goal.goal_id IS 'key within the cycle';
COMMENT ON COLUMN appraisal.goal.participant_id IS 'whose goal';
COMMENT ON COLUMN appraisal.goal.scheme_indicator_id IS 'the indicator in its dimension';
COMMENT ON COLUMN appraisal.goal.title IS 'the goal in words; the indicator''s name unless said otherwise';
COMMENT ON COLUMN appraisal.goal.earns IS 'what earns which mark, in words';
COMMENT ON COLUMN appraisal.goal.weight IS 'per cent of the dimension; those of a participant add up to 100';
COMMENT ON COLUMN appraisal.goal.target IS 'target; null where the indicator has none';
COMMENT ON COLUMN appraisal.goal.floor IS 'last or best earlier actual, than which a proposed target is no worse';
COMMENT ON COLUMN appraisal.goal.proposed_by IS 'who proposed it; null for a login that is nobody in particular';
COMMENT ON COLUMN appraisal.goal.adjusted_by IS 'who changed it last since';
COMMENT ON COLUMN appraisal.goal.adjusted_because IS 'why';
COMMENT ON COLUMN appraisal.goal.confirmed_at IS 'when the person agreed to it as it is';
COMMENT ON COLUMN appraisal.goal.approved_by_head IS 'head of the department who approved it as it is';
COMMENT ON COLUMN appraisal.goal.approved_by_hr IS 'login of HR that approved it as it is';

CREATE TABLE appraisal.measurement (
    cycle_id bigint NOT NULL,
    measurement_id bigint GENERATED ALWAYS AS IDENTITY,
    participant_id bigint NOT NULL,
    indicator_id bigint NOT NULL CONSTRAINT measurement_indicator_exists REFERENCES appraisal.indicator,
    value numeric NOT NULL CONSTRAINT measurement_value_is_finite CHECK (value NOT IN ('NaN', 'Infinity', '-Infinity')),
    measured_on date NOT NULL,
    data_source text,
    supersedes bigint,
    corrected_because text,
    recorded_by bigint CONSTRAINT measurement_recorder_exists REFERENCES appraisal.person,
    recorded_at timestamptz NOT NULL DEFAULT statement_timestamp(),
    PRIMARY KEY (cycle_id, measurement_id),
    CONSTRAINT measurement_participant_exists FOREIGN KEY (cycle_id, participant_id) REFERENCES appraisal.participant,
    CONSTRAINT measurement_superseded_exists FOREIGN KEY (cycle_id, supersedes) REFERENCES appraisal.measurement,
    CONSTRAINT measurement_is_superseded_once UNIQUE (cycle_id, supersedes),
    CONSTRAINT measurement_correction_has_a_reason CHECK ((supersedes IS NULL) = (corrected_because IS NULL) AND corrected_because <> '')
);
CREATE INDEX measurement_participant_idx ON appraisal.measurement (cycle_id, participant_id, indicator_id);
CREATE INDEX measurement_indicator_id_idx ON appraisal.measurement (indicator_id);
CREATE INDEX measurement_recorded_by_idx ON appraisal.measurement (recorded_by);
COMMENT ON TABLE appraisal.measurement IS 'figures as they were gathered; rows are added, a correction supersedes an earlier one';
COMMENT ON COLUMN appraisal.measurement.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.measurement.measurement_id IS 'key within the cycle';
COMMENT ON COLUMN appraisal.measurement.participant_id IS 'whose figure';
COMMENT ON COLUMN appraisal.measurement.indicator_id IS 'what was measured';
COMMENT ON COLUMN appraisal.measurement.value IS 'the figure, in the indicator''s unit of measure';
COMMENT ON COLUMN appraisal.measurement.measured_on IS 'day, or last day, that the figure is of';
COMMENT ON COLUMN appraisal.measurement.data_source IS 'system or office that it comes from';
COMMENT ON COLUMN appraisal.measurement.supersedes IS 'the measurement that this one corrects';
COMMENT ON COLUMN appraisal.measurement.corrected_because IS 'why';
COMMENT ON COLUMN appraisal.measurement.recorded_by IS 'who recorded it; null for a login that is nobody in particular';
COMMENT ON COLUMN appraisal.measurement.recorded_at IS 'when';
-- Reviews: one rater's marks for one participant; and feedback given meanwhile.
--
-- No index has rater_id or delegated_to as such. An index is searched before a policy is asked, and EXPLAIN
-- ANALYZE tells how many rows were found, so whoever may read any review could ask who rates whom. +rater_id
-- is searched only by what may see the row already: unary plus is not leakproof, as = alone is.

CREATE TABLE appraisal.review (
    cycle_id bigint NOT NULL,
    review_id bigint GENERATED ALWAYS AS IDENTITY,
    participant_id bigint NOT NULL,
    rater_id bigint NOT NULL CONSTRAINT review_rater_exists REFERENCES appraisal.person,
    source text NOT NULL
        CONSTRAINT review_source_is_known CHECK
        (source IN ('self', 'manager', 'second_manager', 'top_manager', 'peer', 'subordinate', 'customer', 'related', 'colleague', 'hr')),
    anonymous boolean NOT NULL DEFAULT false,
    status text NOT NULL DEFAULT 'assigned'
        CONSTRAINT review_status_is_known CHECK (status IN ('assigned', 'submitted', 'declined', 'recused', 'lapsed')),
    due_on date,
    submitted_at timestamptz,
    late boolean GENERATED ALWAYS AS ((submitted_at AT TIME ZONE 'UTC')::date > due_on) STORED,
    comments jsonb CONSTRAINT review_comments_are_by_topic CHECK (jsonb_typeof(comments) = 'object'),
    reason text,
    delegated_to bigint CONSTRAINT review_delegate_exists REFERENCES appraisal.person,
    PRIMARY KEY (cycle_id, review_id),
    CONSTRAINT review_participant_exists FOREIGN KEY (cycle_id, participant_id) REFERENCES appraisal.participant,
    CONSTRAINT review_is_one_a_rater_and_source
        EXCLUDE USING btree (cycle_id WITH =, participant_id WITH =, source WITH =, (+rater_id) WITH =),
    CONSTRAINT review_submitted_has_its_time CHECK ((status = 'submitted') = (submitted_at IS NOT NULL)),
    CONSTRAINT review_not_given_has_a_reason CHECK (status NOT IN ('declined', 'recused') OR coalesce(reason, '') <> ''),
    CONSTRAINT review_delegated_is_declined CHECK (delegated_to IS NULL OR (status = 'declined' AND delegated_to <> rater_id))
);
CREATE INDEX review_rater_id_idx ON appraisal.review ((+rater_id));
COMMENT ON TABLE appraisal.review IS 'one rater''s review of one participant';
COMMENT ON COLUMN appraisal.review.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.review.review_id IS 'key within the cycle';
COMMENT ON COLUMN appraisal.review.participant_id IS 'who is reviewed';
COMMENT ON COLUMN appraisal.review.rater_id IS 'who reviews';
COMMENT ON COLUMN appraisal.review.source IS 'as what: self, manager, second_manager, top_manager, peer, subordinate, customer, related, colleague, hr';
COMMENT ON COLUMN appraisal.review.anonymous IS 'is the person never told who rated?';
COMMENT ON COLUMN appraisal.review.status IS 'assigned, submitted, declined, recused or lapsed';
COMMENT ON COLUMN appraisal.review.due_on IS 'last day; a later one is late and counts';
COMMENT ON COLUMN appraisal.review.submitted_at IS 'when it was submitted';
COMMENT ON COLUMN appraisal.review.late IS 'was it submitted after the day it was due, in UTC?';
COMMENT ON COLUMN appraisal.review.comments IS 'written comment, by topic';
COMMENT ON COLUMN appraisal.review.reason IS 'why it was declined, the rater stood aside, or it was sent back';
COMMENT ON COLUMN appraisal.review.delegated_to IS 'to whom the rater handed it on, who has a review of the same source then';

-- Where there are more possible raters than are asked, a draw decides. Its secret is for nobody: who knows
-- how places follow from it knows who rates whom.
CREATE TABLE appraisal.rater_draw (
    cycle_id bigint PRIMARY KEY CONSTRAINT rater_draw_cycle_exists REFERENCES appraisal.cycle ON DELETE CASCADE,
    secret uuid NOT NULL DEFAULT gen_random_uuid()
);
COMMENT ON TABLE appraisal.rater_draw IS 'the draw by which raters are chosen among many; for the tables'' owner alone';
COMMENT ON COLUMN appraisal.rater_draw.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.rater_draw.secret IS 'what the order of the draw is mixed with';
ALTER TABLE appraisal.rater_draw ENABLE ROW LEVEL SECURITY;

CREATE TABLE appraisal.rating (
    cycle_id bigint NOT NULL,
    review_id bigint NOT NULL,
    indicator_id bigint NOT NULL CONSTRAINT rating_indicator_exists REFERENCES appraisal.indicator,
    label text,
    levels numeric[],
    score numeric NOT NULL CONSTRAINT rating_score_is_finite CHECK (score NOT IN ('NaN', 'Infinity', '-Infinity')),
    evidence text,
    PRIMARY KEY (cycle_id, review_id, indicator_id),
    CONSTRAINT rating_review_exists FOREIGN KEY (cycle_id, review_id) REFERENCES appraisal.review,
    CONSTRAINT rating_is_of_one_kind CHECK (num_nonnulls(label, levels) <= 1),
    CONSTRAINT rating_levels_give_the_score CHECK (levels IS NULL OR score = appraisal.gated_score(levels))
);
CREATE INDEX rating_indicator_id_idx ON appraisal.rating (indicator_id);
COMMENT ON TABLE appraisal.rating IS 'one mark of a review';
COMMENT ON COLUMN appraisal.rating.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.rating.review_id IS 'the review';
COMMENT ON COLUMN appraisal.rating.indicator_id IS 'what is rated';
COMMENT ON COLUMN appraisal.rating.label IS 'the level chosen, for an indicator of levels';
COMMENT ON COLUMN appraisal.rating.levels IS 'the levels in order, 1 passed, 0.5 half passed, 0 failed, for a gated indicator';
COMMENT ON COLUMN appraisal.rating.score IS 'the mark: chosen from a range, a list or a level''s range, or what the levels passed add up to';
COMMENT ON COLUMN appraisal.rating.evidence IS 'the written case that an extreme mark needs';

CREATE TABLE appraisal.feedback (
    cycle_id bigint NOT NULL,
    feedback_id bigint GENERATED ALWAYS AS IDENTITY,
    participant_id bigint NOT NULL,
    given_by bigint NOT NULL CONSTRAINT feedback_giver_exists REFERENCES appraisal.person,
    given_at timestamptz NOT NULL DEFAULT statement_timestamp(),
    kind text NOT NULL CONSTRAINT feedback_kind_is_known CHECK (kind IN ('praise', 'concern', 'consultation')),
    content text NOT NULL CONSTRAINT feedback_is_not_empty CHECK (content <> ''),
    PRIMARY KEY (cycle_id, feedback_id),
    CONSTRAINT feedback_participant_exists FOREIGN KEY (cycle_id, participant_id) REFERENCES appraisal.participant
);
CREATE INDEX feedback_participant_idx ON appraisal.feedback (cycle_id, participant_id);
CREATE INDEX feedback_given_by_idx ON appraisal.feedback (given_by);
COMMENT ON TABLE appraisal.feedback IS 'what a superior tells a person while the cycle runs, so that no grade surprises';
COMMENT ON COLUMN appraisal.feedback.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.feedback.feedback_id IS 'key within the cycle';
COMMENT ON COLUMN appraisal.feedback.participant_id IS 'to whom';
COMMENT ON COLUMN appraisal.feedback.given_by IS 'by whom';
COMMENT ON COLUMN appraisal.feedback.given_at IS 'when';
COMMENT ON COLUMN appraisal.feedback.kind IS 'praise; concern, after which a low grade is no surprise; consultation: what the former superior told the present one, not shown to the person';
COMMENT ON COLUMN appraisal.feedback.content IS 'what was said';
-- Results: what compute_results() makes of figures and marks. Nobody writes here by hand, HR included:
-- the rows are the tables' owner's, and write_results() is the only way. No index has a column that tells
-- how somebody did, because what an index finds shows before a policy is asked (see 40_review.sql).

CREATE TABLE appraisal.cut_line (
    cycle_id bigint NOT NULL CONSTRAINT cut_line_cycle_exists REFERENCES appraisal.cycle,
    unit_id bigint NOT NULL CONSTRAINT cut_line_unit_exists REFERENCES appraisal.unit,
    units bigint[] NOT NULL,
    members integer NOT NULL CONSTRAINT cut_line_members_are_positive CHECK (members > 0),
    scale appraisal.grade_scale NOT NULL,
    heads_out integer NOT NULL CONSTRAINT cut_line_heads_out_are_not_negative CHECK (heads_out >= 0),
    PRIMARY KEY (cycle_id, unit_id)
);
CREATE INDEX cut_line_unit_id_idx ON appraisal.cut_line (unit_id);
COMMENT ON TABLE appraisal.cut_line IS 'the grade scale in force for a group once the forced distribution is applied';
COMMENT ON COLUMN appraisal.cut_line.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.cut_line.unit_id IS 'unit whose people, with those of smaller units that joined it, are the group';
COMMENT ON COLUMN appraisal.cut_line.units IS 'units whose people are in the group, in order of their keys';
COMMENT ON COLUMN appraisal.cut_line.members IS 'people with a score in the group';
COMMENT ON COLUMN appraisal.cut_line.scale IS 'the scale in force: grade(score, scale) is the quota grade';
COMMENT ON COLUMN appraisal.cut_line.heads_out IS 'heads by which the quota is still missed, where no cut line meets it';

CREATE TABLE appraisal.result (
    cycle_id bigint NOT NULL,
    participant_id bigint NOT NULL,
    version integer NOT NULL DEFAULT 1 CONSTRAINT result_version_is_positive CHECK (version > 0),
    state text NOT NULL
        CONSTRAINT result_state_is_known CHECK
        (state IN ('scored', 'exempt', 'pending', 'not_applicable', 'declined', 'recused', 'insufficient')),
    coverage numeric,
    raw_score numeric,
    score numeric,
    natural_grade text,
    gate_dimension_id bigint CONSTRAINT result_gate_exists REFERENCES appraisal.dimension,
    cohort_unit_id bigint,
    quota_grade text,
    calibrated_grade text,
    final_grade text GENERATED ALWAYS AS (coalesce(calibrated_grade, quota_grade, natural_grade)) STORED,
    rank integer,
    coefficient numeric,
    box_label text,
    published_at timestamptz,
    PRIMARY KEY (cycle_id, participant_id, version),
    CONSTRAINT result_participant_exists FOREIGN KEY (cycle_id, participant_id) REFERENCES appraisal.participant,
    CONSTRAINT result_cut_line_exists FOREIGN KEY (cycle_id, cohort_unit_id) REFERENCES appraisal.cut_line,
    CONSTRAINT result_scored_has_a_score CHECK
        ((state = 'scored') = (score IS NOT NULL) AND (score IS NULL) = (raw_score IS NULL)),
    CONSTRAINT result_grade_needs_a_score CHECK (score IS NOT NULL OR num_nonnulls(natural_grade, quota_grade, calibrated_grade, rank) = 0)
);
CREATE INDEX result_cohort_idx ON appraisal.result (cycle_id, cohort_unit_id);
COMMENT ON TABLE appraisal.result IS 'what came out for a participant: one row a version, of which a published one never changes';
COMMENT ON COLUMN appraisal.result.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.result.participant_id IS 'whose; the leading segment''s for who moved';
COMMENT ON COLUMN appraisal.result.version IS 'counts from 1; an upheld appeal makes the next';
COMMENT ON COLUMN appraisal.result.state IS 'scored, or why there is no score: exempt, pending, not_applicable, declined, recused, insufficient';
COMMENT ON COLUMN appraisal.result.coverage IS 'share of the weight that had a score, 0 to 1';
COMMENT ON COLUMN appraisal.result.raw_score IS 'total before rounding, to 14 decimals';
COMMENT ON COLUMN appraisal.result.score IS 'total, rounded once to the scheme''s decimals';
COMMENT ON COLUMN appraisal.result.natural_grade IS 'grade of the score, capped where a gate was missed';
COMMENT ON COLUMN appraisal.result.gate_dimension_id IS 'dimension whose gate was missed and caps the grade';
COMMENT ON COLUMN appraisal.result.cohort_unit_id IS 'group of the forced distribution; null where there is none';
COMMENT ON COLUMN appraisal.result.quota_grade IS 'grade by the group''s cut line';
COMMENT ON COLUMN appraisal.result.calibrated_grade IS 'grade that calibration gave';
COMMENT ON COLUMN appraisal.result.final_grade IS 'calibrated, else quota, else natural grade';
COMMENT ON COLUMN appraisal.result.rank IS 'place by score in the cycle, among people or among units of a kind; equal scores share one, 1 is the best';
COMMENT ON COLUMN appraisal.result.coefficient IS 'coefficient of the final grade by the scheme''s scale';
COMMENT ON COLUMN appraisal.result.box_label IS 'name of the performance and values box';
COMMENT ON COLUMN appraisal.result.published_at IS 'when it was published; null before';

-- What holds: a later version, which an appeal made, takes the place of the one before.
CREATE VIEW appraisal.current_result WITH (security_invoker = true) AS
SELECT r.*
FROM appraisal.result AS r
WHERE NOT EXISTS (SELECT FROM appraisal.result AS later
                  WHERE later.cycle_id = r.cycle_id AND later.participant_id = r.participant_id AND later.version > r.version);
COMMENT ON VIEW appraisal.current_result IS 'results in their latest version';
COMMENT ON COLUMN appraisal.current_result.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.current_result.participant_id IS 'whose; the leading segment''s for who moved';
COMMENT ON COLUMN appraisal.current_result.version IS 'counts from 1; an upheld appeal makes the next';
COMMENT ON COLUMN appraisal.current_result.state IS 'scored, or why there is no score: exempt, pending, not_applicable, declined, recused, insufficient';
COMMENT ON COLUMN appraisal.current_result.coverage IS 'share of the weight that had a score, 0 to 1';
COMMENT ON COLUMN appraisal.current_result.raw_score IS 'total before rounding, to 14 decimals';
COMMENT ON COLUMN appraisal.current_result.score IS 'total, rounded once to the scheme''s decimals';
COMMENT ON COLUMN appraisal.current_result.natural_grade IS 'grade of the score, capped where a gate was missed';
COMMENT ON COLUMN appraisal.current_result.gate_dimension_id IS 'dimension whose gate was missed and caps the grade';
COMMENT ON COLUMN appraisal.current_result.cohort_unit_id IS 'group of the forced distribution; null where there is none';
COMMENT ON COLUMN appraisal.current_result.quota_grade IS 'grade by the group''s cut line';
COMMENT ON COLUMN appraisal.current_result.calibrated_grade IS 'grade that calibration gave';
COMMENT ON COLUMN appraisal.current_result.final_grade IS 'calibrated, else quota, else natural grade';
COMMENT ON COLUMN appraisal.current_result.rank IS 'place by score in the cycle, among people or among units of a kind; equal scores share one, 1 is the best';
COMMENT ON COLUMN appraisal.current_result.coefficient IS 'coefficient of the final grade by the scheme''s scale';
COMMENT ON COLUMN appraisal.current_result.box_label IS 'name of the performance and values box';
COMMENT ON COLUMN appraisal.current_result.published_at IS 'when it was published; null before';

CREATE TABLE appraisal.dimension_score (
    cycle_id bigint NOT NULL,
    participant_id bigint NOT NULL,
    version integer NOT NULL DEFAULT 1,
    dimension_id bigint NOT NULL CONSTRAINT dimension_score_dimension_exists REFERENCES appraisal.dimension,
    weight numeric NOT NULL,
    coverage numeric,
    score numeric,
    grade text,
    scheme_indicators bigint[] NOT NULL,
    weights numeric[] NOT NULL,
    figures numeric[] NOT NULL,
    points numeric[] NOT NULL,
    PRIMARY KEY (cycle_id, participant_id, version, dimension_id),
    CONSTRAINT dimension_score_participant_exists FOREIGN KEY (cycle_id, participant_id) REFERENCES appraisal.participant,
    CONSTRAINT dimension_score_lists_are_as_long CHECK
        (cardinality(scheme_indicators) = cardinality(weights) AND cardinality(weights) = cardinality(figures)
         AND cardinality(figures) = cardinality(points))
);
CREATE INDEX dimension_score_dimension_id_idx ON appraisal.dimension_score (dimension_id);
COMMENT ON TABLE appraisal.dimension_score IS 'a result''s dimensions, with every indicator''s part in them; by segment for who moved';
COMMENT ON COLUMN appraisal.dimension_score.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.dimension_score.participant_id IS 'whose';
COMMENT ON COLUMN appraisal.dimension_score.version IS 'version of the result';
COMMENT ON COLUMN appraisal.dimension_score.dimension_id IS 'the dimension';
COMMENT ON COLUMN appraisal.dimension_score.weight IS 'per cent of the total';
COMMENT ON COLUMN appraisal.dimension_score.coverage IS 'share of the indicators'' weight that had points, 0 to 1';
COMMENT ON COLUMN appraisal.dimension_score.score IS 'weighted mean of the points; null if none';
COMMENT ON COLUMN appraisal.dimension_score.grade IS 'grade by the dimension''s own scale';
COMMENT ON COLUMN appraisal.dimension_score.scheme_indicators IS 'indicators, in order of their keys';
COMMENT ON COLUMN appraisal.dimension_score.weights IS 'their weights, per cent of the dimension';
COMMENT ON COLUMN appraisal.dimension_score.figures IS 'what each curve read: the figure or its attainment of the target; null for a rated one';
COMMENT ON COLUMN appraisal.dimension_score.points IS 'their points; null for a missing one';

CREATE TABLE appraisal.source_score (
    cycle_id bigint NOT NULL,
    participant_id bigint NOT NULL,
    version integer NOT NULL DEFAULT 1,
    source text NOT NULL,
    weight numeric NOT NULL,
    raters integer NOT NULL,
    state text NOT NULL
        CONSTRAINT source_score_state_is_known CHECK
        (state IN ('scored', 'pending', 'not_applicable', 'declined', 'recused', 'insufficient')),
    score numeric,
    anonymous boolean NOT NULL,
    PRIMARY KEY (cycle_id, participant_id, version, source),
    CONSTRAINT source_score_is_there_when_scored CHECK ((state = 'scored') = (score IS NOT NULL)),
    CONSTRAINT source_score_participant_exists FOREIGN KEY (cycle_id, participant_id) REFERENCES appraisal.participant
);
COMMENT ON TABLE appraisal.source_score IS 'which sources a result rests on';
COMMENT ON COLUMN appraisal.source_score.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.source_score.participant_id IS 'whose';
COMMENT ON COLUMN appraisal.source_score.version IS 'version of the result';
COMMENT ON COLUMN appraisal.source_score.source IS 'the source';
COMMENT ON COLUMN appraisal.source_score.weight IS 'per cent of a rating';
COMMENT ON COLUMN appraisal.source_score.raters IS 'raters whose reviews count; 0 for a source with too few';
COMMENT ON COLUMN appraisal.source_score.state IS 'scored, or why it is missing: pending, not_applicable, declined, recused, insufficient';
COMMENT ON COLUMN appraisal.source_score.score IS 'mean of its raters'' marks, weighted as the indicators are in the total';
COMMENT ON COLUMN appraisal.source_score.anonymous IS 'is the person never told who rated?';
-- What people decide about computed results: grades calibrated, results signed off, quotas overridden.
-- Written by the functions of 74_calibration_guards.sql only. As in 50_result.sql, no index has a column
-- that tells how somebody did: that somebody was calibrated at all does.

CREATE TABLE appraisal.adjustment (
    cycle_id bigint NOT NULL,
    adjustment_id bigint GENERATED ALWAYS AS IDENTITY,
    participant_id bigint NOT NULL,
    from_grade text NOT NULL,
    to_grade text NOT NULL,
    reason text NOT NULL CONSTRAINT adjustment_has_a_reason CHECK (btrim(reason) <> ''),
    made_by bigint CONSTRAINT adjustment_maker_exists REFERENCES appraisal.person,
    made_by_login name NOT NULL,
    authorised_by bigint CONSTRAINT adjustment_authoriser_exists REFERENCES appraisal.person,
    made_at timestamptz NOT NULL,
    undoes bigint,
    PRIMARY KEY (cycle_id, adjustment_id),
    CONSTRAINT adjustment_participant_exists FOREIGN KEY (cycle_id, participant_id) REFERENCES appraisal.participant,
    CONSTRAINT adjustment_undone_exists FOREIGN KEY (cycle_id, undoes) REFERENCES appraisal.adjustment,
    CONSTRAINT adjustment_is_undone_once UNIQUE (cycle_id, undoes),
    CONSTRAINT adjustment_changes_the_grade CHECK (from_grade <> to_grade)
);
-- searched by what may see the row already (see 40_review.sql)
CREATE INDEX adjustment_participant_idx ON appraisal.adjustment ((+participant_id));
COMMENT ON TABLE appraisal.adjustment IS 'calibration: each change of a final grade by people; only added to';
COMMENT ON COLUMN appraisal.adjustment.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.adjustment.adjustment_id IS 'key within the cycle, in order of time';
COMMENT ON COLUMN appraisal.adjustment.participant_id IS 'whose grade';
COMMENT ON COLUMN appraisal.adjustment.from_grade IS 'final grade before';
COMMENT ON COLUMN appraisal.adjustment.to_grade IS 'final grade after';
COMMENT ON COLUMN appraisal.adjustment.reason IS 'why';
COMMENT ON COLUMN appraisal.adjustment.made_by IS 'who did; null for a login that is nobody in particular';
COMMENT ON COLUMN appraisal.adjustment.made_by_login IS 'with which login';
COMMENT ON COLUMN appraisal.adjustment.authorised_by IS 'who authorised it, where somebody else did';
COMMENT ON COLUMN appraisal.adjustment.made_at IS 'when';
COMMENT ON COLUMN appraisal.adjustment.undoes IS 'earlier adjustment that this one takes back';

CREATE TABLE appraisal.sign_off (
    cycle_id bigint NOT NULL CONSTRAINT sign_off_cycle_exists REFERENCES appraisal.cycle,
    sign_off_id bigint GENERATED ALWAYS AS IDENTITY,
    unit_id bigint CONSTRAINT sign_off_unit_exists REFERENCES appraisal.unit,
    step integer NOT NULL,
    signer text NOT NULL
        CONSTRAINT sign_off_signer_is_known CHECK
        (signer IN ('unit_head', 'division_head', 'second_manager', 'hr', 'executive', 'meeting')),
    signed_by bigint NOT NULL CONSTRAINT sign_off_person_exists REFERENCES appraisal.person,
    signed_at timestamptz NOT NULL,
    remark text,
    withdrawn_at timestamptz,
    withdrawn_because text CONSTRAINT sign_off_reason_is_not_empty CHECK (btrim(withdrawn_because) <> ''),
    PRIMARY KEY (cycle_id, sign_off_id),
    CONSTRAINT sign_off_is_withdrawn_for_a_reason CHECK ((withdrawn_at IS NULL) = (withdrawn_because IS NULL))
);
CREATE UNIQUE INDEX sign_off_is_once_a_step ON appraisal.sign_off (cycle_id, unit_id, step, signed_by) NULLS NOT DISTINCT
    WHERE withdrawn_at IS NULL;
CREATE INDEX sign_off_unit_id_idx ON appraisal.sign_off (unit_id);
CREATE INDEX sign_off_signed_by_idx ON appraisal.sign_off (signed_by);
COMMENT ON TABLE appraisal.sign_off IS 'signatures under the results of a unit with all below it, or of a whole cycle';
COMMENT ON COLUMN appraisal.sign_off.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.sign_off.sign_off_id IS 'key within the cycle';
COMMENT ON COLUMN appraisal.sign_off.unit_id IS 'unit signed for, with all below it; null for the whole cycle';
COMMENT ON COLUMN appraisal.sign_off.step IS 'step of the scheme''s chain; 1 where the scheme has none';
COMMENT ON COLUMN appraisal.sign_off.signer IS 'as what: unit_head, division_head, second_manager, hr, executive or meeting';
COMMENT ON COLUMN appraisal.sign_off.signed_by IS 'who signed';
COMMENT ON COLUMN appraisal.sign_off.signed_at IS 'when';
COMMENT ON COLUMN appraisal.sign_off.remark IS 'what the signer had to say';
COMMENT ON COLUMN appraisal.sign_off.withdrawn_at IS 'when it was withdrawn; null while it holds';
COMMENT ON COLUMN appraisal.sign_off.withdrawn_because IS 'why';

CREATE TABLE appraisal.quota_override (
    cycle_id bigint NOT NULL CONSTRAINT quota_override_cycle_exists REFERENCES appraisal.cycle,
    override_id bigint GENERATED ALWAYS AS IDENTITY,
    unit_id bigint NOT NULL CONSTRAINT quota_override_unit_exists REFERENCES appraisal.unit,
    heads_out integer NOT NULL CONSTRAINT quota_override_is_of_heads_out CHECK (heads_out > 0),
    reason text NOT NULL CONSTRAINT quota_override_has_a_reason CHECK (btrim(reason) <> ''),
    made_by bigint CONSTRAINT quota_override_maker_exists REFERENCES appraisal.person,
    made_by_login name NOT NULL,
    made_at timestamptz NOT NULL,
    PRIMARY KEY (cycle_id, override_id)
);
CREATE INDEX quota_override_unit_id_idx ON appraisal.quota_override (unit_id);
CREATE INDEX quota_override_made_by_idx ON appraisal.quota_override (made_by);
COMMENT ON TABLE appraisal.quota_override IS 'groups that may miss their quota, by so many heads; only added to';
COMMENT ON COLUMN appraisal.quota_override.cycle_id IS 'the cycle';
COMMENT ON COLUMN appraisal.quota_override.override_id IS 'key within the cycle';
COMMENT ON COLUMN appraisal.quota_override.unit_id IS 'unit whose group it is';
COMMENT ON COLUMN appraisal.quota_override.heads_out IS 'heads out of bounds when it was given; more are not covered';
COMMENT ON COLUMN appraisal.quota_override.reason IS 'why';
COMMENT ON COLUMN appraisal.quota_override.made_by IS 'who gave it; null for a login that is nobody in particular';
COMMENT ON COLUMN appraisal.quota_override.made_by_login IS 'with which login';
COMMENT ON COLUMN appraisal.quota_override.made_at IS 'when';
-- Who sees and changes what of a cycle.
--
-- As in 11_access.sql, the helpers belong to the tables' owner and answer about the one who asks only.
-- A list of rows stands behind IN (SELECT ...), which is hashed once a statement. No policy is restrictive:
-- PostgreSQL asks restrictive ones before the others, and lets a reader's own conditions in between.

CREATE FUNCTION appraisal.my_participations() RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT p.participant_id FROM appraisal.participant AS p WHERE p.person_id = appraisal.acting_person()
    UNION ALL
    SELECT p.participant_id FROM appraisal.participant AS p
    WHERE p.manager_id = appraisal.acting_person() AND p.appraised_unit_id IS NOT NULL
$function$;
COMMENT ON FUNCTION appraisal.my_participations() IS
    'keys of the participants that the one who is asking is, or answers for as the head of an appraised unit';

-- Level by level, each by index (which OFFSET 0 sees to): where few are below, a join of all participants, or
-- compiling one, would be what takes time.
-- Superiors who take no part in a cycle are still above those who do, as they were posted on its cohort date.
CREATE FUNCTION appraisal.my_people_then() RETURNS TABLE (participant_id bigint, person_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $function$
    WITH RECURSIVE below AS (
        SELECT c.cycle_id, c.cohort_date, NULL::bigint AS participant_id, appraisal.acting_person() AS person_id
        FROM appraisal.cycle AS c
        WHERE appraisal.acting_as('manager')
        UNION
        SELECT b.cycle_id, b.cohort_date, p.participant_id, p.person_id
        FROM below AS b
        CROSS JOIN LATERAL (
            SELECT l.participant_id, l.person_id FROM appraisal.participant AS l
            WHERE l.cycle_id = b.cycle_id AND l.manager_id = b.person_id
            UNION ALL
            SELECT NULL, g.person_id FROM appraisal.posting AS g
            WHERE g.manager_id = b.person_id AND g.during @> b.cohort_date
              AND NOT EXISTS (SELECT FROM appraisal.participant AS own
                              WHERE own.cycle_id = b.cycle_id AND own.person_id = g.person_id)
            OFFSET 0) AS p
    )
    SELECT b.participant_id, b.person_id FROM below AS b
    WHERE b.participant_id IS NOT NULL AND b.participant_id NOT IN (SELECT appraisal.my_participations())
$function$;
COMMENT ON FUNCTION appraisal.my_people_then() IS
    'participants below the manager who is asking, on whatever level, as posted in each cycle, and who they are';

CREATE FUNCTION appraisal.my_participants() RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT t.participant_id FROM appraisal.my_people_then() AS t
$function$;
COMMENT ON FUNCTION appraisal.my_participants() IS
    'keys of the participants below the manager who is asking, on whatever level, as posted in each cycle';

CREATE FUNCTION appraisal.participants_i_rate() RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT r.participant_id FROM appraisal.review AS r
    WHERE +r.rater_id = appraisal.acting_person() AND r.status IN ('assigned', 'submitted')
$function$;
COMMENT ON FUNCTION appraisal.participants_i_rate() IS 'keys of the participants whom the one who is asking reviews';

CREATE FUNCTION appraisal.people_i_rate() RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT p.person_id
    FROM appraisal.review AS r JOIN appraisal.participant AS p USING (cycle_id, participant_id)
    WHERE +r.rater_id = appraisal.acting_person() AND r.status = 'assigned' AND p.person_id IS NOT NULL
$function$;
COMMENT ON FUNCTION appraisal.people_i_rate() IS 'people whom the one who is asking has to review';

CREATE FUNCTION appraisal.people_in_my_cycles() RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT DISTINCT t.person_id FROM appraisal.my_people_then() AS t WHERE t.person_id IS NOT NULL
$function$;
COMMENT ON FUNCTION appraisal.people_in_my_cycles() IS
    'people who were below the manager who is asking in some cycle, wherever they are posted now';

CREATE FUNCTION appraisal.my_open_reviews() RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT r.review_id FROM appraisal.review AS r
    WHERE +r.rater_id = appraisal.acting_person() AND r.status = 'assigned'
$function$;
COMMENT ON FUNCTION appraisal.my_open_reviews() IS 'keys of the reviews that the one who is asking has yet to submit';

CREATE FUNCTION appraisal.cycles_shown_to(audience text) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT c.cycle_id
    FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id)
    WHERE s.visible_to && ARRAY[$1, 'everyone']
      AND (c.status IN ('calibration', 'published', 'closed')
           OR NOT EXISTS (SELECT FROM appraisal.rater_rule AS r WHERE r.scheme_id = s.scheme_id AND r.anonymous))
$function$;
COMMENT ON FUNCTION appraisal.cycles_shown_to(text) IS
    'cycles whose results person, manager, executive or everyone sees by the scheme, published or not; where raters are anonymous not while they rate, or the difference of two results would be what one of them said';

CREATE FUNCTION appraisal.cycles_published_to(audience text) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT c.cycle_id
    FROM appraisal.cycle AS c JOIN appraisal.scheme AS s USING (scheme_id)
    WHERE s.visible_to && ARRAY[$1, 'everyone'] AND c.status IN ('published', 'closed')
$function$;
COMMENT ON FUNCTION appraisal.cycles_published_to(text) IS
    'cycles that are published and whose scheme shows results to person, manager, executive or everyone';

REVOKE ALL ON FUNCTION appraisal.my_participations(), appraisal.my_people_then(), appraisal.my_participants(), appraisal.participants_i_rate(),
    appraisal.people_i_rate(), appraisal.people_in_my_cycles(), appraisal.my_open_reviews(), appraisal.cycles_shown_to(text),
    appraisal.cycles_published_to(text) FROM PUBLIC;

-- A rater must know whom to rate.
CREATE POLICY seen_by_its_raters ON appraisal.person FOR SELECT
    USING (person_id IN (SELECT appraisal.people_i_rate()));
-- A former superior has figures to record and feedback to give for that time.
CREATE POLICY seen_by_its_managers_then ON appraisal.person FOR SELECT
    USING (person_id IN (SELECT appraisal.people_in_my_cycles()));

ALTER TABLE appraisal.participant ENABLE ROW LEVEL SECURITY;
CREATE POLICY kept_by_hr ON appraisal.participant
    USING ((SELECT appraisal.acting_as('hr'))) WITH CHECK ((SELECT appraisal.acting_as('hr')));
CREATE POLICY seen_by_executives_and_auditors ON appraisal.participant FOR SELECT
    USING ((SELECT appraisal.acting_as('executive') OR appraisal.acting_as('auditor')));
CREATE POLICY seen_by_its_person ON appraisal.participant FOR SELECT
    USING (participant_id IN (SELECT appraisal.my_participations()));
CREATE POLICY seen_by_its_managers ON appraisal.participant FOR SELECT
    USING (participant_id IN (SELECT appraisal.my_participants()));
CREATE POLICY seen_by_its_raters ON appraisal.participant FOR SELECT
    USING (participant_id IN (SELECT appraisal.participants_i_rate()));

ALTER TABLE appraisal.goal ENABLE ROW LEVEL SECURITY;
CREATE POLICY kept_by_hr ON appraisal.goal
    USING ((SELECT appraisal.acting_as('hr'))) WITH CHECK ((SELECT appraisal.acting_as('hr')));
CREATE POLICY seen_by_executives_and_auditors ON appraisal.goal FOR SELECT
    USING ((SELECT appraisal.acting_as('executive') OR appraisal.acting_as('auditor')));
CREATE POLICY seen_by_its_raters ON appraisal.goal FOR SELECT
    USING (participant_id IN (SELECT appraisal.participants_i_rate()));
CREATE POLICY seen_by_its_person ON appraisal.goal FOR SELECT
    USING (participant_id IN (SELECT appraisal.my_participations()));
CREATE POLICY seen_by_its_managers ON appraisal.goal FOR SELECT
    USING (participant_id IN (SELECT appraisal.my_participants()));
-- keep_goal() says what of it each may change
CREATE POLICY added_by_its_person ON appraisal.goal FOR INSERT
    WITH CHECK (participant_id IN (SELECT appraisal.my_participations()));
CREATE POLICY changed_by_its_person ON appraisal.goal FOR UPDATE
    USING (participant_id IN (SELECT appraisal.my_participations()));
CREATE POLICY added_by_its_managers ON appraisal.goal FOR INSERT
    WITH CHECK (participant_id IN (SELECT appraisal.my_participants()));
CREATE POLICY changed_by_its_managers ON appraisal.goal FOR UPDATE
    USING (participant_id IN (SELECT appraisal.my_participants()));

ALTER TABLE appraisal.measurement ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen_by_all_but_employees ON appraisal.measurement FOR SELECT
    USING ((SELECT appraisal.acting_as('hr') OR appraisal.acting_as('executive') OR appraisal.acting_as('auditor')));
CREATE POLICY seen_by_its_person ON appraisal.measurement FOR SELECT
    USING (participant_id IN (SELECT appraisal.my_participations()));
CREATE POLICY seen_by_its_managers ON appraisal.measurement FOR SELECT
    USING (participant_id IN (SELECT appraisal.my_participants()));
-- whose figure it is does not record it, whatever one's office
CREATE POLICY added_by_hr ON appraisal.measurement FOR INSERT
    WITH CHECK ((SELECT appraisal.acting_as('hr')) AND participant_id NOT IN (SELECT appraisal.my_participations()));
CREATE POLICY added_by_its_managers ON appraisal.measurement FOR INSERT
    WITH CHECK (participant_id IN (SELECT appraisal.my_participants()));

-- Reviews are assigned by rule, not by hand: nobody adds one, not even HR (write_reviews() does, for HR).
-- Superiors see the signed reviews of those below. Who was anonymous stays so for all but HR and auditors,
-- and nobody, whatever one's office, sees who reviews oneself.
ALTER TABLE appraisal.review ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen_by_hr_and_auditors ON appraisal.review FOR SELECT
    USING ((SELECT appraisal.acting_as('hr') OR appraisal.acting_as('auditor'))
           AND participant_id NOT IN (SELECT appraisal.my_participations()));
CREATE POLICY seen_by_its_rater ON appraisal.review FOR SELECT
    USING (+rater_id = (SELECT appraisal.acting_person()));
CREATE POLICY seen_by_its_managers ON appraisal.review FOR SELECT
    USING (NOT anonymous AND participant_id IN (SELECT appraisal.my_participants()));
CREATE POLICY changed_by_its_rater ON appraisal.review FOR UPDATE
    USING (+rater_id = (SELECT appraisal.acting_person()));
CREATE POLICY changed_by_hr ON appraisal.review FOR UPDATE
    USING ((SELECT appraisal.acting_as('hr')) AND participant_id NOT IN (SELECT appraisal.my_participations()));

ALTER TABLE appraisal.rating ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen_with_its_review ON appraisal.rating FOR SELECT
    USING (EXISTS (SELECT FROM appraisal.review AS r
                   WHERE r.cycle_id = rating.cycle_id AND r.review_id = rating.review_id));
CREATE POLICY added_by_its_rater ON appraisal.rating FOR INSERT
    WITH CHECK (review_id IN (SELECT appraisal.my_open_reviews()));
CREATE POLICY changed_by_its_rater ON appraisal.rating FOR UPDATE
    USING (review_id IN (SELECT appraisal.my_open_reviews()));
CREATE POLICY removed_by_its_rater ON appraisal.rating FOR DELETE
    USING (review_id IN (SELECT appraisal.my_open_reviews()));

ALTER TABLE appraisal.feedback ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen_by_hr_and_auditors ON appraisal.feedback FOR SELECT
    USING ((SELECT appraisal.acting_as('hr') OR appraisal.acting_as('auditor'))
           AND (kind <> 'consultation' OR participant_id NOT IN (SELECT appraisal.my_participations())));
CREATE POLICY seen_by_its_giver ON appraisal.feedback FOR SELECT
    USING (given_by = (SELECT appraisal.acting_person()));
CREATE POLICY seen_by_its_person ON appraisal.feedback FOR SELECT
    USING (kind <> 'consultation' AND participant_id IN (SELECT appraisal.my_participations()));
CREATE POLICY seen_by_its_managers ON appraisal.feedback FOR SELECT
    USING (participant_id IN (SELECT appraisal.my_participants()));
CREATE POLICY added_by_its_managers ON appraisal.feedback FOR INSERT
    WITH CHECK (given_by = (SELECT appraisal.acting_person()) AND participant_id IN (SELECT appraisal.my_participants()));
CREATE POLICY added_by_hr ON appraisal.feedback FOR INSERT
    WITH CHECK (given_by = (SELECT appraisal.acting_person()) AND (SELECT appraisal.acting_as('hr'))
                AND participant_id NOT IN (SELECT appraisal.my_participations()));

-- Results, their dimensions and sources: the same four policies on each. One's own is kept from everybody,
-- HR included, until it is published.
DECLARE
    shown name;
    not_ones_own CONSTANT text := '(participant_id NOT IN (SELECT appraisal.my_participations())
        OR cycle_id IN (SELECT appraisal.cycles_published_to(''person'')))';
BEGIN
    FOREACH shown IN ARRAY ARRAY['result', 'dimension_score', 'source_score'] LOOP
        EXECUTE format('ALTER TABLE appraisal.%I ENABLE ROW LEVEL SECURITY', shown);
        EXECUTE format('CREATE POLICY seen_by_hr_and_auditors ON appraisal.%I FOR SELECT
            USING ((SELECT appraisal.acting_as(''hr'') OR appraisal.acting_as(''auditor'')) AND %s)', shown, not_ones_own);
        EXECUTE format('CREATE POLICY seen_by_executives ON appraisal.%I FOR SELECT
            USING ((SELECT appraisal.acting_as(''executive''))
                   AND cycle_id IN (SELECT appraisal.cycles_shown_to(''executive'')) AND %s)', shown, not_ones_own);
        EXECUTE format('CREATE POLICY seen_by_its_managers ON appraisal.%I FOR SELECT
            USING (participant_id IN (SELECT appraisal.my_participants())
                   AND cycle_id IN (SELECT appraisal.cycles_shown_to(''manager'')))', shown);
        EXECUTE format('CREATE POLICY seen_by_its_person ON appraisal.%I FOR SELECT
            USING (participant_id IN (SELECT appraisal.my_participations())
                   AND cycle_id IN (SELECT appraisal.cycles_published_to(''person'')))', shown);
    END LOOP;
END;
CREATE POLICY seen_by_everyone ON appraisal.result FOR SELECT
    USING (cycle_id IN (SELECT appraisal.cycles_published_to('everyone')));

-- A cut line names nobody; it is what a grade is explained by.
ALTER TABLE appraisal.cut_line ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen_by_all_but_employees ON appraisal.cut_line FOR SELECT
    USING ((SELECT appraisal.acting_as('hr') OR appraisal.acting_as('executive') OR appraisal.acting_as('auditor')
                   OR appraisal.acting_as('manager')));
CREATE POLICY seen_by_everyone ON appraisal.cut_line FOR SELECT
    USING (cycle_id IN (SELECT appraisal.cycles_published_to('person')));
-- Who sees calibrations, signatures and overrides. Nobody writes them by hand, and nobody ever sees the
-- adjustments of the own grade: what they came to is in the published result.

ALTER TABLE appraisal.adjustment ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen_by_hr_and_auditors ON appraisal.adjustment FOR SELECT
    USING ((SELECT appraisal.acting_as('hr') OR appraisal.acting_as('auditor'))
           AND participant_id NOT IN (SELECT appraisal.my_participations()));
CREATE POLICY seen_by_executives ON appraisal.adjustment FOR SELECT
    USING ((SELECT appraisal.acting_as('executive')) AND cycle_id IN (SELECT appraisal.cycles_shown_to('executive'))
           AND participant_id NOT IN (SELECT appraisal.my_participations()));
CREATE POLICY seen_by_its_managers ON appraisal.adjustment FOR SELECT
    USING (participant_id IN (SELECT appraisal.my_participants())
           AND cycle_id IN (SELECT appraisal.cycles_shown_to('manager')));

ALTER TABLE appraisal.sign_off ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen_by_hr_executives_and_auditors ON appraisal.sign_off FOR SELECT
    USING ((SELECT appraisal.acting_as('hr') OR appraisal.acting_as('executive') OR appraisal.acting_as('auditor')));
CREATE POLICY seen_by_its_signer ON appraisal.sign_off FOR SELECT
    USING (signed_by = (SELECT appraisal.acting_person()));

ALTER TABLE appraisal.quota_override ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen_by_hr_executives_and_auditors ON appraisal.quota_override FOR SELECT
    USING ((SELECT appraisal.acting_as('hr') OR appraisal.acting_as('executive') OR appraisal.acting_as('auditor')));
-- What keeps the rows of a cycle to its steps, by whatever way they are written. The guards belong to the
-- tables' owner, because they must see rows that the writer may not; each looks at a statement's rows at
-- once. They lock the cycle's row, so that a step and a write do not pass each other.

CREATE FUNCTION appraisal.refuse_out_of_step() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
DECLARE
    written record;
BEGIN
    FOR written IN
        SELECT c.code, c.status FROM appraisal.cycle AS c
        WHERE c.cycle_id IN (SELECT w.cycle_id FROM written_rows AS w)
        ORDER BY c.cycle_id
        FOR SHARE
    LOOP
        IF written.status <> ALL (TG_ARGV) THEN
            RAISE EXCEPTION USING
                ERRCODE = 'AP001',
                MESSAGE = format('%s of cycle "%s" cannot be written: the cycle is in status %s', TG_TABLE_NAME, written.code, written.status),
                DETAIL = format('It can be in status %s.', array_to_string(TG_ARGV, ' or ')),
                HINT = appraisal.next_step(written.status);
        END IF;
    END LOOP;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.refuse_out_of_step() IS
    'trigger: rows of a cycle are written in the statuses named as arguments';
REVOKE ALL ON FUNCTION appraisal.refuse_out_of_step() FROM PUBLIC;

-- In which statuses the rows of each table may be added, changed and removed.
DECLARE
    step record;
BEGIN
    FOR step IN
        SELECT v.* FROM (VALUES
            ('participant', 'INSERT', 'draft, goals'),
            ('participant', 'UPDATE', 'draft, goals, scoring'),
            ('participant', 'DELETE', 'draft, goals'),
            ('goal', 'INSERT', 'goals'),
            ('goal', 'UPDATE', 'goals'),
            ('goal', 'DELETE', 'goals'),
            ('measurement', 'INSERT', 'goals, scoring, calibration'),
            ('review', 'INSERT', 'scoring'),
            ('review', 'UPDATE', 'scoring'),
            ('review', 'DELETE', 'scoring'),
            ('rating', 'INSERT', 'scoring'),
            ('rating', 'UPDATE', 'scoring'),
            ('rating', 'DELETE', 'scoring'),
            ('feedback', 'INSERT', 'draft, goals, scoring, calibration')
        ) AS v (table_name, command, statuses)
    LOOP
        EXECUTE format('CREATE TRIGGER refuse_out_of_step_%s AFTER %s ON appraisal.%I
            REFERENCING %s TABLE AS written_rows FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_out_of_step(%s)',
            lower(step.command), step.command, step.table_name,
            CASE step.command WHEN 'DELETE' THEN 'OLD' ELSE 'NEW' END, step.statuses);
    END LOOP;
END;

-- Only added to, like the audit log.
CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON appraisal.measurement
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_any_change();
CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON appraisal.feedback
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_any_change();
-- What keeps cycles, participants and goals to their rules, by whatever way they are written. As in the
-- file before, the guards belong to the tables' owner and see rows that the writer may not. They name the
-- first fault in order of keys; without an order the planner would look for any one row by row, which is
-- slow where there is none.

-- A cycle: what it is settled by, and its steps. The row is locked here, and whoever writes rows of the
-- cycle locks it, too: what is checked stays so until the step is taken.
CREATE FUNCTION appraisal.keep_cycle() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
DECLARE
    steps CONSTANT text[] := ARRAY['draft', 'goals', 'scoring', 'calibration', 'published', 'closed'];
    step CONSTANT integer := array_position(steps, NEW.status) - array_position(steps, OLD.status);
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.status <> 'draft' OR EXISTS (SELECT FROM appraisal.participant AS p WHERE p.cycle_id = OLD.cycle_id) THEN
            RAISE EXCEPTION USING
                ERRCODE = 'AP001',
                MESSAGE = format('cycle "%s" cannot be removed', OLD.code),
                DETAIL = CASE WHEN OLD.status <> 'draft' THEN format('It is in status %s.', OLD.status)
                              ELSE 'It has participants.' END;
        END IF;
        RETURN OLD;
    ELSIF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'draft' OR NEW.reopened_because IS NOT NULL THEN
            RAISE EXCEPTION USING
                ERRCODE = 'AP001',
                MESSAGE = format('cycle "%s" begins as a draft', NEW.code),
                HINT = 'CALL appraisal.open_cycle().';
        END IF;
        PERFORM appraisal.check_cycle(NEW.code, NEW.scheme_id, NEW.period);
        NEW.calibration_began := NULL;
        RETURN NEW;
    END IF;
    -- nobody says when calibration began
    NEW.calibration_began := CASE WHEN step = 1 AND NEW.status = 'calibration' THEN statement_timestamp()
                                  WHEN step IS DISTINCT FROM -1 THEN OLD.calibration_began END;

    IF (NEW.scheme_id, NEW.period, NEW.during, NEW.cohort_date)
       IS DISTINCT FROM (OLD.scheme_id, OLD.period, OLD.during, OLD.cohort_date) THEN
        IF OLD.status <> 'draft' OR EXISTS (SELECT FROM appraisal.participant AS p WHERE p.cycle_id = OLD.cycle_id) THEN
            RAISE EXCEPTION USING
                ERRCODE = 'AP001',
                MESSAGE = format('scheme, period and cohort date of cycle "%s" are settled', OLD.code),
                DETAIL = CASE WHEN OLD.status <> 'draft' THEN format('It is in status %s.', OLD.status)
                              ELSE 'It has participants, who were enrolled by them.' END,
                HINT = 'CALL appraisal.open_cycle() opens another.';
        END IF;
        PERFORM appraisal.check_cycle(NEW.code, NEW.scheme_id, NEW.period);
    END IF;
    IF step = -1 AND OLD.status NOT IN ('published', 'closed') THEN
        IF NEW.reopened_because IS NULL OR NEW.reopened_because IS NOT DISTINCT FROM OLD.reopened_because THEN
            RAISE EXCEPTION USING
                ERRCODE = 'AP005',
                MESSAGE = format('taking cycle "%s" back to %s needs a reason of its own', OLD.code, NEW.status),
                DETAIL = coalesce('The last time it was: ' || OLD.reopened_because, 'There is none.'),
                HINT = format('CALL appraisal.reopen(''%s'', reason).', OLD.code);
        END IF;
        UPDATE appraisal.sign_off AS s SET withdrawn_at = statement_timestamp(), withdrawn_because = NEW.reopened_because
        WHERE s.cycle_id = OLD.cycle_id AND s.withdrawn_at IS NULL;
        RETURN NEW;
    ELSIF NEW.reopened_because IS DISTINCT FROM OLD.reopened_because THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('why cycle "%s" was taken back is written when it is', OLD.code),
            HINT = format('CALL appraisal.reopen(''%s'', reason).', OLD.code);
    END IF;
    IF step NOT IN (0, 1) THEN
        PERFORM appraisal.refuse_step(OLD.code, OLD.status, NEW.status);
    ELSIF step = 1 AND NEW.status = 'published' THEN
        PERFORM appraisal.publish_results(OLD.cycle_id);
    ELSIF step = 1 AND NEW.status = 'scoring' THEN
        PERFORM appraisal.check_before_scoring(OLD.cycle_id);
    ELSIF step = 1 AND NEW.status = 'calibration' THEN
        -- here, because HR does not see reviews of oneself
        UPDATE appraisal.review AS r SET status = 'lapsed' WHERE r.cycle_id = OLD.cycle_id AND r.status = 'assigned';
    END IF;
    RETURN NEW;
END
$trigger$;
COMMENT ON FUNCTION appraisal.keep_cycle() IS
    'trigger: a cycle begins as a draft by a scheme in force, and takes one step at a time when it is ready for it';
CREATE TRIGGER keep_cycle BEFORE INSERT OR UPDATE OR DELETE ON appraisal.cycle
    FOR EACH ROW EXECUTE FUNCTION appraisal.keep_cycle();

-- Participants: one segment of a person leads, all are exempt for one reason or none, and nobody has a say
-- in one's own participation beyond being enrolled by rule.
CREATE FUNCTION appraisal.keep_new_participants() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
DECLARE
    acting_id CONSTANT bigint := appraisal.acting_person();
    fault record;
BEGIN
    SELECT n.cycle_id, n.participant_id, 'segments' AS kind INTO fault
    FROM new_rows AS n
    WHERE NOT n.leads AND NOT EXISTS (
        SELECT FROM appraisal.participant AS p
        WHERE p.cycle_id = n.cycle_id AND p.person_id = n.person_id AND p.leads
          AND p.exempt_because IS NOT DISTINCT FROM n.exempt_because)
    LIMIT 1;
    IF NOT FOUND THEN
        SELECT n.cycle_id, n.participant_id, 'own' AS kind INTO fault
        FROM new_rows AS n
        WHERE n.person_id = acting_id AND n.exempt_because NOT IN ('newcomer', 'leaver')
        LIMIT 1;
    END IF;
    IF NOT FOUND THEN
        SELECT n.cycle_id, n.participant_id, 'subject' AS kind INTO fault
        FROM (SELECT w.cycle_id, min(w.participant_id) AS participant_id,
                     CASE WHEN w.person_id IS NULL THEN 'unit' ELSE 'person' END AS subject
              FROM new_rows AS w GROUP BY 1, 3) AS n
        JOIN appraisal.cycle AS c USING (cycle_id)
        JOIN appraisal.scheme AS s USING (scheme_id)
        WHERE n.subject <> ALL (s.subjects)
        LIMIT 1;
    END IF;
    IF FOUND THEN
        PERFORM appraisal.refuse_participant(fault.kind, appraisal.participant_name(fault.cycle_id, fault.participant_id));
    END IF;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.keep_new_participants() IS
    'trigger: participants are of the scheme''s subjects, and the segments of a person hang together';

CREATE FUNCTION appraisal.keep_changed_participants() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
DECLARE
    acting_id CONSTANT bigint := appraisal.acting_person();
    fault record;
BEGIN
    SELECT o.cycle_id, o.participant_id,
           CASE WHEN (n.person_id, n.appraised_unit_id) IS DISTINCT FROM (o.person_id, o.appraised_unit_id)
                     OR n.participant_id IS NULL THEN 'key'
                WHEN n.person_id = acting_id AND n IS DISTINCT FROM o THEN 'own'
                ELSE 'segments' END AS kind INTO fault
    FROM old_rows AS o
    LEFT JOIN new_rows AS n ON n.cycle_id = o.cycle_id AND n.participant_id = o.participant_id
    WHERE (n.person_id, n.appraised_unit_id) IS DISTINCT FROM (o.person_id, o.appraised_unit_id)
       OR n.person_id = acting_id AND n IS DISTINCT FROM o
       OR EXISTS (SELECT FROM appraisal.participant AS p
                  WHERE p.cycle_id = n.cycle_id AND p.person_id = n.person_id
                  HAVING NOT bool_or(p.leads) OR count(DISTINCT coalesce(p.exempt_because, '')) > 1)
    ORDER BY o.participant_id LIMIT 1;
    IF FOUND THEN
        PERFORM appraisal.refuse_participant(fault.kind, coalesce(appraisal.participant_name(fault.cycle_id, fault.participant_id),
                                                                  'a participant'));
    END IF;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.keep_changed_participants() IS
    'trigger: a participant stays who it is, the segments of a person hang together, and nobody changes one''s own';

CREATE FUNCTION appraisal.keep_removed_participants() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
DECLARE
    acting_id CONSTANT bigint := appraisal.acting_person();
    fault record;
BEGIN
    SELECT CASE WHEN o.person_id = acting_id THEN 'own' ELSE 'segments' END AS kind, n.code INTO fault
    FROM old_rows AS o JOIN appraisal.person AS n USING (person_id)
    WHERE o.person_id = acting_id
       OR o.leads AND EXISTS (SELECT FROM appraisal.participant AS p WHERE p.cycle_id = o.cycle_id AND p.person_id = o.person_id)
    LIMIT 1;
    IF FOUND THEN
        PERFORM appraisal.refuse_participant(fault.kind, format('person "%s"', fault.code));
    END IF;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.keep_removed_participants() IS
    'trigger: all segments of a person are removed together, and nobody removes one''s own';
CREATE TRIGGER keep_participant_insert AFTER INSERT ON appraisal.participant REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.keep_new_participants();
CREATE TRIGGER keep_participant_update AFTER UPDATE ON appraisal.participant REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.keep_changed_participants();
CREATE TRIGGER keep_participant_delete AFTER DELETE ON appraisal.participant REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.keep_removed_participants();

-- Earlier figures of those for whom the one who is asking may propose goals, and of nobody else: a manager
-- needs those of the years before, when the person had another one.
CREATE FUNCTION appraisal.my_earlier_actuals(cycle_id bigint, participants bigint[])
    RETURNS TABLE (participant_id bigint, scheme_indicator_id bigint, actual numeric)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    is_owner CONSTANT boolean := pg_has_role(session_user, current_user, 'USAGE');
BEGIN
    RETURN QUERY
    SELECT e.participant_id, e.scheme_indicator_id, e.actual
    FROM appraisal.earlier_actuals(my_earlier_actuals.cycle_id, participants) AS e
    WHERE (SELECT appraisal.acting_as('hr')) OR is_owner
       OR e.participant_id IN (SELECT appraisal.my_participants() UNION ALL SELECT appraisal.my_participations());
END
$function$;
COMMENT ON FUNCTION appraisal.my_earlier_actuals(bigint, bigint[]) IS
    'earlier_actuals() of the participants for whom the one who is asking may propose goals';

-- A goal that changes is neither confirmed nor approved any more, and nobody chooses when one confirmed.
CREATE FUNCTION appraisal.clear_goal() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $trigger$
BEGIN
    IF (NEW.title, NEW.earns, NEW.weight, NEW.target) IS DISTINCT FROM (OLD.title, OLD.earns, OLD.weight, OLD.target) THEN
        NEW.confirmed_at := NULL;
        NEW.approved_by_head := NULL;
        NEW.approved_by_hr := NULL;
    ELSIF NEW.confirmed_at IS DISTINCT FROM OLD.confirmed_at AND NEW.confirmed_at IS NOT NULL THEN
        NEW.confirmed_at := statement_timestamp();
    END IF;
    RETURN NEW;
END
$trigger$;
COMMENT ON FUNCTION appraisal.clear_goal() IS 'trigger: a goal that changes has to be confirmed and approved anew';
CREATE TRIGGER clear_goal BEFORE UPDATE ON appraisal.goal
    FOR EACH ROW EXECUTE FUNCTION appraisal.clear_goal();

CREATE FUNCTION appraisal.keep_new_goals() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
DECLARE
    acting_id CONSTANT bigint := appraisal.acting_person();
    fault record;
BEGIN
    -- the rules once a cycle, not once a row
    WITH written AS MATERIALIZED (
        SELECT w.cycle_id, array_agg(DISTINCT w.participant_id) AS participants FROM new_rows AS w GROUP BY w.cycle_id
    ),
    rule AS MATERIALIZED (
        SELECT w.cycle_id, k.job_group, k.scheme_indicator_id
        FROM written AS w, appraisal.cycle_indicators(w.cycle_id) AS k
    ),
    earlier AS MATERIALIZED (
        SELECT w.cycle_id, e.* FROM written AS w, appraisal.earlier_actuals(w.cycle_id, w.participants) AS e
    )
    SELECT x.* INTO fault
    FROM (SELECT n.cycle_id, n.participant_id, n.goal_id, n.title, n.target, e.actual,
                 CASE WHEN num_nonnulls(n.confirmed_at, n.approved_by_head, n.approved_by_hr, n.adjusted_by, n.adjusted_because) > 0
                          THEN 'early'
                      WHEN k.scheme_indicator_id IS NULL THEN 'indicator'
                      WHEN n.proposed_by IS DISTINCT FROM acting_id THEN 'proposer'
                      WHEN coalesce(p.person_id, p.manager_id) = acting_id AND s.goals_set_by <> 'person' THEN 'own'
                      WHEN n.floor IS DISTINCT FROM e.actual THEN 'floor'
                      WHEN n.target IS NULL AND e.actual IS NOT NULL OR appraisal.is_worse(n.target, e.actual, e.direction)
                          THEN 'target' END AS kind
          FROM new_rows AS n
          JOIN appraisal.participant AS p USING (cycle_id, participant_id)
          JOIN appraisal.cycle AS y USING (cycle_id)
          JOIN appraisal.scheme AS s USING (scheme_id)
          LEFT JOIN rule AS k
            ON k.cycle_id = n.cycle_id AND k.job_group = p.job_group AND k.scheme_indicator_id = n.scheme_indicator_id
          LEFT JOIN earlier AS e
            ON e.cycle_id = n.cycle_id AND e.participant_id = n.participant_id
           AND e.scheme_indicator_id = n.scheme_indicator_id) AS x
    WHERE x.kind IS NOT NULL
    ORDER BY x.goal_id LIMIT 1;
    IF FOUND THEN
        PERFORM appraisal.refuse_goal(fault.kind, fault.title, appraisal.participant_name(fault.cycle_id, fault.participant_id),
                                      fault.target, fault.actual);
    END IF;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.keep_new_goals() IS
    'trigger: a goal is for one of the participant''s indicators, proposed by who adds it, and no worse than its floor';

CREATE FUNCTION appraisal.keep_changed_goals() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
DECLARE
    acting_id CONSTANT bigint := appraisal.acting_person();
    below CONSTANT bigint[] := ARRAY(SELECT appraisal.my_participants());
    acts_as_hr CONSTANT boolean := appraisal.acting_as('hr');
    fault record;
BEGIN
    SELECT x.* INTO fault
    FROM (SELECT o.cycle_id, o.participant_id, o.goal_id, o.title, n.target, n.floor AS actual,
                 CASE WHEN (n.participant_id, n.scheme_indicator_id, n.floor)
                           IS DISTINCT FROM (o.participant_id, o.scheme_indicator_id, o.floor) THEN 'key'
                      WHEN v.is_own AND g.is_adjusted THEN 'adjust own'
                      WHEN g.is_adjusted AND (n.adjusted_by IS DISTINCT FROM acting_id OR n.adjusted_because IS NULL) THEN 'adjuster'
                      WHEN n.proposed_by IS DISTINCT FROM o.proposed_by AND n.proposed_by IS DISTINCT FROM acting_id THEN 'proposer'
                      WHEN v.is_own AND g.is_changed AND s.goals_set_by <> 'person' THEN 'own'
                      -- not adjusted by the one who is acting: a proposal in place of an earlier one
                      WHEN (g.is_changed OR n.proposed_by IS DISTINCT FROM o.proposed_by)
                           AND NOT (n.adjusted_because IS NOT NULL AND n.adjusted_by IS NOT DISTINCT FROM acting_id)
                           AND (n.adjusted_because IS NOT NULL OR o.adjusted_because IS NOT NULL
                                OR n.proposed_by IS DISTINCT FROM acting_id
                                OR NOT (o.proposed_by IS NOT DISTINCT FROM acting_id
                                        OR s.goals_set_by = 'person' AND v.is_own
                                        OR s.goals_set_by = 'manager' AND o.participant_id = ANY (below)))
                          THEN 'proposal'
                      WHEN g.is_changed AND (n.target IS NULL AND n.floor IS NOT NULL
                                             OR appraisal.is_worse(n.target, n.floor, i.direction)) THEN 'target'
                      -- what a change has cleared needs nobody's leave
                      WHEN g.is_changed THEN NULL
                      WHEN n.confirmed_at IS DISTINCT FROM o.confirmed_at AND NOT v.is_own THEN 'confirm'
                      WHEN v.is_own AND (n.approved_by_head, n.approved_by_hr)
                                        IS DISTINCT FROM (o.approved_by_head, o.approved_by_hr) THEN 'approve own'
                      WHEN n.approved_by_head IS DISTINCT FROM o.approved_by_head
                           AND NOT (coalesce(o.approved_by_head, acting_id) = acting_id
                                    AND coalesce(n.approved_by_head, acting_id) = acting_id
                                    AND o.participant_id = ANY (below)) IS TRUE THEN 'approve as head'
                      WHEN n.approved_by_hr IS DISTINCT FROM o.approved_by_hr
                           AND NOT (acts_as_hr AND coalesce(n.approved_by_hr, session_user) = session_user) THEN 'approve as hr'
                      -- who is above approves as head
                      WHEN n.approved_by_hr IS DISTINCT FROM o.approved_by_hr AND n.approved_by_hr IS NOT NULL
                           AND o.participant_id = ANY (below) AND coalesce(o.approved_by_head, acting_id) = acting_id
                          THEN 'approve twice'
                 END AS kind
          FROM old_rows AS o
          JOIN appraisal.participant AS p ON p.cycle_id = o.cycle_id AND p.participant_id = o.participant_id
          JOIN appraisal.cycle AS y ON y.cycle_id = o.cycle_id
          JOIN appraisal.scheme AS s ON s.scheme_id = y.scheme_id
          JOIN appraisal.scheme_indicator AS u ON u.scheme_indicator_id = o.scheme_indicator_id
          JOIN appraisal.indicator AS i ON i.indicator_id = u.indicator_id
          LEFT JOIN new_rows AS n ON n.cycle_id = o.cycle_id AND n.goal_id = o.goal_id,
          LATERAL (SELECT coalesce(coalesce(p.person_id, p.manager_id) = acting_id, false) AS is_own) AS v,
          LATERAL (SELECT (n.title, n.earns, n.weight, n.target) IS DISTINCT FROM (o.title, o.earns, o.weight, o.target) AS is_changed,
                          (n.adjusted_by, n.adjusted_because) IS DISTINCT FROM (o.adjusted_by, o.adjusted_because) AS is_adjusted) AS g
         ) AS x
    WHERE x.kind IS NOT NULL
    ORDER BY x.goal_id LIMIT 1;
    IF FOUND THEN
        PERFORM appraisal.refuse_goal(fault.kind, fault.title, appraisal.participant_name(fault.cycle_id, fault.participant_id),
                                      fault.target, fault.actual);
    END IF;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.keep_changed_goals() IS
    'trigger: who may propose, adjust, confirm and approve a goal, each in the own name, and that its target is no worse than its floor';
CREATE TRIGGER keep_goal_insert AFTER INSERT ON appraisal.goal REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.keep_new_goals();
CREATE TRIGGER keep_goal_update AFTER UPDATE ON appraisal.goal REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.keep_changed_goals();

REVOKE ALL ON FUNCTION appraisal.keep_cycle(), appraisal.keep_new_participants(), appraisal.keep_changed_participants(),
    appraisal.keep_removed_participants(), appraisal.my_earlier_actuals(bigint, bigint[]), appraisal.clear_goal(),
    appraisal.keep_new_goals(), appraisal.keep_changed_goals() FROM PUBLIC;
-- What keeps measurements, reviews, marks and feedback to the rules, by whatever way they are written.
--
-- As in 70_cycle_guards.sql, a guard belongs to the tables' owner and looks at a statement's rows at once.
-- Who may write what binds everybody but that owner, whose session could take the guard away; what may be
-- written binds all. Messages name a review by its key, never by its rater.

CREATE FUNCTION appraisal.segment_times(cycle_id bigint) RETURNS TABLE (participant_id bigint, during daterange)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    -- a segment is a run of postings in one unit; of several in a unit the first is the first segment there
    WITH moved AS (
        SELECT p.participant_id, p.person_id, p.unit_id,
               row_number() OVER (PARTITION BY p.person_id, p.unit_id ORDER BY p.segment) AS place
        FROM appraisal.participant AS p
        WHERE p.cycle_id = $1
          AND p.person_id IN (SELECT o.person_id FROM appraisal.participant AS o WHERE o.cycle_id = $1 AND o.segment > 1)
    ), posted AS (
        SELECT g.person_id, g.unit_id, g.during,
               (g.unit_id IS DISTINCT FROM lag(g.unit_id) OVER (PARTITION BY g.person_id ORDER BY g.during))::integer AS begins
        FROM appraisal.posting AS g
        JOIN appraisal.cycle AS c ON g.during && c.during
        JOIN appraisal.person AS n ON n.person_id = g.person_id AND g.during && daterange(n.hired_on, n.left_on)
        WHERE c.cycle_id = $1 AND g.person_id IN (SELECT m.person_id FROM moved AS m)
    ), run AS (
        SELECT o.person_id, o.unit_id, o.during, sum(o.begins) OVER (PARTITION BY o.person_id, o.unit_id ORDER BY o.during) AS place
        FROM posted AS o
    )
    SELECT m.participant_id, r.during
    FROM moved AS m JOIN run AS r USING (person_id, unit_id, place)
    WHERE (SELECT appraisal.acting_as('hr')) OR m.participant_id IN (SELECT appraisal.my_participants())
       OR (SELECT pg_has_role(session_user, current_user, 'USAGE'))
$function$;
COMMENT ON FUNCTION appraisal.segment_times(bigint) IS
    'when the segments of those were who moved within a cycle''s period, as far as the caller may record figures for them';

CREATE FUNCTION appraisal.my_reviews(cycle_id bigint)
    RETURNS TABLE (review_id bigint, source text, status text, person text, unit text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT r.review_id, r.source, r.status, n.code, u.code
    FROM appraisal.review AS r
    JOIN appraisal.participant AS p USING (cycle_id, participant_id)
    LEFT JOIN appraisal.person AS n ON n.person_id = p.person_id
    LEFT JOIN appraisal.unit AS u ON u.unit_id = p.appraised_unit_id
    WHERE r.cycle_id = $1 AND +r.rater_id = appraisal.acting_person()
$function$;
COMMENT ON FUNCTION appraisal.my_reviews(bigint) IS
    'the reviews of a cycle that were assigned to the one who is asking, with the code of the person or the unit to review';

CREATE FUNCTION appraisal.my_delegate(cycle_id bigint, review_id bigint) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT appraisal.delegate_of(r.cycle_id, r.review_id)
    FROM appraisal.review AS r
    WHERE r.cycle_id = $1 AND r.review_id = $2 AND r.rater_id = appraisal.acting_person()
$function$;
COMMENT ON FUNCTION appraisal.my_delegate(bigint, bigint) IS
    'person to whom the one who is asking may hand on a review that was assigned to them';

-- Who writes takes the cycle's row first and other rows after it, as close_reviews() does.
CREATE FUNCTION appraisal.hold_cycle(cycle_id bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    PERFORM FROM appraisal.cycle AS c WHERE c.cycle_id = hold_cycle.cycle_id FOR SHARE;
END
$function$;
COMMENT ON FUNCTION appraisal.hold_cycle(bigint) IS 'keeps a cycle in its status until the transaction ends';

CREATE FUNCTION appraisal.write_reviews(cycle_id bigint, raters jsonb, most integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    IF NOT appraisal.acting_as('hr') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = 'HR alone assigns reviews',
            HINT = 'Ask HR to CALL appraisal.assign_reviews().';
    END IF;
    -- one call at a time
    PERFORM FROM appraisal.cycle AS c WHERE c.cycle_id = write_reviews.cycle_id FOR NO KEY UPDATE;
    RETURN appraisal.add_reviews(write_reviews.cycle_id, raters, most);
END
$function$;
COMMENT ON FUNCTION appraisal.write_reviews(bigint, jsonb, integer) IS
    'for HR: adds the reviews of a cycle, with the rights of the tables'' owner; assign_reviews() calls it';

CREATE FUNCTION appraisal.refuse_wrong_measurement() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
DECLARE
    me bigint := appraisal.acting_person();
    is_owner boolean := pg_has_role(session_user, current_user, 'USAGE');
    wrong record;
BEGIN
    IF EXISTS (SELECT FROM written_rows AS w JOIN appraisal.participant AS p USING (cycle_id, participant_id)
               WHERE p.person_id = me) THEN
        PERFORM appraisal.refuse_own_measurement();
    END IF;
    WITH measured AS MATERIALIZED (
        SELECT DISTINCT g.cycle_id, g.job_group, i.indicator_id
        FROM (SELECT DISTINCT c.cycle_id, c.scheme_id, p.job_group
              FROM written_rows AS w
              JOIN appraisal.participant AS p USING (cycle_id, participant_id)
              JOIN appraisal.cycle AS c USING (cycle_id)) AS g
        CROSS JOIN LATERAL appraisal.job_group_indicators(g.scheme_id, g.job_group) AS i
        JOIN appraisal.indicator AS d USING (indicator_id)
        WHERE d.direction IS NOT NULL
    )
    SELECT w.measurement_id, c.code,
           CASE
           WHEN NOT is_owner AND w.recorded_by IS DISTINCT FROM me THEN
               ARRAY['AP003', 'a measurement is recorded in one''s own name']
           WHEN NOT is_owner AND w.recorded_at <> statement_timestamp() THEN
               ARRAY['AP003', 'the time of a measurement is that of recording it']
           WHEN m.indicator_id IS NULL THEN
               ARRAY['AP005', format('indicator "%s" is not measured for job group "%s"', i.code, p.job_group)]
           WHEN s.participant_id <> w.participant_id OR s.indicator_id <> w.indicator_id THEN
               ARRAY['AP005', 'a correction is of the same participant and indicator']
           END AS problem
    INTO wrong
    FROM written_rows AS w
    JOIN appraisal.cycle AS c USING (cycle_id)
    JOIN appraisal.participant AS p USING (cycle_id, participant_id)
    JOIN appraisal.indicator AS i USING (indicator_id)
    LEFT JOIN measured AS m ON m.cycle_id = w.cycle_id AND m.job_group = p.job_group AND m.indicator_id = w.indicator_id
    LEFT JOIN appraisal.measurement AS s ON s.cycle_id = w.cycle_id AND s.measurement_id = w.supersedes
    WHERE m.indicator_id IS NULL OR s.participant_id <> w.participant_id OR s.indicator_id <> w.indicator_id
       OR NOT is_owner AND (w.recorded_by IS DISTINCT FROM me OR w.recorded_at <> statement_timestamp())
    ORDER BY w.measurement_id
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = wrong.problem[1],
            MESSAGE = wrong.problem[2],
            DETAIL = format('It is measurement %s of cycle "%s".', wrong.measurement_id, wrong.code),
            HINT = 'CALL appraisal.record_measurement() or correct_measurement().';
    END IF;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.refuse_wrong_measurement() IS
    'trigger: figures are of indicators that are measured or have a direction, recorded by who says so and not of oneself; corrections are of the same thing';

CREATE FUNCTION appraisal.refuse_wrong_review() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
DECLARE
    wrong record;
BEGIN
    SELECT w.review_id, c.code INTO wrong
    FROM written_rows AS w
    JOIN appraisal.cycle AS c USING (cycle_id)
    JOIN appraisal.participant AS p USING (cycle_id, participant_id)
    WHERE (w.source = 'self') <> (w.rater_id = coalesce(p.person_id, p.manager_id))
    ORDER BY w.review_id
    LIMIT 1;
    IF FOUND THEN
        PERFORM appraisal.refuse_own_review(format('cycle "%s", with key %s', wrong.code, wrong.review_id));
    END IF;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.refuse_wrong_review() IS
    'trigger: a review as oneself is by oneself, and no other is; a unit is its head';

CREATE FUNCTION appraisal.keep_review() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
DECLARE
    me bigint := appraisal.acting_person();
    is_owner boolean := pg_has_role(session_user, current_user, 'USAGE');
    is_hr boolean := is_owner OR appraisal.acting_as('hr');
    wrong record;
BEGIN
    SELECT coalesce(o.review_id, n.review_id) AS review_id, n.status, j.problem INTO wrong
    FROM old_rows AS o
    FULL JOIN new_rows AS n ON n.cycle_id = o.cycle_id AND n.review_id = o.review_id
    LEFT JOIN appraisal.participant AS p ON p.cycle_id = n.cycle_id AND p.participant_id = n.participant_id
    CROSS JOIN LATERAL (SELECT
        CASE
        WHEN o.review_id IS NULL OR n.review_id IS NULL
             OR (n.participant_id, n.rater_id, n.source, n.anonymous) <> (o.participant_id, o.rater_id, o.source, o.anonymous) THEN
            ARRAY['AP005', 'a review stays of whom, by whom, as what and as anonymous as it is']
        WHEN o.status = 'assigned' AND n.status IN ('submitted', 'declined', 'recused') THEN
            CASE WHEN NOT is_owner AND n.rater_id IS DISTINCT FROM me THEN
                     ARRAY['AP003', 'a review is given, declined or handed on by its rater alone']
                 WHEN NOT is_owner AND n.submitted_at <> statement_timestamp() THEN
                     ARRAY['AP003', 'the time of a review is that of submitting it']
                 WHEN n.status = 'submitted' AND n.reason IS DISTINCT FROM o.reason THEN
                     ARRAY['AP005', 'a reason is given for what is not submitted'] END
        WHEN o.status = 'assigned' AND n.status = 'lapsed' OR o.status IN ('submitted', 'lapsed') AND n.status = 'assigned' THEN
            CASE WHEN NOT is_hr THEN ARRAY['AP003', 'HR alone lets a review lapse or opens it again']
                 WHEN n.status = 'assigned' AND p.person_id = me THEN ARRAY['AP003', 'nobody opens reviews of oneself again']
                 WHEN n.status = 'assigned' AND coalesce(n.reason, '') = '' THEN
                     ARRAY['AP005', 'a review is opened again for a reason'] END
        WHEN n.status <> o.status THEN
            ARRAY['AP001', format('a review that is %s cannot become %s', o.status, n.status)]
        WHEN n.status NOT IN ('assigned', 'lapsed') OR n.reason IS DISTINCT FROM o.reason THEN
            CASE WHEN n IS DISTINCT FROM o THEN ARRAY['AP001', format('a review that is %s stays as it is', o.status)] END
        END AS status_problem,
        CASE
        WHEN n.due_on IS DISTINCT FROM o.due_on AND NOT is_hr THEN ARRAY['AP003', 'HR alone says when a review is due']
        WHEN n.comments IS DISTINCT FROM o.comments AND NOT is_owner AND (n.rater_id IS DISTINCT FROM me OR o.status <> 'assigned') THEN
            ARRAY['AP003', 'comments are its rater''s, while the review is open']
        END AS column_problem) AS f
    CROSS JOIN LATERAL (SELECT coalesce(f.status_problem, f.column_problem) AS problem) AS j
    WHERE j.problem IS NOT NULL
    ORDER BY 1
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = wrong.problem[1],
            MESSAGE = wrong.problem[2],
            DETAIL = format('It is review %s.', wrong.review_id),
            HINT = 'The rater calls submit_review(), decline_review(), recuse() or delegate_review(), HR reopen_review().';
    END IF;

    WITH given AS (
        SELECT n.cycle_id, n.review_id, n.source, n.anonymous, n.comments, c.code, c.period, c.scheme_id, p.job_group
        FROM old_rows AS o
        JOIN new_rows AS n ON n.cycle_id = o.cycle_id AND n.review_id = o.review_id
        JOIN appraisal.participant AS p ON p.cycle_id = n.cycle_id AND p.participant_id = n.participant_id
        JOIN appraisal.cycle AS c ON c.cycle_id = n.cycle_id
        WHERE o.status = 'assigned' AND n.status = 'submitted'
    ), group_given AS (
        SELECT DISTINCT g.scheme_id, g.period, g.job_group FROM given AS g
    ), lack AS (
        SELECT g.review_id, g.code, 'marks' AS of_what, i.code AS lacking
        FROM (SELECT DISTINCT x.scheme_id, x.job_group, r.indicator_id, r.code
              FROM group_given AS x
              CROSS JOIN LATERAL appraisal.job_group_indicators(x.scheme_id, x.job_group) AS r
              WHERE r.kind <> 'measured' AND r.dimension_weight > 0) AS i
        JOIN given AS g USING (scheme_id, job_group)
        LEFT JOIN appraisal.rating AS t
          ON t.cycle_id = g.cycle_id AND t.review_id = g.review_id AND t.indicator_id = i.indicator_id
        WHERE t.review_id IS NULL
        UNION ALL
        -- a superior's review says in words what is to be said
        SELECT g.review_id, g.code, 'comments', topic
        FROM group_given AS x
        JOIN appraisal.scheme AS s USING (scheme_id)
        CROSS JOIN LATERAL appraisal.job_group_raters(x.scheme_id, x.period, x.job_group) AS r
        JOIN given AS g ON g.scheme_id = x.scheme_id AND g.period = x.period AND g.job_group = x.job_group AND g.source = r.source
        CROSS JOIN LATERAL unnest(s.comment_topics) AS topic
        WHERE r.source = 'manager' AND r.weight > 0 AND NOT g.anonymous
          AND coalesce(btrim(g.comments ->> topic), '') = ''
    )
    SELECT l.review_id, l.code, l.of_what, string_agg(format('"%s"', l.lacking), ', ' ORDER BY l.lacking) AS lacking INTO wrong
    FROM lack AS l
    GROUP BY 1, 2, 3
    ORDER BY 1, 3 DESC
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('review %s of cycle "%s" lacks %s: %s', wrong.review_id, wrong.code, wrong.of_what, wrong.lacking),
            HINT = format('CALL appraisal.submit_review() with %s for each.',
                          CASE wrong.of_what WHEN 'marks' THEN 'a mark' ELSE 'a comment' END);
    END IF;

    -- what was handed on is assigned anew
    INSERT INTO appraisal.review (cycle_id, participant_id, rater_id, source, anonymous, due_on)
    SELECT n.cycle_id, n.participant_id, n.delegated_to, n.source, n.anonymous, n.due_on
    FROM old_rows AS o
    JOIN new_rows AS n ON n.cycle_id = o.cycle_id AND n.review_id = o.review_id
    WHERE n.delegated_to IS NOT NULL AND o.delegated_to IS NULL
      AND n.delegated_to = appraisal.delegate_of(n.cycle_id, n.review_id);
    IF (SELECT count(*) FROM old_rows AS o JOIN new_rows AS n ON n.cycle_id = o.cycle_id AND n.review_id = o.review_id
        WHERE n.delegated_to IS NOT NULL AND o.delegated_to IS NULL
          AND NOT EXISTS (SELECT FROM appraisal.review AS r
                          WHERE r.cycle_id = n.cycle_id AND r.participant_id = n.participant_id AND r.source = n.source
                            AND r.rater_id = n.delegated_to)) > 0 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = 'a review is handed on to whom the scheme names',
            HINT = 'CALL appraisal.delegate_review().';
    END IF;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.keep_review() IS
    'trigger: a review is given by its rater, whole, and opened again by HR; what is handed on is assigned anew';

CREATE FUNCTION appraisal.refuse_wrong_rating() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
DECLARE
    me bigint := appraisal.acting_person();
    is_owner boolean := pg_has_role(session_user, current_user, 'USAGE');
    wrong record;
BEGIN
    IF TG_WHEN = 'BEFORE' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = 'a mark stays in its review and of its indicator',
            HINT = 'The rater calls submit_review().';
    END IF;
    SELECT r.review_id, r.status, c.code INTO wrong
    FROM written_rows AS w
    JOIN appraisal.review AS r USING (cycle_id, review_id)
    JOIN appraisal.cycle AS c USING (cycle_id)
    WHERE r.status <> 'assigned' OR NOT is_owner AND r.rater_id IS DISTINCT FROM me
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = CASE wrong.status WHEN 'assigned' THEN 'AP003' ELSE 'AP001' END,
            MESSAGE = CASE wrong.status WHEN 'assigned' THEN 'the marks of a review are its rater''s'
                           ELSE format('the marks of a review that is %s stay as they are', wrong.status) END,
            DETAIL = format('It is review %s of cycle "%s".', wrong.review_id, wrong.code),
            HINT = 'The rater calls submit_review(); HR opens a submitted one again with reopen_review().';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN NULL;
    END IF;

    WITH mark AS (
        SELECT w.cycle_id, w.review_id, w.indicator_id, w.label, w.levels, w.score, w.evidence, c.scheme_id, c.code, p.job_group
        FROM written_rows AS w
        JOIN appraisal.review AS r USING (cycle_id, review_id)
        JOIN appraisal.participant AS p USING (cycle_id, participant_id)
        JOIN appraisal.cycle AS c USING (cycle_id)
    ), rated AS MATERIALIZED (
        -- an indicator that stands in two dimensions needs the evidence that either asks for
        SELECT g.scheme_id, g.job_group, i.indicator_id, max(d.evidence_below) AS evidence_below, min(d.evidence_from) AS evidence_from
        FROM (SELECT DISTINCT m.scheme_id, m.job_group FROM mark AS m) AS g
        CROSS JOIN LATERAL appraisal.job_group_indicators(g.scheme_id, g.job_group) AS i
        JOIN appraisal.dimension AS d USING (dimension_id)
        WHERE i.kind <> 'measured' AND i.dimension_weight > 0
        GROUP BY 1, 2, 3
    )
    SELECT m.review_id, m.code, i.code AS indicator, m.score, f.problem INTO wrong
    FROM mark AS m
    JOIN appraisal.indicator AS i USING (indicator_id)
    LEFT JOIN rated AS d USING (scheme_id, job_group, indicator_id)
    LEFT JOIN appraisal.indicator_level AS chosen ON chosen.indicator_id = i.indicator_id AND chosen.label = m.label
    CROSS JOIN LATERAL (SELECT CASE
        WHEN d.indicator_id IS NULL THEN format('is not rated for job group "%s"', m.job_group)
        WHEN i.kind = 'gated' THEN
            CASE WHEN m.levels IS NULL OR cardinality(m.levels) <> (SELECT count(*) FROM appraisal.indicator_level AS l
                                                                     WHERE l.indicator_id = i.indicator_id)
                      OR array_position(m.levels, NULL) IS NOT NULL OR NOT m.levels <@ '{0,0.5,1}'::numeric[] THEN
                'takes 0, 0.5 or 1 for each of its levels' END
        WHEN m.levels IS NOT NULL THEN 'has no levels that are passed in order'
        WHEN m.label IS NOT NULL AND chosen.label IS NULL THEN format('has no label "%s"', m.label)
        WHEN i.kind = 'levels' THEN
            CASE WHEN m.label IS NULL THEN 'takes one of its labels'
                 WHEN m.score NOT BETWEEN coalesce(chosen."least", chosen.points) AND chosen.points THEN
                     format('takes %s to %s for label "%s"', coalesce(chosen."least", chosen.points), chosen.points, m.label) END
        WHEN i."least" IS NOT NULL THEN
            CASE WHEN m.score NOT BETWEEN i."least" AND i.most THEN format('takes a mark from %s to %s', i."least", i.most) END
        WHEN m.score <> chosen.points
             OR NOT EXISTS (SELECT FROM appraisal.indicator_level AS l
                            WHERE l.indicator_id = i.indicator_id AND l.points = m.score) THEN
            format('takes one of the marks %s%s',
                   (SELECT string_agg(l.points::text, ', ' ORDER BY l.points, l."position") FROM appraisal.indicator_level AS l
                    WHERE l.indicator_id = i.indicator_id),
                   CASE WHEN m.label IS NOT NULL THEN format(', %s for label "%s"', chosen.points, m.label) END)
        END AS problem) AS kind
    CROSS JOIN LATERAL (SELECT coalesce(kind.problem, CASE
        WHEN coalesce(btrim(m.evidence), '') = '' AND m.score < d.evidence_below THEN
            format('needs evidence for a mark below %s', d.evidence_below)
        WHEN coalesce(btrim(m.evidence), '') = '' AND m.score >= d.evidence_from THEN
            format('needs evidence for a mark of %s or more', d.evidence_from)
        END) AS problem) AS f
    WHERE f.problem IS NOT NULL
    ORDER BY m.review_id, i.code
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP005',
            MESSAGE = format('indicator "%s" %s', wrong.indicator, wrong.problem),
            DETAIL = format('It is review %s of cycle "%s", with a mark of %s.', wrong.review_id, wrong.code, wrong.score),
            HINT = 'The rater calls submit_review() with another mark or with evidence.';
    END IF;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.refuse_wrong_rating() IS
    'trigger: marks are the rater''s own, of an open review, of what is rated, within its range, and extreme ones with evidence';

CREATE FUNCTION appraisal.refuse_wrong_feedback() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
DECLARE
    is_owner boolean := pg_has_role(session_user, current_user, 'USAGE');
BEGIN
    IF EXISTS (SELECT FROM written_rows AS w WHERE NOT is_owner AND w.given_at <> statement_timestamp()) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = 'the time of feedback is that of recording it',
            HINT = 'CALL appraisal.record_feedback().';
    END IF;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.refuse_wrong_feedback() IS 'trigger: nobody says to have told a person earlier';

REVOKE ALL ON FUNCTION appraisal.segment_times(bigint), appraisal.my_reviews(bigint), appraisal.my_delegate(bigint, bigint),
    appraisal.hold_cycle(bigint), appraisal.write_reviews(bigint, jsonb, integer), appraisal.refuse_wrong_measurement(),
    appraisal.refuse_wrong_review(), appraisal.keep_review(), appraisal.refuse_wrong_rating(),
    appraisal.refuse_wrong_feedback() FROM PUBLIC;

-- Triggers fire in order of their names: what is out of step is refused first.
CREATE TRIGGER rules_of_insert AFTER INSERT ON appraisal.measurement
    REFERENCING NEW TABLE AS written_rows FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_wrong_measurement();
CREATE TRIGGER rules_of_insert AFTER INSERT ON appraisal.review
    REFERENCING NEW TABLE AS written_rows FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_wrong_review();
CREATE TRIGGER rules_of_update AFTER UPDATE ON appraisal.review
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION appraisal.keep_review();
CREATE TRIGGER rules_of_insert AFTER INSERT ON appraisal.rating
    REFERENCING NEW TABLE AS written_rows FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_wrong_rating();
CREATE TRIGGER rules_of_update AFTER UPDATE ON appraisal.rating
    REFERENCING NEW TABLE AS written_rows FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_wrong_rating();
CREATE TRIGGER rules_of_key BEFORE UPDATE OF cycle_id, review_id, indicator_id ON appraisal.rating
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_wrong_rating();
CREATE TRIGGER rules_of_delete AFTER DELETE ON appraisal.rating
    REFERENCING OLD TABLE AS written_rows FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_wrong_rating();
CREATE TRIGGER rules_of_insert AFTER INSERT ON appraisal.feedback
    REFERENCING NEW TABLE AS written_rows FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_wrong_feedback();
-- How results are written, and that they stay once they are published.

CREATE FUNCTION appraisal.write_results(cycle_id bigint, OUT scored integer, OUT missing integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
    written record;
BEGIN
    IF NOT appraisal.acting_as('hr') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = 'results are computed by HR only',
            HINT = 'Ask for it a login with the capability hr.';
    END IF;
    -- written, not only locked, for the reason that take_cycle_in_calibration() has
    UPDATE appraisal.cycle AS c SET status = c.status WHERE c.cycle_id = write_results.cycle_id RETURNING c.code, c.status INTO written;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'AP004', MESSAGE = format('there is no cycle with cycle_id %s', write_results.cycle_id);
    ELSIF written.status NOT IN ('scoring', 'calibration') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP001',
            MESSAGE = format('results of cycle "%s" cannot be computed: the cycle is in status %s', written.code, written.status),
            DETAIL = 'It can be in status scoring or calibration.',
            HINT = appraisal.next_step(written.status);
    END IF;
    PERFORM appraisal.refuse_if_signed(write_results.cycle_id, 'results');
    PERFORM appraisal.run_results(write_results.cycle_id);
    SELECT count(*) FILTER (WHERE r.state = 'scored'), count(*) FILTER (WHERE r.state NOT IN ('scored', 'exempt'))
    INTO scored, missing
    FROM appraisal.result AS r WHERE r.cycle_id = write_results.cycle_id AND r.version = 1;
END
$function$;
COMMENT ON FUNCTION appraisal.write_results(bigint) IS
    'what compute_results() calls: computes and writes the results of a cycle, for HR, with the rights of the tables'' owner';

-- A published result is one version of one participant, with the dimensions and sources that it rests on,
-- those of other segments included, and the cut line that it names.
CREATE FUNCTION appraisal.keep_published_result() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
BEGIN
    PERFORM appraisal.refuse_published((SELECT min(c.code) FROM old_rows AS o JOIN appraisal.cycle AS c USING (cycle_id)
                                        WHERE o.published_at IS NOT NULL));
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.keep_published_result() IS 'trigger: a published result never changes';

CREATE FUNCTION appraisal.keep_published_part() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
BEGIN
    IF EXISTS (SELECT FROM appraisal.cycle AS c
               WHERE c.status IN ('published', 'closed') AND c.cycle_id IN (SELECT w.cycle_id FROM changed_rows AS w)) THEN
        PERFORM appraisal.refuse_published((
            SELECT min(c.code)
            FROM changed_rows AS w
            JOIN appraisal.participant AS p USING (cycle_id, participant_id)
            JOIN appraisal.participant AS l
                ON l.cycle_id = p.cycle_id AND coalesce(l.person_id, -l.appraised_unit_id) = coalesce(p.person_id, -p.appraised_unit_id)
            JOIN appraisal.result AS r
                ON r.cycle_id = l.cycle_id AND r.participant_id = l.participant_id AND r.version = w.version
            JOIN appraisal.cycle AS c ON c.cycle_id = w.cycle_id
            WHERE r.published_at IS NOT NULL));
    END IF;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.keep_published_part() IS 'trigger: what a published result rests on never changes';

CREATE FUNCTION appraisal.keep_published_cut_line() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
BEGIN
    PERFORM appraisal.refuse_published((
        SELECT min(c.code)
        FROM old_rows AS o
        JOIN appraisal.result AS r ON r.cycle_id = o.cycle_id AND r.cohort_unit_id = o.unit_id
        JOIN appraisal.cycle AS c ON c.cycle_id = o.cycle_id
        WHERE r.published_at IS NOT NULL));
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.keep_published_cut_line() IS 'trigger: a cut line that a published result names never changes';

CREATE FUNCTION appraisal.keep_published() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
BEGIN
    PERFORM appraisal.refuse_published((SELECT min(c.code) FROM appraisal.result AS r JOIN appraisal.cycle AS c USING (cycle_id)
                                        WHERE r.published_at IS NOT NULL));
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.keep_published() IS 'trigger: tables with published results are never emptied';
REVOKE ALL ON FUNCTION appraisal.write_results(bigint), appraisal.keep_published_result(), appraisal.keep_published_part(),
    appraisal.keep_published_cut_line(), appraisal.keep_published() FROM PUBLIC;

DECLARE
    guard record;
BEGIN
    FOR guard IN
        SELECT v.* FROM (VALUES
            ('result', 'UPDATE', 'OLD', 'old_rows', 'keep_published_result'),
            ('result', 'DELETE', 'OLD', 'old_rows', 'keep_published_result'),
            ('cut_line', 'UPDATE', 'OLD', 'old_rows', 'keep_published_cut_line'),
            ('cut_line', 'DELETE', 'OLD', 'old_rows', 'keep_published_cut_line'),
            ('dimension_score', 'INSERT', 'NEW', 'changed_rows', 'keep_published_part'),
            ('dimension_score', 'UPDATE', 'OLD', 'changed_rows', 'keep_published_part'),
            ('dimension_score', 'DELETE', 'OLD', 'changed_rows', 'keep_published_part'),
            ('source_score', 'INSERT', 'NEW', 'changed_rows', 'keep_published_part'),
            ('source_score', 'UPDATE', 'OLD', 'changed_rows', 'keep_published_part'),
            ('source_score', 'DELETE', 'OLD', 'changed_rows', 'keep_published_part')
        ) AS v (table_name, command, side, row_set, function)
    LOOP
        EXECUTE format('CREATE TRIGGER keep_published_%s AFTER %s ON appraisal.%I REFERENCING %s TABLE AS %I
            FOR EACH STATEMENT EXECUTE FUNCTION appraisal.%I()',
            lower(guard.command), guard.command, guard.table_name, guard.side, guard.row_set, guard.function);
    END LOOP;
END;
CREATE TRIGGER keep_published_truncate BEFORE TRUNCATE ON appraisal.result
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.keep_published();
CREATE TRIGGER keep_published_truncate BEFORE TRUNCATE ON appraisal.cut_line
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.keep_published();
CREATE TRIGGER keep_published_truncate BEFORE TRUNCATE ON appraisal.dimension_score
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.keep_published();
CREATE TRIGGER keep_published_truncate BEFORE TRUNCATE ON appraisal.source_score
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.keep_published();
-- How grades are calibrated and results signed off, and that what is written of it stays. Who calls is checked
-- here or in the member functions that these call; the rest is theirs. Each takes the cycle's row first.

CREATE FUNCTION appraisal.write_adjustments(cycle_id bigint, participants bigint[], grades text[], reasons text[],
                                            authorised_by bigint, undoing boolean) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    IF NOT (appraisal.acting_as('hr') OR appraisal.acting_as('executive') OR appraisal.acting_as('manager')) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = 'grades are calibrated by HR, executives and managers',
            HINT = 'Ask one of them to CALL appraisal.calibrate().';
    END IF;
    PERFORM appraisal.take_cycle_in_calibration(write_adjustments.cycle_id, 'calibrated grades');
    RETURN appraisal.apply_adjustments(write_adjustments.cycle_id, participants, grades, reasons, authorised_by, undoing);
END
$function$;
COMMENT ON FUNCTION appraisal.write_adjustments(bigint, bigint[], text[], text[], bigint, boolean) IS
    'what calibrate() and undo_calibration() call: changes final grades, with the rights of the tables'' owner';

CREATE FUNCTION appraisal.write_sign_off(cycle_id bigint, unit_id bigint, remark text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    IF appraisal.acting_person() IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = 'results are signed by people, and this login is nobody in particular',
            HINT = 'A service sets appraisal.actor to the person it acts for.';
    END IF;
    PERFORM appraisal.take_cycle_in_calibration(write_sign_off.cycle_id, 'signatures');
    RETURN appraisal.apply_sign_off(write_sign_off.cycle_id, write_sign_off.unit_id, write_sign_off.remark);
END
$function$;
COMMENT ON FUNCTION appraisal.write_sign_off(bigint, bigint, text) IS
    'what sign_off() calls: signs the next step for a unit or a cycle, with the rights of the tables'' owner; returns the step';

CREATE FUNCTION appraisal.write_withdrawal(cycle_id bigint, unit_id bigint, reason text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    IF NOT appraisal.acting_as('hr') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = 'HR alone withdraws signatures',
            HINT = 'Ask HR to CALL appraisal.withdraw_sign_off().';
    END IF;
    PERFORM appraisal.take_cycle_in_calibration(write_withdrawal.cycle_id, 'signatures');
    RETURN appraisal.apply_withdrawal(write_withdrawal.cycle_id, write_withdrawal.unit_id, write_withdrawal.reason);
END
$function$;
COMMENT ON FUNCTION appraisal.write_withdrawal(bigint, bigint, text) IS
    'what withdraw_sign_off() calls: for HR, with the rights of the tables'' owner; returns how many signatures it was';

CREATE FUNCTION appraisal.write_quota_override(cycle_id bigint, unit_id bigint, reason text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    IF NOT (appraisal.acting_as('hr') OR appraisal.acting_as('executive')) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP003',
            MESSAGE = 'quotas are overridden by HR and executives',
            HINT = 'Ask one of them to CALL appraisal.override_quota().';
    END IF;
    PERFORM appraisal.take_cycle_in_calibration(write_quota_override.cycle_id, 'overrides of the quota');
    RETURN appraisal.apply_quota_override(write_quota_override.cycle_id, write_quota_override.unit_id, write_quota_override.reason);
END
$function$;
COMMENT ON FUNCTION appraisal.write_quota_override(bigint, bigint, text) IS
    'what override_quota() calls, with the rights of the tables'' owner; returns the heads out of bounds';
REVOKE ALL ON FUNCTION appraisal.write_adjustments(bigint, bigint[], text[], text[], bigint, boolean),
    appraisal.write_sign_off(bigint, bigint, text), appraisal.write_withdrawal(bigint, bigint, text),
    appraisal.write_quota_override(bigint, bigint, text) FROM PUBLIC;

CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON appraisal.adjustment
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_any_change();
CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON appraisal.quota_override
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_any_change();
CREATE TRIGGER only_added_to BEFORE DELETE OR TRUNCATE ON appraisal.sign_off
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_any_change();

-- A signature is withdrawn, once, and else stays as it is.
CREATE FUNCTION appraisal.keep_sign_off() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $trigger$
BEGIN
    IF OLD.withdrawn_at IS NOT NULL OR NEW.withdrawn_at IS NULL
       OR to_jsonb(NEW) - '{withdrawn_at,withdrawn_because}'::text[]
          IS DISTINCT FROM to_jsonb(OLD) - '{withdrawn_at,withdrawn_because}'::text[] THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AP007',
            MESSAGE = 'a signature is withdrawn, once, and else never changes',
            DETAIL = format('It is sign_off %s.', OLD.sign_off_id),
            HINT = 'CALL appraisal.withdraw_sign_off().';
    END IF;
    RETURN NEW;
END
$trigger$;
COMMENT ON FUNCTION appraisal.keep_sign_off() IS 'trigger: a signature is withdrawn, once, and else never changes';
REVOKE ALL ON FUNCTION appraisal.keep_sign_off() FROM PUBLIC;
CREATE TRIGGER keep_sign_off BEFORE UPDATE ON appraisal.sign_off
    FOR EACH ROW EXECUTE FUNCTION appraisal.keep_sign_off();

DECLARE
    written name;
BEGIN
    FOREACH written IN ARRAY ARRAY['adjustment', 'sign_off', 'quota_override'] LOOP
        EXECUTE format('CREATE TRIGGER refuse_out_of_step_insert AFTER INSERT ON appraisal.%I REFERENCING NEW TABLE AS written_rows
            FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_out_of_step(calibration)', written);
    END LOOP;
END;
CREATE TRIGGER refuse_out_of_step_update AFTER UPDATE ON appraisal.sign_off REFERENCING NEW TABLE AS written_rows
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_out_of_step(calibration);

-- What is signed is what the figures come to, so no figure is added after.
CREATE FUNCTION appraisal.refuse_signed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
BEGIN
    PERFORM appraisal.refuse_if_signed(w.cycle_id, 'figures') FROM (SELECT DISTINCT m.cycle_id FROM written_rows AS m) AS w;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.refuse_signed() IS 'trigger: no figures are added to a cycle whose results somebody has signed';
REVOKE ALL ON FUNCTION appraisal.refuse_signed() FROM PUBLIC;
CREATE TRIGGER refuse_signed AFTER INSERT ON appraisal.measurement REFERENCING NEW TABLE AS written_rows
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.refuse_signed();

-- After the audit's own trigger, so that what publishing wrote is in the block.
CREATE FUNCTION appraisal.seal_publication() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $trigger$
BEGIN
    IF EXISTS (SELECT FROM new_rows AS n JOIN old_rows AS o USING (cycle_id)
               WHERE n.status = 'published' AND o.status = 'calibration') THEN
        CALL appraisal.seal_audit();
    END IF;
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION appraisal.seal_publication() IS 'trigger: publication seals the audit log';
REVOKE ALL ON FUNCTION appraisal.seal_publication() FROM PUBLIC;
CREATE TRIGGER seal_publication AFTER UPDATE ON appraisal.cycle REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION appraisal.seal_publication();
-- What all tables have in common: rules and the chart of units are known to all accounts and kept by HR,
-- which is every table that has no policies of its own; policies are asked first; and every table but the
-- audit's own is audited.

DECLARE
    guarded name;
    policy name;
    condition text;
    key_columns text;
BEGIN
    FOR guarded IN
        SELECT c.relname FROM pg_class AS c
        WHERE c.relnamespace = 'appraisal'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relrowsecurity
    LOOP
        EXECUTE format('ALTER TABLE appraisal.%I ENABLE ROW LEVEL SECURITY', guarded);
        EXECUTE format('CREATE POLICY known_to_all ON appraisal.%I FOR SELECT USING (true)', guarded);
        CONTINUE WHEN guarded = 'tables_version';
        EXECUTE format('CREATE POLICY kept_by_hr ON appraisal.%I USING ((SELECT appraisal.acting_as(''hr'')))
            WITH CHECK ((SELECT appraisal.acting_as(''hr'')))', guarded);
    END LOOP;

    -- A policy that goes after a reader's own condition shows by how often it was asked which rows met that.
    FOR guarded, policy, condition IN
        SELECT c.relname, p.polname, pg_get_expr(p.polqual, p.polrelid)
        FROM pg_policy AS p JOIN pg_class AS c ON c.oid = p.polrelid
        WHERE c.relnamespace = 'appraisal'::regnamespace AND p.polqual IS NOT NULL AND p.polname <> 'known_to_all'
    LOOP
        EXECUTE format('ALTER POLICY %I ON appraisal.%I USING (appraisal.decide_first(%s))', policy, guarded, condition);
    END LOOP;

    FOR guarded, key_columns IN
        SELECT c.relname, string_agg(quote_literal(a.attname), ', ' ORDER BY a.attnum)
        FROM pg_class AS c
        JOIN pg_index AS i ON i.indrelid = c.oid AND i.indisprimary
        JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
        WHERE c.relnamespace = 'appraisal'::regnamespace AND c.relkind IN ('r', 'p')
          AND c.relname NOT IN ('audit_log', 'audit_seal')
        GROUP BY c.relname
    LOOP
        EXECUTE format('CREATE TRIGGER audit_insert AFTER INSERT ON appraisal.%I REFERENCING NEW TABLE AS new_rows
            FOR EACH STATEMENT EXECUTE FUNCTION appraisal.write_audit(%s)', guarded, key_columns);
        EXECUTE format('CREATE TRIGGER audit_update AFTER UPDATE ON appraisal.%I REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
            FOR EACH STATEMENT EXECUTE FUNCTION appraisal.write_audit(%s)', guarded, key_columns);
        EXECUTE format('CREATE TRIGGER audit_delete AFTER DELETE ON appraisal.%I REFERENCING OLD TABLE AS old_rows
            FOR EACH STATEMENT EXECUTE FUNCTION appraisal.write_audit(%s)', guarded, key_columns);
        EXECUTE format('CREATE TRIGGER audit_truncate AFTER TRUNCATE ON appraisal.%I
            FOR EACH STATEMENT EXECUTE FUNCTION appraisal.write_audit()', guarded);
    END LOOP;
END;
-- Views for analysts and reporting tools. All are security_invoker: each reader sees of them what that reader
-- sees of the tables, and what is reckoned is reckoned over those rows. Rows of people and of appraised units
-- stand together. None of them hides the keys of a cycle, so that one row is found by index; what is in
-- order of score or grade is sorted, because no index has either (50_result.sql).

CREATE VIEW appraisal.scorecard WITH (security_invoker = true) AS
SELECT r.cycle_id, c.code AS cycle, c.status AS cycle_status, r.participant_id, r.version,
       CASE WHEN p.person_id IS NULL THEN 'unit' ELSE 'person' END AS subject,
       p.person_id, h.code AS person, h.name, p.unit_id, u.code AS unit, u.title AS unit_title, p.manager_id, p.job_group,
       r.state, r.coverage, r.raw_score, r.score, r.natural_grade, d.code AS gate,
       r.cohort_unit_id AS group_unit_id, g.code AS group_unit, r.quota_grade, r.calibrated_grade, r.final_grade, r.rank, r.coefficient,
       r.box_label, r.published_at
FROM appraisal.current_result AS r
JOIN appraisal.cycle AS c ON c.cycle_id = r.cycle_id
JOIN appraisal.participant AS p ON p.cycle_id = r.cycle_id AND p.participant_id = r.participant_id
JOIN appraisal.unit AS u ON u.unit_id = p.unit_id
LEFT JOIN appraisal.person AS h ON h.person_id = p.person_id
LEFT JOIN appraisal.dimension AS d ON d.dimension_id = r.gate_dimension_id
LEFT JOIN appraisal.unit AS g ON g.unit_id = r.cohort_unit_id;
COMMENT ON VIEW appraisal.scorecard IS 'what came out for whom: a row a person or unit and cycle, of the latest version';
COMMENT ON COLUMN appraisal.scorecard.cycle_id IS 'key of the cycle';
COMMENT ON COLUMN appraisal.scorecard.cycle IS 'code of the cycle';
COMMENT ON COLUMN appraisal.scorecard.cycle_status IS 'how far the cycle is: results before published may still change';
COMMENT ON COLUMN appraisal.scorecard.participant_id IS 'key within the cycle; the leading segment''s for who moved';
COMMENT ON COLUMN appraisal.scorecard.version IS 'version of the result';
COMMENT ON COLUMN appraisal.scorecard.subject IS 'person or unit';
COMMENT ON COLUMN appraisal.scorecard.person_id IS 'key of the person; null for a unit';
COMMENT ON COLUMN appraisal.scorecard.person IS 'code of the person; null for a unit';
COMMENT ON COLUMN appraisal.scorecard.name IS 'name of the person; null for a unit';
COMMENT ON COLUMN appraisal.scorecard.unit_id IS 'key of the unit of then; the unit itself for a unit';
COMMENT ON COLUMN appraisal.scorecard.unit IS 'code of that unit';
COMMENT ON COLUMN appraisal.scorecard.unit_title IS 'name of that unit';
COMMENT ON COLUMN appraisal.scorecard.manager_id IS 'key of the direct superior of then; who answers for a unit';
COMMENT ON COLUMN appraisal.scorecard.job_group IS 'job group of then; the kind of unit for a unit';
COMMENT ON COLUMN appraisal.scorecard.state IS 'scored, or why there is no score';
COMMENT ON COLUMN appraisal.scorecard.coverage IS 'share of the weight that had a score, 0 to 1';
COMMENT ON COLUMN appraisal.scorecard.raw_score IS 'total before rounding';
COMMENT ON COLUMN appraisal.scorecard.score IS 'total, rounded';
COMMENT ON COLUMN appraisal.scorecard.natural_grade IS 'grade of the score';
COMMENT ON COLUMN appraisal.scorecard.gate IS 'dimension whose gate was missed and caps the grade';
COMMENT ON COLUMN appraisal.scorecard.group_unit_id IS 'key of the unit whose group of the forced distribution it is';
COMMENT ON COLUMN appraisal.scorecard.group_unit IS 'code of that unit';
COMMENT ON COLUMN appraisal.scorecard.quota_grade IS 'grade by the group''s cut line';
COMMENT ON COLUMN appraisal.scorecard.calibrated_grade IS 'grade that calibration gave';
COMMENT ON COLUMN appraisal.scorecard.final_grade IS 'calibrated, else quota, else natural grade';
COMMENT ON COLUMN appraisal.scorecard.rank IS 'place by score in the cycle; 1 is the best';
COMMENT ON COLUMN appraisal.scorecard.coefficient IS 'coefficient of the final grade';
COMMENT ON COLUMN appraisal.scorecard.box_label IS 'name of the performance and values box';
COMMENT ON COLUMN appraisal.scorecard.published_at IS 'when it was published; null before';

CREATE VIEW appraisal.scorecard_dimension WITH (security_invoker = true) AS
SELECT s.cycle_id, c.code AS cycle, s.participant_id, s.version, p.person_id, h.code AS person, p.unit_id, u.code AS unit,
       p.segment, p.segment_days, p.leads, d.code AS dimension, d.label, d."position", s.weight, s.coverage, s.score, s.grade, d.gate
FROM appraisal.dimension_score AS s
JOIN appraisal.cycle AS c ON c.cycle_id = s.cycle_id
JOIN appraisal.participant AS p ON p.cycle_id = s.cycle_id AND p.participant_id = s.participant_id
JOIN appraisal.unit AS u ON u.unit_id = p.unit_id
JOIN appraisal.dimension AS d ON d.dimension_id = s.dimension_id
LEFT JOIN appraisal.person AS h ON h.person_id = p.person_id
WHERE NOT EXISTS (SELECT FROM appraisal.dimension_score AS later
                  WHERE later.cycle_id = s.cycle_id AND later.participant_id = s.participant_id AND later.version > s.version);
COMMENT ON VIEW appraisal.scorecard_dimension IS 'the dimensions of each scorecard, a row each; once a segment for who moved';
COMMENT ON COLUMN appraisal.scorecard_dimension.cycle_id IS 'key of the cycle';
COMMENT ON COLUMN appraisal.scorecard_dimension.cycle IS 'code of the cycle';
COMMENT ON COLUMN appraisal.scorecard_dimension.participant_id IS 'key within the cycle, of the segment';
COMMENT ON COLUMN appraisal.scorecard_dimension.version IS 'version of the result';
COMMENT ON COLUMN appraisal.scorecard_dimension.person_id IS 'key of the person; null for a unit';
COMMENT ON COLUMN appraisal.scorecard_dimension.person IS 'code of the person; null for a unit';
COMMENT ON COLUMN appraisal.scorecard_dimension.unit_id IS 'key of the unit of the segment';
COMMENT ON COLUMN appraisal.scorecard_dimension.unit IS 'code of that unit';
COMMENT ON COLUMN appraisal.scorecard_dimension.segment IS 'counts the postings of the period from 1';
COMMENT ON COLUMN appraisal.scorecard_dimension.segment_days IS 'days of the segment, by which it weighs';
COMMENT ON COLUMN appraisal.scorecard_dimension.leads IS 'is it the segment that carries the result?';
COMMENT ON COLUMN appraisal.scorecard_dimension.dimension IS 'code of the dimension';
COMMENT ON COLUMN appraisal.scorecard_dimension.label IS 'its name in the scheme''s language';
COMMENT ON COLUMN appraisal.scorecard_dimension."position" IS 'order in which dimensions are shown';
COMMENT ON COLUMN appraisal.scorecard_dimension.weight IS 'per cent of the total';
COMMENT ON COLUMN appraisal.scorecard_dimension.coverage IS 'share of the indicators'' weight that had points, 0 to 1';
COMMENT ON COLUMN appraisal.scorecard_dimension.score IS 'weighted mean of the points; null if none';
COMMENT ON COLUMN appraisal.scorecard_dimension.grade IS 'grade by the dimension''s own scale';
COMMENT ON COLUMN appraisal.scorecard_dimension.gate IS 'a score below it caps the final grade';

CREATE VIEW appraisal.scorecard_source WITH (security_invoker = true) AS
SELECT s.cycle_id, c.code AS cycle, s.participant_id, s.version, p.person_id, h.code AS person, p.unit_id, u.code AS unit,
       p.segment, p.segment_days, p.leads, s.source, s.anonymous, s.weight, s.raters, s.state, s.score
FROM appraisal.source_score AS s
JOIN appraisal.cycle AS c ON c.cycle_id = s.cycle_id
JOIN appraisal.participant AS p ON p.cycle_id = s.cycle_id AND p.participant_id = s.participant_id
JOIN appraisal.unit AS u ON u.unit_id = p.unit_id
LEFT JOIN appraisal.person AS h ON h.person_id = p.person_id
WHERE NOT EXISTS (SELECT FROM appraisal.source_score AS later
                  WHERE later.cycle_id = s.cycle_id AND later.participant_id = s.participant_id AND later.version > s.version);
COMMENT ON VIEW appraisal.scorecard_source IS 'what each source gave, a row each; once a segment for who moved';
COMMENT ON COLUMN appraisal.scorecard_source.cycle_id IS 'key of the cycle';
COMMENT ON COLUMN appraisal.scorecard_source.cycle IS 'code of the cycle';
COMMENT ON COLUMN appraisal.scorecard_source.participant_id IS 'key within the cycle, of the segment';
COMMENT ON COLUMN appraisal.scorecard_source.version IS 'version of the result';
COMMENT ON COLUMN appraisal.scorecard_source.person_id IS 'key of the person; null for a unit';
COMMENT ON COLUMN appraisal.scorecard_source.person IS 'code of the person; null for a unit';
COMMENT ON COLUMN appraisal.scorecard_source.unit_id IS 'key of the unit of the segment';
COMMENT ON COLUMN appraisal.scorecard_source.unit IS 'code of that unit';
COMMENT ON COLUMN appraisal.scorecard_source.segment IS 'counts the postings of the period from 1';
COMMENT ON COLUMN appraisal.scorecard_source.segment_days IS 'days of the segment, by which it weighs';
COMMENT ON COLUMN appraisal.scorecard_source.leads IS 'is it the segment that carries the result?';
COMMENT ON COLUMN appraisal.scorecard_source.source IS 'self, manager, peer and so on';
COMMENT ON COLUMN appraisal.scorecard_source.anonymous IS 'is the person never told who rated?';
COMMENT ON COLUMN appraisal.scorecard_source.weight IS 'per cent of a rating';
COMMENT ON COLUMN appraisal.scorecard_source.raters IS 'raters whose reviews count; 0 for a source with too few';
COMMENT ON COLUMN appraisal.scorecard_source.state IS 'scored, or why it is missing';
COMMENT ON COLUMN appraisal.scorecard_source.score IS 'mean of its raters'' marks';

CREATE VIEW appraisal.ranking WITH (security_invoker = true) AS
SELECT s.cycle_id, s.cycle, s.subject, s.rank, s.participant_id, s.person_id, s.person, s.name, s.unit_id, s.unit, s.unit_title,
       s.job_group, s.score, s.final_grade, s.coefficient
FROM appraisal.scorecard AS s
WHERE s.rank IS NOT NULL;
COMMENT ON VIEW appraisal.ranking IS 'who has a score, with the place by it; people and each kind of unit are ranked apart';
COMMENT ON COLUMN appraisal.ranking.cycle_id IS 'key of the cycle';
COMMENT ON COLUMN appraisal.ranking.cycle IS 'code of the cycle';
COMMENT ON COLUMN appraisal.ranking.subject IS 'person or unit';
COMMENT ON COLUMN appraisal.ranking.rank IS 'place by score in the cycle, equal scores share one; 1 is the best';
COMMENT ON COLUMN appraisal.ranking.participant_id IS 'key within the cycle';
COMMENT ON COLUMN appraisal.ranking.person_id IS 'key of the person; null for a unit';
COMMENT ON COLUMN appraisal.ranking.person IS 'code of the person; null for a unit';
COMMENT ON COLUMN appraisal.ranking.name IS 'name of the person; null for a unit';
COMMENT ON COLUMN appraisal.ranking.unit_id IS 'key of the unit of then; the unit itself for a unit';
COMMENT ON COLUMN appraisal.ranking.unit IS 'code of that unit';
COMMENT ON COLUMN appraisal.ranking.unit_title IS 'name of that unit';
COMMENT ON COLUMN appraisal.ranking.job_group IS 'job group of then; the kind of unit for a unit';
COMMENT ON COLUMN appraisal.ranking.score IS 'total, rounded';
COMMENT ON COLUMN appraisal.ranking.final_grade IS 'grade in force';
COMMENT ON COLUMN appraisal.ranking.coefficient IS 'coefficient of that grade';
-- Each group's results are read once, by index, and counted; so a whole cycle is read once, too, and one unit
-- by itself. A grade that the scale does not have, as imported results may, is not counted, and the heads do not
-- add up to those seen. Which grades a rule of a quota counts is asked of quota_check() with one head in one grade.

CREATE VIEW appraisal.grade_distribution WITH (security_invoker = true) AS
SELECT c.cycle_id, c.code AS cycle, 'person' AS level, u.unit_id, u.code AS unit, u.title AS unit_title, l.members, n.seen,
       e.rank AS place, e.grade, coalesce(n.natural_heads[e.rank], 0) AS natural_heads,
       coalesce(n.quota_heads[e.rank], 0) AS quota_heads, coalesce(n.final_heads[e.rank], 0) AS final_heads,
       b."least", b.most, b.least_or_better, b.most_or_better
FROM appraisal.cycle AS c
JOIN appraisal.scheme AS s ON s.scheme_id = c.scheme_id AND s.quota IS NOT NULL
JOIN appraisal.cut_line AS l ON l.cycle_id = c.cycle_id
JOIN appraisal.unit AS u ON u.unit_id = l.unit_id
CROSS JOIN LATERAL (SELECT array_agg(a.grade) AS labels FROM appraisal.grades(s.scale) AS a) AS k
CROSS JOIN LATERAL (
    SELECT count(*)::integer AS seen, appraisal.grade_counts(r.natural_grade, s.scale) FILTER (WHERE r.natural_grade = ANY (k.labels)) AS natural_heads,
           appraisal.grade_counts(r.quota_grade, s.scale) FILTER (WHERE r.quota_grade = ANY (k.labels)) AS quota_heads, appraisal.grade_counts(r.final_grade, s.scale) FILTER (WHERE r.final_grade = ANY (k.labels)) AS final_heads
    FROM appraisal.current_result AS r
    WHERE r.cycle_id = l.cycle_id AND r.cohort_unit_id = l.unit_id
    HAVING count(*) > 0) AS n
CROSS JOIN LATERAL appraisal.grades(s.scale) AS e
LEFT JOIN LATERAL (
    SELECT max(a."least") FILTER (WHERE a.is_own) AS "least", min(a.most) FILTER (WHERE a.is_own) AS most,
           max(CASE WHEN a.is_upper THEN a."least" ELSE l.members - a.most END) FILTER (WHERE a.is_upper OR a.is_lower) AS least_or_better,
           min(CASE WHEN a.is_upper THEN a.most ELSE l.members - a."least" END) FILTER (WHERE a.is_upper OR a.is_lower) AS most_or_better
    FROM (SELECT k."least", k.most, m.first = e.rank AND m.last = e.rank AS is_own, m.first = 1 AND m.last = e.rank AS is_upper,
                 m.last = m.grades AND m.first = e.rank + 1 AS is_lower
          FROM appraisal.quota_bounds(s.quota, s.scale, l.members) WITH ORDINALITY AS k (rule, "least", most, place)
          JOIN (SELECT t.place, min(o.rank) AS first, max(o.rank) AS last, max(o.grades) AS grades
                FROM (SELECT w.rank, count(*) OVER () AS grades FROM appraisal.grades(s.scale) AS w) AS o
                CROSS JOIN LATERAL appraisal.quota_check(
                    array_fill(0, ARRAY[o.rank - 1]) || 1 || array_fill(0, ARRAY[(o.grades - o.rank)::integer]), s.scale, s.quota)
                    WITH ORDINALITY AS t (rule, "least", most, actual, heads_out, place)
                WHERE t.actual = 1
                GROUP BY t.place) AS m ON m.place = k.place) AS a
    WHERE a.is_own OR a.is_upper OR a.is_lower) AS b ON true
UNION ALL
SELECT c.cycle_id, c.code, 'person', u.unit_id, u.code, u.title, n.seen, n.seen, e.rank, e.grade,
       coalesce(n.natural_heads[e.rank], 0), NULL, coalesce(n.final_heads[e.rank], 0),
       NULL, NULL, NULL, NULL
FROM appraisal.cycle AS c
JOIN appraisal.scheme AS s ON s.scheme_id = c.scheme_id AND s.quota IS NULL AND s.scale IS NOT NULL
CROSS JOIN appraisal.unit AS u
CROSS JOIN LATERAL (SELECT array_agg(a.grade) AS labels FROM appraisal.grades(s.scale) AS a) AS k
CROSS JOIN LATERAL (
    SELECT count(*)::integer AS seen, appraisal.grade_counts(r.natural_grade, s.scale) FILTER (WHERE r.natural_grade = ANY (k.labels)) AS natural_heads,
           appraisal.grade_counts(r.final_grade, s.scale) FILTER (WHERE r.final_grade = ANY (k.labels)) AS final_heads
    FROM appraisal.participant AS p
    JOIN appraisal.current_result AS r ON r.cycle_id = p.cycle_id AND r.participant_id = p.participant_id
    WHERE p.unit_id = u.unit_id AND p.cycle_id = c.cycle_id AND p.person_id IS NOT NULL AND r.score IS NOT NULL
    HAVING count(*) > 0) AS n
CROSS JOIN LATERAL appraisal.grades(s.scale) AS e
UNION ALL
SELECT c.cycle_id, c.code, n.job_group, NULL, NULL, NULL, n.seen, n.seen, e.rank, e.grade,
       coalesce(n.natural_heads[e.rank], 0), NULL, coalesce(n.final_heads[e.rank], 0),
       NULL, NULL, NULL, NULL
FROM appraisal.cycle AS c
JOIN appraisal.scheme AS s ON s.scheme_id = c.scheme_id AND s.scale IS NOT NULL
CROSS JOIN LATERAL (SELECT array_agg(a.grade) AS labels FROM appraisal.grades(s.scale) AS a) AS k
CROSS JOIN LATERAL (
    SELECT p.job_group, count(*)::integer AS seen, appraisal.grade_counts(r.natural_grade, s.scale) FILTER (WHERE r.natural_grade = ANY (k.labels)) AS natural_heads,
           appraisal.grade_counts(r.final_grade, s.scale) FILTER (WHERE r.final_grade = ANY (k.labels)) AS final_heads
    FROM appraisal.participant AS p
    JOIN appraisal.current_result AS r ON r.cycle_id = p.cycle_id AND r.participant_id = p.participant_id
    WHERE p.cycle_id = c.cycle_id AND p.appraised_unit_id IS NOT NULL AND r.score IS NOT NULL
    GROUP BY p.job_group) AS n
CROSS JOIN LATERAL appraisal.grades(s.scale) AS e;
COMMENT ON VIEW appraisal.grade_distribution IS
    'how many have which grade, by group of the forced distribution, or by unit where there is none, and by kind for appraised units; counted are the results that the reader sees';
COMMENT ON COLUMN appraisal.grade_distribution.cycle_id IS 'key of the cycle';
COMMENT ON COLUMN appraisal.grade_distribution.cycle IS 'code of the cycle';
COMMENT ON COLUMN appraisal.grade_distribution.level IS 'person, or the kind of the appraised units';
COMMENT ON COLUMN appraisal.grade_distribution.unit_id IS 'key of the unit whose group it is; null for appraised units';
COMMENT ON COLUMN appraisal.grade_distribution.unit IS 'code of that unit';
COMMENT ON COLUMN appraisal.grade_distribution.unit_title IS 'name of that unit';
COMMENT ON COLUMN appraisal.grade_distribution.members IS 'with a score in the group, whoever is asking; the bounds are for so many';
COMMENT ON COLUMN appraisal.grade_distribution.seen IS 'those of them whose results the reader sees: the counts are over these';
COMMENT ON COLUMN appraisal.grade_distribution.place IS 'place of the grade in the scale; 1 is the best';
COMMENT ON COLUMN appraisal.grade_distribution.grade IS 'the grade';
COMMENT ON COLUMN appraisal.grade_distribution.natural_heads IS 'how many have it by their score';
COMMENT ON COLUMN appraisal.grade_distribution.quota_heads IS 'how many have it by the group''s cut line; null without a quota';
COMMENT ON COLUMN appraisal.grade_distribution.final_heads IS 'how many have it in the end';
COMMENT ON COLUMN appraisal.grade_distribution."least" IS 'the quota''s least for this grade by itself; null for no such rule';
COMMENT ON COLUMN appraisal.grade_distribution.most IS 'the quota''s most for this grade by itself';
COMMENT ON COLUMN appraisal.grade_distribution.least_or_better IS 'the quota''s least for this grade and all better ones';
COMMENT ON COLUMN appraisal.grade_distribution.most_or_better IS 'the quota''s most for this grade and all better ones; a rule for the lower end says the same';
-- What is missing is asked participant by participant, so that the first rows come at once, and one person's
-- by index. Reviews are those that the reader may see: whoever may not know of an anonymous rater does not
-- learn from this that one is awaited.

CREATE VIEW appraisal.cycle_progress WITH (security_invoker = true) AS
SELECT p.cycle_id, c.code AS cycle, p.participant_id, CASE WHEN p.person_id IS NULL THEN 'unit' ELSE 'person' END AS subject,
       p.person_id, h.code AS person, h.name, p.unit_id, u.code AS unit, u.title AS unit_title, p.job_group,
       m.what, m.item, m.source, m.waits_for, m.waits_for_id, w.code AS waits_for_person, w.name AS waits_for_name,
       m.since, greatest(current_date - m.since, 0) AS days
FROM appraisal.participant AS p
JOIN appraisal.cycle AS c ON c.cycle_id = p.cycle_id
JOIN appraisal.scheme AS s ON s.scheme_id = c.scheme_id
JOIN appraisal.unit AS u ON u.unit_id = p.unit_id
LEFT JOIN appraisal.person AS h ON h.person_id = p.person_id
CROSS JOIN LATERAL (
    SELECT 'goal' AS what, i.code AS item, NULL AS source, s.goals_set_by AS waits_for,
           CASE s.goals_set_by WHEN 'manager' THEN p.manager_id ELSE coalesce(p.person_id, p.manager_id) END AS waits_for_id,
           lower(c.during) AS since
    FROM appraisal.dimension_weight AS d
    JOIN appraisal.scheme_indicator AS x ON x.scheme_id = d.scheme_id AND x.dimension_id = d.dimension_id
    JOIN appraisal.indicator AS i ON i.indicator_id = x.indicator_id
    WHERE c.status IN ('draft', 'goals') AND s.goals_set_by <> 'none' AND d.scheme_id = c.scheme_id
      AND d.job_group = CASE WHEN (c.scheme_id, p.job_group) IN (SELECT own.scheme_id, own.job_group FROM appraisal.dimension_weight AS own)
                             THEN p.job_group ELSE '*' END
      AND x.job_group = CASE WHEN (x.dimension_id, p.job_group) IN (SELECT own.dimension_id, own.job_group FROM appraisal.scheme_indicator AS own)
                             THEN p.job_group ELSE '*' END
      AND i.direction IS NOT NULL AND x.unit_level IS NULL
      AND NOT EXISTS (SELECT FROM appraisal.goal AS g
                      WHERE g.cycle_id = p.cycle_id AND g.participant_id = p.participant_id AND g.scheme_indicator_id = x.scheme_indicator_id)
    UNION ALL
    SELECT k.what, g.title AS item, NULL AS source, k.waits_for, k.waits_for_id, lower(c.during) AS since
    FROM appraisal.goal AS g
    CROSS JOIN LATERAL (
        SELECT 'confirmation' AS what, 'person' AS waits_for, coalesce(p.person_id, p.manager_id) AS waits_for_id
        WHERE s.goals_confirmed AND g.confirmed_at IS NULL
        UNION ALL
        SELECT 'approval' AS what, 'hr' AS waits_for, NULL AS waits_for_id WHERE s.goals_approved AND g.approved_by_hr IS NULL
        UNION ALL
        -- whoever has nobody above needs HR alone
        SELECT 'approval' AS what, 'head' AS waits_for, a.above_id AS waits_for_id
        FROM (SELECT CASE WHEN p.person_id IS NOT NULL THEN p.manager_id
                          ELSE (SELECT l.manager_id FROM appraisal.participant AS l
                                WHERE l.cycle_id = p.cycle_id AND l.person_id = p.manager_id AND l.manager_id IS NOT NULL
                                ORDER BY l.leads DESC, l.segment LIMIT 1) END AS above_id) AS a
        WHERE s.goals_approved AND g.approved_by_head IS NULL AND a.above_id IS NOT NULL) AS k
    WHERE c.status IN ('draft', 'goals') AND g.cycle_id = p.cycle_id AND g.participant_id = p.participant_id
    UNION ALL
    SELECT 'review' AS what, NULL AS item, v.source, 'rater' AS waits_for, v.rater_id AS waits_for_id,
           coalesce(v.due_on, c.reviews_due, upper(c.during)) AS since
    FROM appraisal.review AS v
    WHERE c.status = 'scoring' AND v.cycle_id = p.cycle_id AND v.participant_id = p.participant_id AND v.status = 'assigned'
    UNION ALL
    SELECT 'measurement' AS what, i.code AS item, NULL AS source, coalesce(i.data_source, 'hr') AS waits_for, NULL AS waits_for_id,
           upper(c.during) AS since
    FROM appraisal.dimension_weight AS d
    JOIN appraisal.scheme_indicator AS x ON x.scheme_id = d.scheme_id AND x.dimension_id = d.dimension_id
    JOIN appraisal.indicator AS i ON i.indicator_id = x.indicator_id
    WHERE c.status IN ('scoring', 'calibration') AND d.scheme_id = c.scheme_id AND d.weight > 0
      AND d.job_group = CASE WHEN (c.scheme_id, p.job_group) IN (SELECT own.scheme_id, own.job_group FROM appraisal.dimension_weight AS own)
                             THEN p.job_group ELSE '*' END
      AND x.job_group = CASE WHEN (x.dimension_id, p.job_group) IN (SELECT own.dimension_id, own.job_group FROM appraisal.scheme_indicator AS own)
                             THEN p.job_group ELSE '*' END
      AND i.kind = 'measured' AND x.unit_level IS NULL
      AND NOT EXISTS (SELECT FROM appraisal.measurement AS f
                      WHERE f.cycle_id = p.cycle_id AND f.participant_id = p.participant_id AND f.indicator_id = i.indicator_id)
      -- who may not see a measurement must not take it for missing
      AND ((SELECT NOT row_security_active('appraisal.measurement') OR appraisal.acting_as('hr') OR appraisal.acting_as('executive')
                   OR appraisal.acting_as('auditor'))
           OR p.participant_id IN (SELECT appraisal.my_participations()) OR p.participant_id IN (SELECT appraisal.my_participants()))) AS m
LEFT JOIN appraisal.person AS w ON w.person_id = m.waits_for_id
WHERE p.exempt_because IS NULL;
COMMENT ON VIEW appraisal.cycle_progress IS
    'what is missing in cycles under way, from whom and since when: goals, their confirmation and approval, reviews, measurements';
COMMENT ON COLUMN appraisal.cycle_progress.cycle_id IS 'key of the cycle';
COMMENT ON COLUMN appraisal.cycle_progress.cycle IS 'code of the cycle';
COMMENT ON COLUMN appraisal.cycle_progress.participant_id IS 'key within the cycle of whom it is about';
COMMENT ON COLUMN appraisal.cycle_progress.subject IS 'person or unit';
COMMENT ON COLUMN appraisal.cycle_progress.person_id IS 'key of the person; null for a unit';
COMMENT ON COLUMN appraisal.cycle_progress.person IS 'code of the person; null for a unit';
COMMENT ON COLUMN appraisal.cycle_progress.name IS 'name of the person; null for a unit';
COMMENT ON COLUMN appraisal.cycle_progress.unit_id IS 'key of the unit of then';
COMMENT ON COLUMN appraisal.cycle_progress.unit IS 'code of that unit';
COMMENT ON COLUMN appraisal.cycle_progress.unit_title IS 'name of that unit';
COMMENT ON COLUMN appraisal.cycle_progress.job_group IS 'job group of then';
COMMENT ON COLUMN appraisal.cycle_progress.what IS 'goal (not proposed), its confirmation or approval, review or measurement';
COMMENT ON COLUMN appraisal.cycle_progress.item IS 'code of the indicator that has no goal or no figure; the goal''s title where it waits for somebody';
COMMENT ON COLUMN appraisal.cycle_progress.source IS 'as what the rater reviews: self, manager, peer and so on';
COMMENT ON COLUMN appraisal.cycle_progress.waits_for IS 'whose turn it is: person, manager, head, hr, rater, or where the figures come from';
COMMENT ON COLUMN appraisal.cycle_progress.waits_for_id IS 'key of the person whose turn it is; null for an office';
COMMENT ON COLUMN appraisal.cycle_progress.waits_for_person IS 'code of that person';
COMMENT ON COLUMN appraisal.cycle_progress.waits_for_name IS 'name of that person';
COMMENT ON COLUMN appraisal.cycle_progress.since IS 'from when it is missing: the first day of the period for goals, the day after it for figures, the day a review was due';
COMMENT ON COLUMN appraisal.cycle_progress.days IS 'days since then; 0 if it is not due yet';
-- How raters rate. Self-appraisals are left out: they have no other raters to stand beside. What others gave is
-- reckoned over the reviews that the reader sees, so it tells nobody of a review that is hidden.

CREATE VIEW appraisal.review_summary WITH (security_invoker = true) AS
SELECT v.cycle_id, v.review_id, v.participant_id, v.rater_id, v.source, v.anonymous,
       appraisal.score_summary(m.score) AS marks,
       count(*) FILTER (WHERE m.score = e.lowest)::integer AS lowest_marks,
       count(*) FILTER (WHERE m.score = e.highest)::integer AS highest_marks
FROM appraisal.review AS v
JOIN appraisal.rating AS m ON m.cycle_id = v.cycle_id AND m.review_id = v.review_id
JOIN (SELECT i.indicator_id,
             CASE i.kind WHEN 'gated' THEN 0 ELSE coalesce(i."least", min(coalesce(l."least", l.points))) END AS lowest,
             CASE i.kind WHEN 'gated' THEN count(l.*) ELSE coalesce(i.most, max(l.points)) END AS highest
      FROM appraisal.indicator AS i LEFT JOIN appraisal.indicator_level AS l ON l.indicator_id = i.indicator_id
      GROUP BY i.indicator_id, i.kind, i."least", i.most) AS e ON e.indicator_id = m.indicator_id
WHERE v.status = 'submitted'
GROUP BY v.cycle_id, v.review_id;
COMMENT ON VIEW appraisal.review_summary IS 'submitted reviews with a summary of their marks';
COMMENT ON COLUMN appraisal.review_summary.cycle_id IS 'key of the cycle';
COMMENT ON COLUMN appraisal.review_summary.review_id IS 'key within the cycle';
COMMENT ON COLUMN appraisal.review_summary.participant_id IS 'who is reviewed';
COMMENT ON COLUMN appraisal.review_summary.rater_id IS 'who reviews';
COMMENT ON COLUMN appraisal.review_summary.source IS 'as what';
COMMENT ON COLUMN appraisal.review_summary.anonymous IS 'is the person never told who rated?';
COMMENT ON COLUMN appraisal.review_summary.marks IS 'its marks: summary_mean(marks) and the like read it, merge_summaries() adds up several';
COMMENT ON COLUMN appraisal.review_summary.lowest_marks IS 'marks that could not be lower';
COMMENT ON COLUMN appraisal.review_summary.highest_marks IS 'marks that could not be higher';

CREATE VIEW appraisal.rater_statistics WITH (security_invoker = true) AS
SELECT c.cycle_id, c.code AS cycle, t.rater_id, h.code AS rater, h.name, t.reviews, appraisal.summary_count(t.marks) AS marks,
       appraisal.summary_mean(t.marks) AS mean, appraisal.summary_stddev(t.marks) AS spread,
       t.compared, t.leniency, round(t.lowest_marks::numeric / appraisal.summary_count(t.marks), 4) AS lowest_share,
       round(t.highest_marks::numeric / appraisal.summary_count(t.marks), 4) AS highest_share
FROM appraisal.cycle AS c
CROSS JOIN LATERAL (
    SELECT v.rater_id, count(*)::integer AS reviews, appraisal.merge_summaries(v.marks) AS marks,
           count(*) FILTER (WHERE v.raters > 1)::integer AS compared,
           round(avg(v.mean - (v.of_all - v.mean) / (v.raters - 1)) FILTER (WHERE v.raters > 1), 8) AS leniency,
           sum(v.lowest_marks) AS lowest_marks, sum(v.highest_marks) AS highest_marks
    FROM (SELECT r.*, sum(r.mean) OVER of_one AS of_all, nullif(count(*) OVER of_one, 1) AS raters
          FROM (SELECT s.participant_id, s.rater_id, s.marks, appraisal.summary_mean(s.marks) AS mean, s.lowest_marks, s.highest_marks
                FROM appraisal.review_summary AS s
                WHERE s.cycle_id = c.cycle_id AND s.source <> 'self') AS r
          WINDOW of_one AS (PARTITION BY r.participant_id)) AS v
    GROUP BY v.rater_id) AS t
LEFT JOIN appraisal.person AS h ON h.person_id = t.rater_id;
COMMENT ON VIEW appraisal.rater_statistics IS
    'how each rater rates in a cycle, beside the other raters of the same people, self-appraisals left out; over the reviews that the reader sees';
COMMENT ON COLUMN appraisal.rater_statistics.cycle_id IS 'key of the cycle';
COMMENT ON COLUMN appraisal.rater_statistics.cycle IS 'code of the cycle';
COMMENT ON COLUMN appraisal.rater_statistics.rater_id IS 'key of the rater';
COMMENT ON COLUMN appraisal.rater_statistics.rater IS 'code of the rater';
COMMENT ON COLUMN appraisal.rater_statistics.name IS 'name of the rater';
COMMENT ON COLUMN appraisal.rater_statistics.reviews IS 'reviews submitted';
COMMENT ON COLUMN appraisal.rater_statistics.marks IS 'marks in them';
COMMENT ON COLUMN appraisal.rater_statistics.mean IS 'mean of the marks';
COMMENT ON COLUMN appraisal.rater_statistics.spread IS 'standard deviation of the marks';
COMMENT ON COLUMN appraisal.rater_statistics.compared IS 'reviews of people whom others review, too';
COMMENT ON COLUMN appraisal.rater_statistics.leniency IS 'by how much the mean of such a review is above the mean of the others of the same person, on average; below 0 is strict';
COMMENT ON COLUMN appraisal.rater_statistics.lowest_share IS 'share of marks that could not be lower';
COMMENT ON COLUMN appraisal.rater_statistics.highest_share IS 'share of marks that could not be higher';

CREATE VIEW appraisal.rater_agreement WITH (security_invoker = true) AS
SELECT c.cycle_id, c.code AS cycle, t.people, t.reviews, t.alpha, t.icc
FROM appraisal.cycle AS c
CROSS JOIN LATERAL (
    SELECT count(*)::integer AS people, sum(o.reviews)::integer AS reviews, round(appraisal.krippendorff_alpha(o.means), 8) AS alpha,
           round(appraisal.icc(o.means), 8) AS icc
    FROM (SELECT s.participant_id, count(*) AS reviews, appraisal.score_summary(appraisal.summary_mean(s.marks)) AS means
          FROM appraisal.review_summary AS s
          WHERE s.cycle_id = c.cycle_id AND s.source <> 'self'
          GROUP BY s.participant_id) AS o
    WHERE o.reviews > 1
    HAVING count(*) > 0) AS t;
COMMENT ON VIEW appraisal.rater_agreement IS
    'how far the raters of a cycle agree on the people who have several, self-appraisals left out; over the reviews that the reader sees';
COMMENT ON COLUMN appraisal.rater_agreement.cycle_id IS 'key of the cycle';
COMMENT ON COLUMN appraisal.rater_agreement.cycle IS 'code of the cycle';
COMMENT ON COLUMN appraisal.rater_agreement.people IS 'who has more than one review';
COMMENT ON COLUMN appraisal.rater_agreement.reviews IS 'reviews of these';
COMMENT ON COLUMN appraisal.rater_agreement.alpha IS 'Krippendorff''s alpha of the reviews'' means: 1 is full agreement, 0 none beyond chance';
COMMENT ON COLUMN appraisal.rater_agreement.icc IS 'share of the variance that is between people: ICC(1)';
END
$create_tables$;
COMMENT ON PROCEDURE appraisal.create_tables() IS
    'make the tables of the records, as ordinary objects of the caller; nothing if they are there';
-- There is one version of the tables so far; a later one adds its step here.
-- A step that makes a table gives the accounts that are there their rights on it: link_account() anew for each.
CREATE PROCEDURE appraisal.upgrade_tables() LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    newest CONSTANT integer := 1;
    present integer;
    owner name;
BEGIN
    IF to_regclass('appraisal.tables_version') IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'AP001', MESSAGE = 'there are no tables to upgrade',
            HINT = 'CALL appraisal.create_tables() makes them.';
    END IF;
    -- what is new would be the caller's, and its SECURITY DEFINER functions would run as the caller
    SELECT pg_get_userbyid(c.relowner) INTO owner FROM pg_class AS c WHERE c.oid = 'appraisal.tables_version'::regclass;
    IF owner <> current_user THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = 'only the owner of the tables upgrades them',
            DETAIL = format('The owner is "%s", the caller is "%s".', owner, current_user),
            HINT = format('SET ROLE %I first.', owner);
    END IF;
    SELECT t.version INTO STRICT present FROM appraisal.tables_version AS t;
    IF present > newest THEN
        RAISE EXCEPTION USING ERRCODE = 'AP001', MESSAGE = format('the tables are of version %s, this extension knows %s', present, newest),
            HINT = 'Run ALTER EXTENSION pg_appraisal UPDATE.';
    END IF;
END
$$;
COMMENT ON PROCEDURE appraisal.upgrade_tables() IS
    'bring tables that an older version of the extension made on to this one';
-- The routines of the records are for accounts, not for PUBLIC: link_account() grants them. It runs as the
-- owner of the schema, who therefore may pass the right on; the routines themselves belong to the superuser
-- in whose name a trusted extension is made. Not as who makes the extension: in a superuser's restore that
-- is the superuser, while the schema has its owner by then, whose grants come back after this.
DO $grants$
DECLARE
    routine regprocedure;
    owner regrole;
BEGIN
    FOR routine, owner IN
        SELECT p.oid::regprocedure, n.nspowner::regrole
        FROM pg_extension AS e
        JOIN pg_namespace AS n ON n.oid = e.extnamespace
        JOIN pg_depend AS d ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e'
                           AND d.classid = 'pg_proc'::regclass
        JOIN pg_proc AS p ON p.oid = d.objid
        JOIN pg_language AS l ON l.oid = p.prolang
        WHERE e.extname = 'pg_appraisal' AND l.lanname IN ('plpgsql', 'sql')
    LOOP
        EXECUTE format('REVOKE ALL ON ROUTINE %s FROM PUBLIC', routine);
        EXECUTE format('GRANT EXECUTE ON ROUTINE %s TO %s WITH GRANT OPTION', routine, owner);
    END LOOP;
END
$grants$;
