-- Loads the demonstration's data: what lawyers thought of 43 judges of the US Superior Court.
-- Source: New Haven Register, 14 January 1977, as in R's data set USJudgeRatings; the file is unchanged.
-- Run from the top of the source tree, for \copy looks from there.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_appraisal;
SET search_path = appraisal, public;

CREATE TEMPORARY TABLE ballot (
    cont numeric, intg numeric, dmnr numeric, dilg numeric, cfmg numeric, deci numeric, prep numeric,
    fami numeric, oral numeric, writ numeric, phys numeric, rten numeric, judge text
);
\copy ballot FROM 'demo/us_judge_ratings.csv' (FORMAT csv, HEADER)

-- The weights are ours.
CREATE TABLE public.quality (quality text PRIMARY KEY, meaning text NOT NULL, weight numeric NOT NULL);
INSERT INTO public.quality VALUES
    ('INTG', 'judicial integrity', 20),
    ('PREP', 'preparation for trial', 12),
    ('FAMI', 'familiarity with law', 12),
    ('DMNR', 'demeanour', 10),
    ('DILG', 'diligence', 10),
    ('DECI', 'prompt decisions', 10),
    ('WRIT', 'sound written rulings', 9),
    ('CFMG', 'case flow managing', 8),
    ('ORAL', 'sound oral rulings', 6),
    ('PHYS', 'physical ability', 3);

-- CONT counts contacts and rates nothing; RTEN is what scores are to be compared with.
CREATE TABLE public.rating (
    judge text,
    quality text REFERENCES public.quality,
    rating numeric NOT NULL CHECK (rating BETWEEN 0 AND 10),
    PRIMARY KEY (judge, quality)
);
INSERT INTO public.rating
    SELECT judge, v.quality, v.rating
    FROM ballot, LATERAL (VALUES
        ('INTG', intg), ('DMNR', dmnr), ('DILG', dilg), ('CFMG', cfmg), ('DECI', deci),
        ('PREP', prep), ('FAMI', fami), ('ORAL', oral), ('WRIT', writ), ('PHYS', phys)
    ) AS v (quality, rating);

CREATE TABLE public.retention (judge text PRIMARY KEY, rten numeric NOT NULL);
INSERT INTO public.retention SELECT judge, rten FROM ballot;
DROP TABLE ballot;

CREATE TABLE public.policy (scale grade_scale NOT NULL, quota quota NOT NULL);
INSERT INTO public.policy
    VALUES ('A >= 8.5, B >= 7.5, C >= 6.5, D >= 5.5, E', 'A <= 10%, A+B <= 40%, D+E >= 20%');

CREATE VIEW public.score AS
    SELECT judge, weighted_score(rating, weight) AS score
    FROM public.rating JOIN public.quality USING (quality)
    GROUP BY judge;

CREATE VIEW public.cut_line AS
    SELECT forced_scale(score, scale, quota) AS cut_line
    FROM public.score, public.policy;

CREATE VIEW public.appraised AS
    SELECT judge, score, grade(score, scale) AS natural_grade, grade(score, cut_line) AS forced_grade
    FROM public.score, public.policy, public.cut_line;

-- Equal values share the mean of their ranks, as Spearman's coefficient wants it.
CREATE VIEW public.ranked AS
    SELECT judge, score, rten,
        rank() OVER (ORDER BY score DESC) + (count(*) OVER (PARTITION BY score) - 1) / 2.0 AS score_rank,
        rank() OVER (ORDER BY rten DESC) + (count(*) OVER (PARTITION BY rten) - 1) / 2.0 AS rten_rank
    FROM public.score JOIN public.retention USING (judge);
