-- The function rating_means: both means of a person's ratings in one call.
-- test/pgtap/rating_means.sql holds it against weighted_score and rater_score on random ratings.
SET search_path = appraisal, public;

-- manager (1), peers (2) on indicators 7 and 9, which weigh 60 and 40
SELECT * FROM rating_means(sources => '{1,1,2,2,2,2}', indicators => '{7,9,7,9,7,9}', scores => '{80,90,70,80,90,100}',
                           source_weights => '{70,30}', rated => '{7,9}', indicator_weights => '{60,40}');
SELECT (80 * 60 + 90 * 40) / 100.0 AS manager, ((70 + 90) * 60 + (80 + 100) * 40) / 200.0 AS peers,
       (80 * 70 + (70 + 90) / 2 * 30) / 100.0 AS seven, (90 * 70 + (80 + 100) / 2 * 30) / 100.0 AS nine;

-- passed over: a null score, an indicator that is not rated, a source without a weight; one of weight 0 has a mean and adds nothing
SELECT * FROM rating_means('{1,1,2,3,1}', '{7,8,7,7,9}', '{80,10,20,100,NULL}', '{70,NULL,0}', '{9,7}', '{40,60}');
-- an indicator of weight 0 has a mean and adds nothing
SELECT * FROM rating_means('{1,1}', '{7,9}', '{80,90}', '{70}', '{7,9}', '{1,0}');
-- nothing
SELECT * FROM rating_means('{}', '{}', '{}', '{70,30}', '{7}', '{1}');
SELECT * FROM rating_means('{}', '{}', '{}', '{}', '{}', '{}');
SELECT rating_means(NULL, '{}', '{}', '{}', '{}', '{}') IS NULL;
-- NaN, infinity, long numbers
SELECT * FROM rating_means('{1,1,2}', '{7,9,7}', '{NaN,90,Infinity}', '{1,1}', '{7,9}', '{1,1}');
SELECT * FROM rating_means('{1,1}', '{7,9}', '{1234567890123456789012345678901234567890,0.000000000000000000000000000001}', '{1}', '{7,9}', '{1,3}');
-- lists may begin anywhere
SELECT * FROM rating_means('[0:1]={1,2}', '[5:6]={7,7}', '[2:3]={80,90}', '[0:1]={1,1}', '[3:3]={7}', '[4:4]={1}');

-- what makes no sense
SELECT rating_means('{1}', '{7}', '{80,90}', '{1}', '{7}', '{1}');
SELECT rating_means('{1,1}', '{7}', '{80,90}', '{1}', '{7}', '{1}');
SELECT rating_means('{1}', '{7}', '{80}', '{1}', '{7,9}', '{1}');
SELECT rating_means('{2}', '{7}', '{80}', '{1}', '{7}', '{1}');
SELECT rating_means('{0}', '{7}', '{NULL}', '{1}', '{7}', '{1}');
SELECT rating_means('{1}', '{7}', '{80}', '{1}', '{7,9,7}', '{1,1,1}');
SELECT rating_means('{NULL}', '{7}', '{80}', '{1}', '{7}', '{1}');
SELECT rating_means('{1}', '{NULL}', '{80}', '{1}', '{7}', '{1}');
SELECT rating_means('{1}', '{7}', '{80}', '{1}', '{NULL}', '{1}');
SELECT rating_means('{1}', '{7}', '{80}', '{1}', '{7}', '{NULL}');
SELECT rating_means('{{1}}', '{7}', '{80}', '{1}', '{7}', '{1}');
SELECT rating_means('{1}', '{7}', '{{80,1}}', '{1}', '{7}', '{1}');
SELECT rating_means('{1}', '{7}', '{80}', '{-1}', '{7}', '{1}');
SELECT rating_means('{1}', '{7}', '{80}', '{1}', '{7}', '{NaN}');
