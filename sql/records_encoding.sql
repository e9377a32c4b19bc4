-- The extension's script is in ASCII: databases of any encoding take it, and
-- the library's labels arrive wherever they can be written.
SET client_min_messages = warning;
CREATE DATABASE regress_appraisal_gb TEMPLATE template0 ENCODING 'EUC_CN' LOCALE 'C';
CREATE DATABASE regress_appraisal_latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C';
CREATE DATABASE regress_appraisal_ascii TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C';
\c regress_appraisal_gb
SET client_encoding = UTF8;
CREATE EXTENSION pg_appraisal;
CALL appraisal.create_tables();
CALL appraisal.load_scheme('ecommerce-monthly');
SELECT label, scale FROM appraisal.scheme;
SELECT appraisal.scheme_document('ecommerce-monthly') = document FROM appraisal.scheme_library() WHERE code = 'ecommerce-monthly';
\c regress_appraisal_latin
SET client_encoding = UTF8;
CREATE EXTENSION pg_appraisal;
CALL appraisal.create_tables();
\set VERBOSITY terse
CALL appraisal.load_scheme('ecommerce-monthly');
\c regress_appraisal_ascii
CREATE EXTENSION pg_appraisal;
CALL appraisal.create_tables();
CALL appraisal.load_scheme('ecommerce-monthly');
\c contrib_regression
DROP DATABASE regress_appraisal_gb;
DROP DATABASE regress_appraisal_latin;
DROP DATABASE regress_appraisal_ascii;
