/*
 * grade_scale.c
 *	  The type grade_scale: text and binary forms, and what is checked of a
 *	  scale whichever way it comes in.
 *
 * All ways in (text, binary, forced_scale's result) end in
 * grade_scale_make(), so a stored scale always obeys the same rules.
 */
#include "grade_scale.h"

#include "common/hashfn.h"
#include "libpq/pqformat.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"
#include "wire.h"

#define GRADE_SCALE_VERSION		1

PG_FUNCTION_INFO_V1(grade_scale_in);
PG_FUNCTION_INFO_V1(grade_scale_out);
PG_FUNCTION_INFO_V1(grade_scale_recv);
PG_FUNCTION_INFO_V1(grade_scale_send);

/*
 * Is this cut higher than that one?  "> x" lies just above ">= x".
 */
static bool
is_higher_bound(const BandSpec *a, const BandSpec *b)
{
	int			cmp = compare_numerics(a->bound, b->bound);

	return cmp > 0 || (cmp == 0 && a->kind == BOUND_ABOVE && b->kind == BOUND_AT_LEAST);
}

static char *
bound_text(const BandSpec *band)
{
	return psprintf("%s %s", band->kind == BOUND_ABOVE ? ">" : ">=",
					numeric_text(band->bound));
}

static char *
band_name(const BandSpec *band)
{
	return quoted_excerpt(band->label.data, band->label.len);
}

/*
 * What makes a list of bands a scale, labels aside.
 */
static bool
check_bounds(const BandSpec *bands, int nbands, Node *escontext)
{
	for (int i = 0; i < nbands; i++)
	{
		const BandSpec *band = &bands[i];

		if (band->kind == BOUND_NONE && i < nbands - 1)
			ereturn(escontext, false,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("grade scale band %d (%s) has no bound", i + 1, band_name(band)),
					 errdetail("Only the last band may go without a bound: it takes all scores that are left.")));
		if (band->bound && numeric_is_nan(band->bound))
			ereturn(escontext, false,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("bound of grade scale band %d (%s) must not be NaN",
							i + 1, band_name(band))));
		if (band->coefficient && !is_finite_numeric(band->coefficient))
			ereturn(escontext, false,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("coefficient of grade scale band %d (%s) must be a finite number",
							i + 1, band_name(band))));
		if (i > 0 && band->kind != BOUND_NONE && is_higher_bound(band, &bands[i - 1]))
			ereturn(escontext, false,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("bound of grade scale band %d (%s) is higher than that of the band above it",
							i + 1, band_name(band)),
					 errdetail("Band %d has \"%s\", band %d has \"%s\".",
							   i, bound_text(&bands[i - 1]), i + 1, bound_text(band)),
					 errhint("List the bands from best to worst.")));
	}
	return true;
}

static int
compare_labels(const void *a, const void *b)
{
	const Label *x = &(*(const BandSpec *const *) a)->label;
	const Label *y = &(*(const BandSpec *const *) b)->label;
	int			cmp = memcmp(x->data, y->data, Min(x->len, y->len));

	return cmp != 0 ? cmp : x->len - y->len;
}

static bool
check_labels(const BandSpec *bands, int nbands, Node *escontext)
{
	const BandSpec **sorted = palloc(nbands * sizeof(BandSpec *));

	for (int i = 0; i < nbands; i++)
		sorted[i] = &bands[i];
	qsort(sorted, nbands, sizeof(BandSpec *), compare_labels);
	for (int i = 1; i < nbands; i++)
	{
		int			x = (int) (sorted[i - 1] - bands);
		int			y = (int) (sorted[i] - bands);

		if (labels_equal(sorted[i - 1]->label, sorted[i]->label))
			ereturn(escontext, false,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("grade scale bands %d and %d have the same label %s",
							Min(x, y) + 1, Max(x, y) + 1,
							quoted_excerpt(sorted[i]->label.data, sorted[i]->label.len))));
	}
	pfree(sorted);
	return true;
}

static bool
check_band_count(int nbands, Node *escontext)
{
	if (nbands > GRADE_SCALE_MAX_BANDS)
		ereturn(escontext, false,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("grade scale has more than %d bands", GRADE_SCALE_MAX_BANDS)));
	return true;
}

/* the room that a label takes in a stored scale, header included */
static Size
label_size(int len)
{
	return len + 1 <= VARATT_SHORT_MAX ? (Size) len + VARHDRSZ_SHORT : (Size) len + VARHDRSZ;
}

