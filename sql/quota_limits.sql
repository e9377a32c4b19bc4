-- A quota on a scale.
SET search_path = appraisal, public;

\set scale '''S >= 90, A >= 80, B >= 70, C >= 60, D'''

-- the three roundings of 2.5, 4.5 and 1.5 heads
SELECT r AS rounding, q.*
FROM (VALUES ('nearest'), ('strict'), ('lenient')) AS t (r),
     quota_bounds(('S <= 25%, S+A >= 45%, B = 25%, C between 15% and 25% with (rounding = ' || r || ')')::quota, :scale, 10) q;

-- head-counts stand as they are
SELECT * FROM quota_bounds('S <= 2, A >= 3, B = 4, D between 1 and 2', :scale, 5);

-- targets that follow one another from the top add up to the group, in
-- whatever order they are written; others are rounded alone
SELECT n, array_agg(q.least) AS heads, sum(q.least) FROM generate_series(0, 12) n,
     quota_bounds('S = 10%, A = 20%, B = 40%, C = 20%, D = 10%', :scale, n) q GROUP BY n ORDER BY n;
SELECT n, array_agg(q.rule || ' -> ' || q.least) AS heads FROM generate_series(5, 7) n,
     quota_bounds('C+D = 15%, B = 50%, S+A = 35%', :scale, n) q GROUP BY n ORDER BY n;
SELECT * FROM quota_bounds('S = 10%, B = 25%', :scale, 2);

SELECT * FROM quota_bounds('S <= 10%', :scale, 0);
SELECT * FROM quota_bounds('S <= 10%', :scale, 2147483647);
SELECT * FROM quota_bounds('S <= 10%', :scale, -1);

-- what must fit the scale
SELECT check_quota('S <= 20%, A+S <= 35%, B = 50%, D+C >= 15%', :scale);
SELECT check_quota('S <= 20%, X <= 35%', :scale);
SELECT check_quota('S <= 20%, S+B <= 35%', :scale);
SELECT check_quota('A+B <= 35%', :scale);
SELECT check_quota('S+A <= 35%, A+S <= 30%', :scale);
SELECT check_quota('B between 5% and 10%, B >= 6%', :scale);
SELECT check_quota('B >= 5%, B <= 10%, S+A+B+C+D <= 100%', :scale);

-- rules that no group of any size could meet, one error for each way
SELECT check_quota('S >= 40%, S+A <= 35%', :scale);
SELECT check_quota('S >= 40%, A >= 30%, B >= 31%', :scale);
SELECT check_quota('S+A >= 50%, B >= 30%, C+D >= 21%', :scale);
SELECT check_quota('S <= 10%, A <= 10%, B <= 10%, C+D <= 10%', :scale);
SELECT check_quota('B >= 30%, B <= 20%', :scale);
SELECT check_quota('S = 33.3%, A = 33.3%, B = 33.3%, C+D <= 0', :scale);
SELECT check_quota('S+A+B+C+D <= 50%', :scale);
SELECT check_quota('B >= 3, B <= 2', :scale);
SELECT check_quota('S >= 50%, S <= 0', :scale);
SELECT check_quota('S+A+B+C+D >= 30, S <= 2, S >= 10%', :scale);
SELECT check_quota('S+A <= 2, S+A >= 10%, B >= 30', :scale);

-- and some that only look so
SELECT check_quota('S <= 2, S >= 10%', :scale);
SELECT check_quota('S+A <= 2, S+A >= 10%, B <= 3', :scale);
SELECT check_quota('S = 20%, A = 30%, S+A = 50%, B+C+D = 50%', :scale);
SELECT check_quota('A <= 100%', 'A');
SELECT check_quota(NULL, 'A') IS NULL;

-- counts against the rules
SELECT * FROM quota_check('{3,2,4,1,0}', :scale, 'S <= 20%, S+A <= 35%, B = 50%, C+D >= 15%');
SELECT * FROM quota_check('{0,0,0,0,0}', :scale, 'S <= 20%, D >= 2');
SELECT * FROM quota_check('{1,2}', :scale, 'S <= 20%');
SELECT * FROM quota_check('{{1,2,3,4,5}}', :scale, 'S <= 20%');
SELECT * FROM quota_check('{1,2,NULL,4,5}', :scale, 'S <= 20%');
SELECT * FROM quota_check('{1,2,-1,4,5}', :scale, 'S <= 20%');
SELECT * FROM quota_check('{2147483647,1,0,0,0}', :scale, 'S <= 20%');
