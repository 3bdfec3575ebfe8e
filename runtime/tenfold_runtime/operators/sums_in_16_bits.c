/* Products that are added in 16 bits first: weights are bounded so that sums of eight fit. */
#if !defined(__AVX512VNNI__) && !defined(__AVXVNNI__)
#include "panel.h"

/* Multiply 4 activations with 4 weights of each column, and add each two of these products. */
static inline __m256i pairs(const uint8_t *activations, const int8_t *weights) {
    int32_t four;
    memcpy(&four, activations, sizeof four);
    return _mm256_maddubs_epi16(_mm256_set1_epi32(four), _mm256_loadu_si256((const __m256i *)weights));
}

/* Multiply 16 activations of a row with the weights of a panel, and add them to int32 (PANEL). */
static inline __m256i added(__m256i sums, const uint8_t *a, const int8_t *w) {
    __m256i low = _mm256_add_epi16(pairs(a, w), pairs(a + 4, w + 32));
    __m256i high = _mm256_add_epi16(pairs(a + 8, w + 64), pairs(a + 12, w + 96));
    return _mm256_add_epi32(sums, _mm256_madd_epi16(_mm256_add_epi16(low, high), _mm256_set1_epi16(1)));
}

/* Multiply a block with a panel. `rows` is a constant wherever this is called, so that the sums stay in
 * registers. */
ALWAYS_INLINE void tile(const Product *p, const Columns *columns, const int8_t *w, int64_t first, const int rows) {
    __m256i sums[ROWS];
    for (int row = 0; row < rows; row++) sums[row] = _mm256_setzero_si256();
    const uint8_t *a = p->activations + first * p->channels;
    for (int64_t channel = 0; channel < p->channels; channel += CHANNELS) {
        _mm_prefetch((const char *)w + AHEAD, _MM_HINT_T0);
        _mm_prefetch((const char *)w + AHEAD + 64, _MM_HINT_T0);
#pragma GCC unroll 8
        for (int row = 0; row < rows; row++) sums[row] = added(sums[row], a + row * CHANNELS, w);
        a += rows * CHANNELS;
        w += PANEL * CHANNELS;
    }
#pragma GCC unroll 8
    for (int row = 0; row < rows; row++) put(p, columns, first + row, sums[row]);
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

void product_multiply(const Product *p, int64_t panel, int64_t first, int64_t end) {
    const Columns columns = columns_at(p, panel * PANEL);
    const int8_t *weights = p->weights + panel * PANEL * p->channels;
    for (int64_t block = first; block < end; block++) multiply_block(p, &columns, weights, block);
}

#endif
