#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx2,fma,avx512f,avx512vnni"))), apply_to = function)
#include "panel.h"

#define UNROLLED _Pragma("clang loop unroll(full)")

/* An activation is read once for as many columns as a row has vectors of sums. With more of these, fewer rows would
 * share a weight: 24 sums, 3 vectors of weights and one of activations are what the registers hold. */
enum {
    ROWS = 8,
    VECTORS = 3,
    LANES = 16,
    PANEL = VECTORS * LANES,
    WORDS = CHANNELS / 4, /* of four bytes, that are multiplied and added together */
};

static const int64_t AHEAD = 4096; /* bytes of weights that are asked for before they are used */

/* Multiply 16 activations of each row with the weights of a panel, and add them to int32 (rows, PANEL). */
ALWAYS_INLINE void add(__m512i *sums, const uint8_t *a, const int8_t *w, const int rows) {
    UNROLLED
    for (int word = 0; word < WORDS; word++) {
        __m512i weights[VECTORS];
        UNROLLED
        for (int one = 0; one < VECTORS; one++, w += sizeof(__m512i)) {
            _mm_prefetch((const char *)w + AHEAD, _MM_HINT_T0);
            weights[one] = _mm512_loadu_si512(w);
        }
        UNROLLED
        for (int sum = 0; sum < rows * VECTORS; sum++) {
            int32_t four;
            memcpy(&four, a + sum / VECTORS * CHANNELS + word * sizeof four, sizeof four);
            sums[sum] = _mm512_dpbusd_epi32(sums[sum], _mm512_set1_epi32(four), weights[sum % VECTORS]);
        }
    }
}

/* Multiply a block with a panel. `rows` is a constant wherever this is called, and loops over sums are unrolled, so
 * that these stay in registers. */
ALWAYS_INLINE void tile(
    const Product *p, const Columns *columns, const int8_t *w, int64_t first, const int rows) {
    __m512i sums[ROWS * VECTORS];
    _Alignas(64) int32_t found[ROWS * PANEL];
    UNROLLED
    for (int sum = 0; sum < rows * VECTORS; sum++) sums[sum] = _mm512_setzero_si512();
    const uint8_t *a = p->activations + first * p->channels;
    for (int64_t channel = 0; channel < p->channels; channel += CHANNELS) {
        add(sums, a, w, rows);
        a += rows * CHANNELS;
        w += PANEL * CHANNELS;
    }
    UNROLLED
    for (int sum = 0; sum < rows * VECTORS; sum++) _mm512_store_si512(found + sum * LANES, sums[sum]);
    for (int row = 0; row < rows; row++)
        for (int at = 0; at < PANEL && columns[at / COLUMNS].count > 0; at += COLUMNS)
            put(p, columns + at / COLUMNS, first + row, _mm256_load_si256((void *)(found + row * PANEL + at)));
}

static void multiply_block(const Product *p, const Columns *columns, const int8_t *weights, int64_t block) {
    int64_t first = first_row(p, block);
    switch (first_row(p, block + 1) - first) {
        case 1: return tile(p, columns, weights, first, 1);
        case 2: return tile(p, columns, weights, first, 2);
        case 3: return tile(p, columns, weights, first, 3);
        case 4: return tile(p, columns, weights, first, 4);
        case 5: return tile(p, columns, weights, first, 5);
        case 6: return tile(p, columns, weights, first, 6);
        case 7: return tile(p, columns, weights, first, 7);
        case ROWS: return tile(p, columns, weights, first, ROWS);
    }
}

static void multiply(const Product *p, int64_t panel, int64_t first, int64_t end) {
    Columns columns[PANEL / COLUMNS];
    for (int at = 0; at < PANEL; at += COLUMNS) columns[at / COLUMNS] = columns_at(p, panel * PANEL + at);
    const int8_t *weights = p->weights + panel * PANEL * p->channels;
    for (int64_t block = first; block < end; block++) multiply_block(p, columns, weights, block);
}

#pragma clang attribute pop

const Multiplier SUMS_IN_32_BITS = {
    .columns = PANEL,
    .rows = ROWS,
    .levels = 255,
    .work = 1 << 18,
    .multiply = multiply,
};
