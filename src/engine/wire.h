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

#endif							/* APPRAISAL_WIRE_H */
