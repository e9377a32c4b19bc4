# pg_appraisal: built with PGXS, against the PostgreSQL that PG_CONFIG names.
#
#   make demo     a first look: real ratings, scores, grades, a cut line; a whole cycle of the records
#   make test     everything the tests know
#   make shell    psql on a throw-away cluster with the demo loaded
#   make bench    speed, side by side with plain SQL
#   make matrix   make test on PostgreSQL 17 and 18
#   make upgrade  the records from PostgreSQL 15 to 17
#   make crash    the server killed at 50 random moments, ROUNDS=50
#   make fuzz     random input, SECONDS=20 for each harness
#   make sanitize make test under AddressSanitizer and UndefinedBehaviorSanitizer
#   make coverage the lines that make test does not reach
#   make install  into the PostgreSQL of PG_CONFIG

EXTENSION = pg_appraisal
EXTVERSION = $(shell sed -n "s/^default_version = '\(.*\)'/\1/p" $(EXTENSION).control)

SOURCES = $(wildcard src/engine/*.c)
PARTS = $(addprefix src/,$(shell sed '/^\#/d' src/MANIFEST))
SCRIPT = $(EXTENSION)--$(EXTVERSION).sql

MODULE_big = $(EXTENSION)
OBJS = $(SOURCES:.c=.o)
DATA_built = $(SCRIPT)
DATA = $(wildcard updates/$(EXTENSION)--*--*.sql)
REGRESS = $(patsubst sql/%.sql,%,$(wildcard sql/*.sql))
REGRESS_OPTS = --load-extension=$(EXTENSION)
EXTRA_CLEAN = $(SCRIPT) $(OBJS:.o=.d) $(wildcard src/records/build/*)

# Less three that PostgreSQL's own headers and calling convention trip.
PG_CFLAGS = -Wall -Wextra -Wno-unused-parameter -Wno-sign-compare \
	-Wno-missing-field-initializers -MMD -MP
PG_CPPFLAGS = -DAPPRAISAL_VERSION='"$(EXTVERSION)"'

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

-include $(OBJS:.o=.d)

$(SCRIPT): $(PARTS) src/MANIFEST $(EXTENSION).control
	cat $(PARTS) >$@

# The folders are there so that a file taken away counts as a change.
src/records/build/make_tables.sql: tools/make_records src/records/tables $(wildcard src/records/tables/*.sql) \
		src/records/tables/upgrades $(wildcard src/records/tables/upgrades/*.sql) \
		src/reports/views $(wildcard src/reports/views/*.sql)
	mkdir -p $(@D)
	tools/make_records tables $(sort $(filter %.sql,$^)) >$@.new
	mv $@.new $@

src/records/build/scheme_library.sql: tools/make_records src/records/schemes $(wildcard src/records/schemes/*.json)
	mkdir -p $(@D)
	tools/make_records library $(sort $(filter %.json,$^)) >$@.new
	mv $@.new $@

test:
	tools/setup test
	tools/cluster test/run

demo:
	tools/setup
	tools/cluster psql -X -q -f demo/demo.sql -f demo/cycle.sql

shell:
	tools/setup
	tools/cluster demo/shell

bench:
	tools/setup
	tools/cluster bench/run
	tools/cluster bench/run records
	tools/cluster bench/run calls
	tools/cluster bench/reviews

matrix:
	tools/setup matrix
	tools/matrix

upgrade:
	tools/setup matrix
	tools/pg_upgrade

ROUNDS = 50
crash:
	tools/setup test
	PG_APPRAISAL_GUCS='fsync=on autovacuum=off' tools/cluster test/crash/run $(ROUNDS)

SECONDS = 20
fuzz:
	tools/setup fuzz
	tools/fuzz $(SECONDS)

sanitize:
	tools/setup test sanitize
	tools/sanitize regress engine docs distributed

coverage:
	tools/setup test coverage
	tools/coverage

.PHONY: test demo shell bench matrix upgrade crash fuzz sanitize coverage
