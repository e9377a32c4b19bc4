-- Schemes from a session's point of view: results and errors as they are seen.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CALL appraisal.load_scheme('company-half-year');
CREATE DATABASE regress_appraisal_scheme;
\c regress_appraisal_scheme
\set SHOW_CONTEXT never
CREATE EXTENSION pg_appraisal;
CALL appraisal.upgrade_tables();
CALL appraisal.create_tables();
CALL appraisal.create_tables();
CALL appraisal.upgrade_tables();
SELECT code, document ->> 'title' AS title, document ->> 'label' AS label FROM appraisal.scheme_library() ORDER BY code COLLATE "C";

CALL appraisal.load_scheme('company');
CALL appraisal.load_scheme('company-half-year', '{"dimensions": {"general": {"weights": {"middle_manager": 30}}}, "intervew": true}');
CALL appraisal.load_scheme('company-half-year', '{"dimensions": {"general": {"weights": {"middle_manager": 30}}}}');
CALL appraisal.load_scheme('company-half-year');
SELECT * FROM appraisal.scheme_problems('company-half-year');
CALL appraisal.activate_scheme('company-half-year');
CALL appraisal.revise_scheme('company-half-year');
-- the draft is made anew
CALL appraisal.load_scheme('company-half-year', '{"adaptable": false}', 1);
CALL appraisal.activate_scheme('company-half-year', valid_from => '2026-01-01');
CALL appraisal.activate_scheme('company-half-year', valid_from => '2026-01-01');
CALL appraisal.activate_scheme('company-half-year', 1);
CALL appraisal.activate_scheme('company-half-year', 2);
UPDATE appraisal.rater_rule SET weight = 0;
UPDATE appraisal.indicator SET title = 'Else' WHERE code = 'ability';
CALL appraisal.revise_scheme('company-half-year', new_code => 'company-east');
CALL appraisal.revise_scheme('company-half-year', '{"adaptable": true, "appeal_days": 10}');
CALL appraisal.activate_scheme('company-half-year', valid_from => '2026-01-01');
CALL appraisal.activate_scheme('company-half-year', valid_from => '2027-01-01');
CALL appraisal.revise_scheme('company-half-year', '{"appeal_days": 14}', 'company-east');
UPDATE appraisal.scheme SET title = 'Else' WHERE status = 'retired';
SELECT scheme_id, code, version, parent_id, status, valid_from, retired_on, appeal_days FROM appraisal.scheme ORDER BY scheme_id;
\c contrib_regression
DROP DATABASE regress_appraisal_scheme;