static uint32
store_label(char *base, uint32 *end, Label label)
{
	uint32		offset = *end;
	Size		size = label_size(label.len);

	if (size <= VARATT_SHORT_MAX)
		SET_VARSIZE_SHORT(base + offset, size);
	else
		SET_VARSIZE(base + offset, size);
	memcpy(VARDATA_ANY(base + offset), label.data, label.len);
	*end = offset + INTALIGN(size);
	return offset;
}

static uint32
store_numeric(char *base, uint32 *end, Numeric num)
{
	uint32		offset = *end;

	if (num == NULL)
		return 0;
	memcpy(base + offset, num, VARSIZE(num));
	*end = offset + INTALIGN(VARSIZE(num));
	return offset;
}

static Size
numeric_size(Numeric num)
{
	return num == NULL ? 0 : INTALIGN(VARSIZE(num));
}

static int64
least_score(const BandSpec *band)
{
	return band->kind == BOUND_NONE ? PG_INT64_MIN :
		decimal_ceiling(band->bound, band->kind == BOUND_ABOVE);
}

/*
 * Lay a checked list of bands out as a stored scale.
 */
static GradeScale *
store_bands(const BandSpec *bands, int nbands)
{
	Size		size = offsetof(GradeScale, bands) + nbands * sizeof(Band);
	uint32		end = (uint32) size;
	GradeScale *scale;

	for (int i = 0; i < nbands; i++)
		size += INTALIGN(label_size(bands[i].label.len)) +
			numeric_size(bands[i].bound) + numeric_size(bands[i].coefficient);
	if (size > MaxAllocSize)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("grade scale is too large")));

	scale = palloc0(size);
	SET_VARSIZE(scale, size);
	scale->version = GRADE_SCALE_VERSION;
	scale->nbands = nbands;
	for (int i = 0; i < nbands; i++)
	{
		Label		label = bands[i].label;
		Band	   *band = &scale->bands[i];

		scale->labels_hash = hash_bytes_extended((const unsigned char *) label.data,
												 label.len, scale->labels_hash);
		band->least = least_score(&bands[i]);
		band->kind = bands[i].kind;
		band->label = store_label((char *) scale, &end, label);
		band->bound = store_numeric((char *) scale, &end, bands[i].bound);
		band->coefficient = store_numeric((char *) scale, &end, bands[i].coefficient);
	}
	Assert(end == size);
	return scale;
}

/*
 * Make a scale of bands, or report what is wrong with them; NULL after a
 * soft error.
 */
GradeScale *
grade_scale_make(const BandSpec *bands, int nbands, Node *escontext)
{
	BandSpec   *canonical;

	Assert(nbands > 0);
	if (!check_band_count(nbands, escontext) ||
		!check_labels(bands, nbands, escontext) ||
		!check_bounds(bands, nbands, escontext))
		return NULL;

	canonical = palloc(nbands * sizeof(BandSpec));
	for (int i = 0; i < nbands; i++)
	{
		canonical[i] = bands[i];
		if (bands[i].bound)
			canonical[i].bound = trim_numeric(bands[i].bound);
		if (bands[i].coefficient)
			canonical[i].coefficient = trim_numeric(bands[i].coefficient);
	}
	return store_bands(canonical, nbands);
}

/*
 * One band: label [ ( >= | > ) bound ] [ : coefficient ]
 */
static bool
scan_band(Scanner *scanner, BandSpec *band)
{
	if (!scan_label(scanner, &band->label))
		return false;

	band->kind = BOUND_NONE;
	band->bound = band->coefficient = NULL;
	if (scan_symbol(scanner, ">="))
		band->kind = BOUND_AT_LEAST;
	else if (scan_symbol(scanner, ">"))
		band->kind = BOUND_ABOVE;

	if (band->kind != BOUND_NONE && !scan_number(scanner, &band->bound))
		return false;
	if (scan_symbol(scanner, ":") && !scan_number(scanner, &band->coefficient))
		return false;
	return true;
}

/*
 * grade_scale_in(cstring) -> grade_scale
 */
