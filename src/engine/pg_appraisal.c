/*
 * pg_appraisal.c
 *	  The module's identity.  The features are in the files named after them.
 */
#include "compat.h"

APPRAISAL_MODULE_MAGIC;
