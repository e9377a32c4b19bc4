-- The type quota: what it takes, how it shows, what it refuses.
SET search_path = appraisal, public;

SELECT v::quota FROM (VALUES
    ('S <= 20%, S+A <= 35%, B = 50%, C+D >= 15%'),
    (' S<=2 ,S + A<=35.50% , B BETWEEN 5% and 10.0%,C between 1 and 3 '),
    ('"A+"+"," <= 12.5%, 优秀 = 0.00000001%'),
    ('A <= 100%, B >= 0% WITH ( Rounding = Strict )'),
    ('A <= 20% with (rounding = lenient)'),
    ('A <= 20% with (rounding = nearest)'),
    ('with <= 1, between between 1 and 2 with (rounding = strict)'),
    ('A <= 2147483647')
) AS t (v);

SELECT bool_and(v::quota::text::quota = v::quota) FROM (VALUES
    ('S <= 20%, S+A <= 35.10%'), ('"+" between 1 and 2 with (rounding = strict)')
) AS t (v);
SELECT 'A <= 20%'::quota = 'A<=20.0%'::quota AS same,
       'A <= 20%'::quota = 'A <= 20'::quota AS heads,
       'A <= 20%'::quota <> 'A <= 20% with (rounding = strict)'::quota AS other_rounding;
SELECT v::quota, count(*) FROM (VALUES ('A <= 20%'), ('A <= 20.0%'), ('A <= 2')) AS t (v) GROUP BY 1 ORDER BY 2;

-- syntax errors name the rule and the place
SELECT ''::quota;
SELECT 'A'::quota;
SELECT 'A < 20%'::quota;
SELECT 'A + <= 20%'::quota;
SELECT 'A <= '::quota;
SELECT 'A <= 20%, '::quota;
SELECT 'A <= 20% B <= 10%'::quota;
SELECT 'A between 5%'::quota;
SELECT 'A between 5% and 10'::quota;
SELECT 'A between 5 and 10%'::quota;
SELECT 'A <= 2.5'::quota;
SELECT 'A <= -2'::quota;
SELECT 'A <= 0.123456789%'::quota;
SELECT 'A <= NaN%'::quota;
SELECT 'A <= 20% with'::quota;
SELECT 'A <= 20% with (rounding)'::quota;
SELECT 'A <= 20% with (rounding = up)'::quota;
SELECT 'A <= 20% with (rounding = strict'::quota;
SELECT 'A <= 20% with (rounding = strict) x'::quota;

-- so do errors of meaning
SELECT 'B <= 10%, A <= 100.1%'::quota;
SELECT 'A <= 2147483648'::quota;
SELECT 'A between 10% and 5%'::quota;
SELECT 'A+B+A <= 10%'::quota;
SELECT string_agg('A <= 1', ', ')::quota FROM generate_series(1, 1001);
SELECT (string_agg('A' || i, '+') || ' <= 1')::quota FROM generate_series(1, 1001) i;
