/* Where a product's rows and columns lie, and what becomes of its sums. */
#pragma once
#include <string.h>

#include "product.h"
#include "sizes.h"
#include "vector.h"

enum { AHEAD = 4096 }; /* bytes of weights that are asked for before they are used */

static inline int64_t first_row(const Product *p, int64_t block) {
    return block * p->short_block + least(block, p->long_blocks);
}

static inline int64_t place_of(const Product *p, int64_t row) { return p->places ? p->places[row] : row; }

/* As many columns of a product as are put at once. */
typedef struct {
    Floats scales, bias, sums;
    float *to;             /* the first of them in the first row */
    const float *residual; /* the same of the residual, or NULL */
    int64_t width;         /* from a row to the next */
    int64_t count;         /* how many there are, where they are fewer than LANES */
} Columns;

static inline Columns columns_at(const Product *p, int64_t column) {
    const Floats scales = load(p->scales + column);
    const int64_t count = least(LANES, p->columns - column);
    return (Columns){
        .scales = scales,
        .bias = load(p->bias + column),
        .sums = scales * to_floats(load_ints(p->sums + column)),
        .to = count > 0 ? p->outputs[column / p->width] + column % p->width : NULL,
        .residual = p->residual ? p->residual + column : NULL,
        .width = p->width,
        .count = count,
    };
}

/* Write a row's sums of quantized products as what they stand for. */
ALWAYS_INLINE void put(const Product *p, const Columns *columns, int64_t row, Ints sums) {
    const Floats rest = fused_less(all(p->offsets[row]), columns->sums, columns->bias);
    Floats found = fused(to_floats(sums), all(p->row_scales[row]) * columns->scales, rest);
    if (p->gelu) found = gelu(found);
    const int64_t at = place_of(p, row) * columns->width;
    float *to = columns->to + at, last[LANES];
    if (columns->residual) found += load(columns->residual + at);
    store(columns->count < LANES ? last : to, found);
    if (columns->count < LANES) memcpy(to, last, (size_t)columns->count * sizeof(float));
}
