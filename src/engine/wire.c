/*
 * wire.c
 *	  Pieces that the binary forms of several types are made of.
 *
 * What is read is hostile until checked: lengths, encoding and digits are
 * checked here (by pqformat.c and numeric_recv), meaning by the caller.
 */
#include "wire.h"

#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"

/*
 * A label: int32 length in the client's encoding, then its characters.
 */
void
wire_write_label(Label label, StringInfo out)
{
	char	   *converted = pg_server_to_client(label.data, label.len);
	int			len = converted == label.data ? label.len : (int) strlen(converted);

	pq_sendint32(out, len);
	pq_sendbytes(out, converted, len);
}

Label
wire_read_label(StringInfo in)
{
	int			len = pq_getmsgint(in, 4);
	Label		label;

	label.data = pq_getmsgtext(in, len, &label.len);
	return label;
}

/*
 * A numeric, in its own binary form, which knows its length.
 */
void
wire_write_numeric(Numeric num, StringInfo out)
{
	bytea	   *sent = DatumGetByteaPP(DirectFunctionCall1(numeric_send,
														   NumericGetDatum(num)));

	pq_sendbytes(out, VARDATA_ANY(sent), VARSIZE_ANY_EXHDR(sent));
}

Numeric
wire_read_numeric(StringInfo in)
{
	return DatumGetNumeric(DirectFunctionCall3(numeric_recv,
											   PointerGetDatum(in),
											   ObjectIdGetDatum(InvalidOid),
											   Int32GetDatum(-1)));
}

/*
 * A field that must lie between two values.
 */
int64
wire_check_field(const char *type, const char *field, int64 value, int64 least, int64 most)
{
	if (value < least || value > most)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid %s " INT64_FORMAT " in external \"%s\" value",
						field, value, type)));
	return value;
}
