/*
 * wire.h
 *	  Pieces that the binary forms of several types are made of.
 */
#ifndef APPRAISAL_WIRE_H
#define APPRAISAL_WIRE_H

#include "scanner.h"

extern void wire_write_label(Label label, StringInfo out);
extern Label wire_read_label(StringInfo in);
extern void wire_write_numeric(Numeric num, StringInfo out);
extern Numeric wire_read_numeric(StringInfo in);
extern int64 wire_check_field(const char *type, const char *field, int64 value,
							  int64 least, int64 most);

#endif							/* APPRAISAL_WIRE_H */
