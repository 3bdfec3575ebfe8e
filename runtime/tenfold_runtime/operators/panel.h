/* What multipliers share: where rows and columns lie, and what becomes of a row's sums. */
#pragma once
#include <string.h>

#include "product.h"
#include "sizes.h"
#include "vector.h"

#define ALWAYS_INLINE static inline __attribute__((always_inline))

static inline int64_t first_row(const Product *p, int64_t block) {
    return block * p->short_block + least(block, p->long_blocks);
}

static inline int64_t place_of(const Product *p, int64_t row) { return p->places ? p->places[row] : row; }

/* COLUMNS of a product. */
typedef struct {
    __m256 scales, bias, sums;
    float *to;             /* the first of them in the first row */
    const float *residual; /* the same of the residual, or NULL */
    int64_t width;         /* from a row to the next */
    int64_t count;         /* how many there are, where they are not COLUMNS */
} Columns;

static inline Columns columns_at(const Product *p, int64_t column) {
    const __m256 scales = _mm256_loadu_ps(p->scales + column);
    const int64_t count = least(COLUMNS, p->columns - column);
    return (Columns){
        .scales = scales,
        .bias = _mm256_loadu_ps(p->bias + column),
        .sums = _mm256_mul_ps(scales, _mm256_cvtepi32_ps(_mm256_loadu_si256((const __m256i *)(p->sums + column)))),
        .to = count > 0 ? p->outputs[column / p->width] + column % p->width : NULL,
        .residual = p->residual ? p->residual + column : NULL,
        .width = p->width,
        .count = count,
    };
}

/* Write a row's sums of quantized products as what they stand for. */
ALWAYS_INLINE void put(const Product *p, const Columns *columns, int64_t row, __m256i sums) {
    const __m256 scale = _mm256_set1_ps(p->row_scales[row]), offset = _mm256_set1_ps(p->offsets[row]);
    const __m256 rest = _mm256_fnmadd_ps(offset, columns->sums, columns->bias);
    __m256 sum = _mm256_fmadd_ps(_mm256_cvtepi32_ps(sums), _mm256_mul_ps(scale, columns->scales), rest);
    __m256 found = p->gelu ? gelu(sum) : sum;
    const int64_t at = place_of(p, row) * columns->width;
    float *to = columns->to + at, last[COLUMNS];
    if (columns->residual) found = _mm256_add_ps(found, _mm256_loadu_ps(columns->residual + at));
    _mm256_storeu_ps(columns->count < COLUMNS ? last : to, found);
    if (columns->count < COLUMNS) memcpy(to, last, (size_t)columns->count * sizeof(float));
}
