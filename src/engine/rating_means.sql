CREATE FUNCTION appraisal.rating_means(sources integer[], indicators bigint[], scores numeric[],
                                       source_weights numeric[], rated bigint[], indicator_weights numeric[],
                                       OUT by_source numeric[], OUT by_indicator numeric[])
    AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION appraisal.rating_means(integer[], bigint[], numeric[], numeric[], bigint[], numeric[]) IS
    'a person''s ratings averaged both ways: by source, weighted over the indicators, and by indicator, within each source and then by weight over the sources';
