/*
 * first_malloc.c
 *	  Preloaded behind AddressSanitizer's runtime into Debian's server.
 *
 * There a library's constructor calls malloc for the first time while it
 * holds a lock that the runtime's own first malloc wants, and the server
 * hangs before main().  This library is initialized before all others (the
 * linker's -z initfirst), so the first malloc is this one.
 */
#include <stdlib.h>

__attribute__((constructor)) static void
first_malloc(void)
{
	free(malloc(1));
}
