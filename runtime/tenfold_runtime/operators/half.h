/* Numbers in half precision. */
#pragma once
#include "vector.h"

/* Write a multiple of 16 numbers; those that are too large become the largest there is. */
static inline void to_halves(const float *from, int64_t count, uint16_t *to) {
    for (int64_t at = 0; at < count; at += LANES)
        store_halves(to + at, larger(smaller(load(from + at), all(65504)), all(-65504)));
}
