/*
 * sort_scores.c
 *	  Sorts fixed-point scores: a few by comparing, many by their digits.
 *
 * The scores of a group lie close together compared with all 64-bit
 * integers, so a radix sort of their distances from the least one needs few
 * passes: scores from 0 to 100 take four.
 */
#include "sort_scores.h"

#include "miscadmin.h"

#define ST_SORT compare_sort
#define ST_ELEMENT_TYPE int64
#define ST_COMPARE(a, b) ((*(a) > *(b)) - (*(a) < *(b)))
#define ST_SCOPE static
#define ST_DECLARE
#define ST_DEFINE
#include "lib/sort_template.h"

/* below this many, clearing the counters costs more than comparing */
#define RADIX_MINIMUM	1024

#define RADIX_BITS		11
#define RADIX_SIZE		(1 << RADIX_BITS)
#define RADIX_MASK		(RADIX_SIZE - 1)

/*
 * Move the scores from one array to the other, ordered by one digit of their
 * distance from the least.
 */
static void
radix_pass(const int64 *from, int64 *to, uint32 n, int64 least, int shift)
{
	uint32		place[RADIX_SIZE] = {0};
	uint32		sum = 0;

	for (uint32 i = 0; i < n; i++)
		place[(((uint64) from[i] - (uint64) least) >> shift) & RADIX_MASK]++;
	for (int i = 0; i < RADIX_SIZE; i++)
	{
		uint32		count = place[i];

		place[i] = sum;
		sum += count;
	}
	for (uint32 i = 0; i < n; i++)
		to[place[(((uint64) from[i] - (uint64) least) >> shift) & RADIX_MASK]++] = from[i];
}

static void
radix_sort(int64 *scores, uint32 n)
{
	int64	   *spare = palloc_extended(n * sizeof(int64), MCXT_ALLOC_HUGE);
	int64	   *from = scores;
	int64	   *to = spare;
	int64		least = scores[0];
	int64		most = scores[0];

	for (uint32 i = 1; i < n; i++)
	{
		least = Min(least, scores[i]);
		most = Max(most, scores[i]);
	}
	for (int shift = 0;
		 shift < 64 && ((uint64) most - (uint64) least) >> shift != 0;
		 shift += RADIX_BITS)
	{
		int64	   *swap = from;

		CHECK_FOR_INTERRUPTS();
		radix_pass(from, to, n, least, shift);
		from = to;
		to = swap;
	}
	if (from != scores)
		memcpy(scores, from, n * sizeof(int64));
	pfree(spare);
}

/*
 * Sort in rising order.
 */
void
sort_scores(int64 *scores, uint32 n)
{
	if (n < RADIX_MINIMUM)
		compare_sort(scores, n);
	else
		radix_sort(scores, n);
}
