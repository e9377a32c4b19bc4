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