Datum
grade_scale_in(PG_FUNCTION_ARGS)
{
	char	   *input = PG_GETARG_CSTRING(0);
	Scanner		scanner = {
		.start = input, .next = input, .type_name = "grade_scale",
		.item_name = "band", .escontext = SOFT_ERROR_CONTEXT(fcinfo)
	};
	int			capacity = 8;
	BandSpec   *bands = palloc(capacity * sizeof(BandSpec));
	int			nbands = 0;
	GradeScale *scale;

	do
	{
		if (nbands == capacity)
		{
			capacity *= 2;
			bands = repalloc(bands, capacity * sizeof(BandSpec));
		}
		scanner.item = nbands + 1;
		if (!check_band_count(nbands + 1, scanner.escontext) ||
			!scan_band(&scanner, &bands[nbands]))
			PG_RETURN_NULL();
		nbands++;
	} while (scan_symbol(&scanner, ","));

	if (!scan_end(&scanner))
	{
		scan_failed(&scanner, bands[nbands - 1].kind == BOUND_NONE ?
					"\">=\", \">\", \":\", \",\" or the end" : "\":\", \",\" or the end");
		PG_RETURN_NULL();
	}
	scale = grade_scale_make(bands, nbands, scanner.escontext);
	if (scale == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(scale);
}

/*
 * grade_scale_out(grade_scale) -> cstring
 */
Datum
grade_scale_out(PG_FUNCTION_ARGS)
{
	GradeScale *scale = PG_GETARG_GRADE_SCALE(0);
	StringInfoData out;

	initStringInfo(&out);
	for (int i = 0; i < scale->nbands; i++)
	{
		Numeric		bound = band_bound(scale, i);
		Numeric		coefficient = band_coefficient(scale, i);

		if (i > 0)
			appendStringInfoString(&out, ", ");
		append_label(&out, band_label(scale, i));
		if (bound)
		{
			appendStringInfoString(&out, scale->bands[i].kind == BOUND_ABOVE ? " > " : " >= ");
			appendStringInfoString(&out, numeric_text(bound));
		}
		if (coefficient)
			appendStringInfo(&out, " : %s", numeric_text(coefficient));
	}
	PG_RETURN_CSTRING(out.data);
}

/*
 * Append the binary form: version, number of bands, then for each band its
 * label, kind of bound, bound, whether it has a coefficient, coefficient.
 */
void
grade_scale_write(const GradeScale *scale, StringInfo out)
{
	pq_sendbyte(out, GRADE_SCALE_VERSION);
	pq_sendint32(out, scale->nbands);
	for (int i = 0; i < scale->nbands; i++)
	{
		Label		label = band_label(scale, i);
		Numeric		bound = band_bound(scale, i);
		Numeric		coefficient = band_coefficient(scale, i);

		wire_write_label(label, out);
		pq_sendbyte(out, scale->bands[i].kind);
		if (bound)
			wire_write_numeric(bound, out);
		pq_sendbyte(out, coefficient != NULL);
		if (coefficient)
			wire_write_numeric(coefficient, out);
	}
}

static void
read_band(StringInfo in, int number, BandSpec *band)
{
	int			kind;
	int			has_coefficient;

	band->label = wire_read_label(in);
	if (band->label.len == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("label of band %d is empty in external \"grade_scale\" value", number)));
	kind = pq_getmsgbyte(in);
	if (kind > BOUND_ABOVE)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid kind of bound %d of band %d in external \"grade_scale\" value",
						kind, number)));
	band->kind = kind;
	band->bound = kind == BOUND_NONE ? NULL : wire_read_numeric(in);
	has_coefficient = pq_getmsgbyte(in);
	if (has_coefficient > 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid coefficient mark %d of band %d in external \"grade_scale\" value",
						has_coefficient, number)));
	band->coefficient = has_coefficient ? wire_read_numeric(in) : NULL;
}

/*
 * Read the binary form, trusting nothing in it.
 */
GradeScale *
grade_scale_read(StringInfo in)
{
	int			nbands;
	BandSpec   *bands;

	wire_check_field("grade_scale", "version", pq_getmsgbyte(in),
					 GRADE_SCALE_VERSION, GRADE_SCALE_VERSION);
	nbands = wire_check_field("grade_scale", "number of bands", (int) pq_getmsgint(in, 4),
							  1, GRADE_SCALE_MAX_BANDS);
	bands = palloc(nbands * sizeof(BandSpec));
	for (int i = 0; i < nbands; i++)
		read_band(in, i + 1, &bands[i]);
	return grade_scale_make(bands, nbands, NULL);
}

Datum
grade_scale_send(PG_FUNCTION_ARGS)
{
	StringInfoData out;

	pq_begintypsend(&out);
	grade_scale_write(PG_GETARG_GRADE_SCALE(0), &out);
	PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}

Datum
grade_scale_recv(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(grade_scale_read((StringInfo) PG_GETARG_POINTER(0)));
}
