/* A few queries that look at the same keys.
 *
 * Keys are gone through in blocks, and what came of the ones before is scaled down where a score is larger than theirs
 * (Milakov and Gimelshein 2018), so that the scores take no memory. */
#pragma once
#include <stdint.h>

#include "vector.h"

enum {
    QUERIES = 4,         /* that are computed together: more, and their sums leave the registers */
    KEYS = 64,           /* of a block */
    LOOK_CHANNELS = 16,  /* of a value, that are gathered together */
    MOST_CHANNELS = 256, /* of a head */
};

typedef struct {
    const uint16_t *keys, *values; /* (keys, size) each, in half precision */
    int64_t size;                  /* of a head: a multiple of LOOK_CHANNELS, MOST_CHANNELS at most */
    int64_t to_next;               /* from these keys to the ones that are looked at after them */
    float cap;                     /* scores become cap * tanh(score / cap); 0 to leave them */
    int64_t rows;                  /* QUERIES or 1 */
    int32_t begins[QUERIES], ends[QUERIES];             /* of the keys that each row looks at, ascending */
    _Alignas(64) float queries[QUERIES][MOST_CHANNELS]; /* whose products with keys are the scores */
    float gathered[QUERIES][MOST_CHANNELS];             /* what each row gets: values, weighted */

    const uint16_t *next;         /* keys, which are fetched while values are gathered */
    float scores[KEYS * QUERIES]; /* (keys, rows), and then the exponentials that weigh the values */
    Floats most, sums;            /* of these: the lanes are those of the rows in turn, each of some of the keys */
} Look;

/* Gather softmax(queries · keys) · values, of which all is set up to the queries. */
void look_through(Look *look);
