#include "product.h"

#include <string.h>

#include "sizes.h"
#include "vector.h"

static const int64_t STRIP = 96 << 10; /* bytes of activations: half of the second cache, or less */
static const int64_t WORK = 1 << 17;   /* products of a task: with fewer, handing tasks out takes longer */
static const int64_t AHEAD = 4096;     /* bytes of weights that are asked for before they are used */

int64_t product_scratch(int64_t rows, int64_t channels) {
    return rows * (channels + 2 * (int64_t)sizeof(float));
}

void product_plan(Product *p, void *scratch) {
    p->row_scales = scratch;
    p->offsets = p->row_scales + p->rows;
    p->activations = (uint8_t *)(p->offsets + p->rows);
    p->blocks = parts(p->rows, ROWS);
    p->panels = parts(p->columns, COLUMNS);
    p->short_block = p->rows / p->blocks;
    p->long_blocks = p->rows % p->blocks;
    p->strip = least(p->blocks, most(1, STRIP / (ROWS * p->channels)));
    p->group = most(1, WORK / (p->strip * ROWS * p->channels * COLUMNS));
    p->groups = parts(p->panels, p->group);
    p->tasks = p->groups * parts(p->blocks, p->strip);
}

static int64_t first_row(const Product *p, int64_t block) {
    return block * p->short_block + least(block, p->long_blocks);
}

static inline int64_t place_of(const Product *p, int64_t row) { return p->places ? p->places[row] : row; }

static inline __m256 activation(const Product *p, const float *x, int64_t channel) {
    __m256 found = _mm256_loadu_ps(x + channel);
    return p->multipliers ? _mm256_mul_ps(found, _mm256_loadu_ps(p->multipliers + channel)) : found;
}

/* Give the scale and the zero point with which a row's numbers, and 0, come to lie between 0 and LEVELS. */
static float row_scale(const Product *p, const float *x, int32_t *zero) {
    __m256 low = _mm256_setzero_ps(), high = low;
    for (int64_t channel = 0; channel < p->channels; channel += 8) {
        __m256 found = activation(p, x, channel);
        low = _mm256_min_ps(low, found);
        high = _mm256_max_ps(high, found);
    }
    float lows[8], highs[8], bottom = 0, top = 0;
    _mm256_storeu_ps(lows, low);
    _mm256_storeu_ps(highs, high);
    for (int i = 0; i < 8; i++) {
        bottom = fminf(bottom, lows[i]);
        top = fmaxf(top, highs[i]);
    }
    float scale = top > bottom ? (top - bottom) / LEVELS : 1;
    *zero = (int32_t)lrintf(-bottom / scale);
    return scale;
}

/* Quantize 8 numbers: round(x / scale) + zero, within 0 and LEVELS. */
static inline __m128i quantized(__m256 x, __m256 inverse, __m256i zero) {
    __m256i rounded = _mm256_add_epi32(_mm256_cvtps_epi32(_mm256_mul_ps(x, inverse)), zero);
    __m256i bounded = _mm256_min_epi32(rounded, _mm256_set1_epi32(LEVELS));
    __m128i words = _mm_packus_epi32(_mm256_castsi256_si128(bounded), _mm256_extracti128_si256(bounded, 1));
    return _mm_packus_epi16(words, words); /* what is below 0 becomes 0 */
}

static void quantize_row(Product *p, int64_t row, uint8_t *to, int64_t step) {
    const float *x = p->x + place_of(p, row) * p->channels;
    int32_t zero_point;
    const float scale = row_scale(p, x, &zero_point);
    p->row_scales[row] = scale;
    p->offsets[row] = scale * (float)zero_point;
    const __m256 inverse = _mm256_set1_ps(1 / scale);
    const __m256i zero = _mm256_set1_epi32(zero_point);
    for (int64_t channel = 0; channel < p->channels; channel += CHANNELS, to += step) {
        _mm_storel_epi64((__m128i *)to, quantized(activation(p, x, channel), inverse, zero));
        _mm_storel_epi64((__m128i *)(to + 8), quantized(activation(p, x, channel + 8), inverse, zero));
    }
}

void product_quantize(void *product, size_t block) {
    Product *p = product;
    int64_t first = first_row(p, block), rows = first_row(p, block + 1) - first;
    uint8_t *to = p->activations + first * p->channels;
    for (int64_t row = 0; row < rows; row++) quantize_row(p, first + row, to + row * CHANNELS, rows * CHANNELS);
}

/* Multiply 4 activations with 4 weights of each column, and add each two of these products. */
static inline __m256i pairs(const uint8_t *activations, const int8_t *weights) {
    int32_t four;
    memcpy(&four, activations, sizeof four);
    return _mm256_maddubs_epi16(_mm256_set1_epi32(four), _mm256_loadu_si256((const __m256i *)weights));
}

/* Multiply 16 activations of a row with the weights of a panel, and add them to int32 (COLUMNS). Sums of 8
 * products are added in 16 bits: the weights are bounded so that none is too large for that. */
static inline __m256i added(__m256i sums, const uint8_t *a, const int8_t *w) {
    __m256i low = _mm256_add_epi16(pairs(a, w), pairs(a + 4, w + 32));
    __m256i high = _mm256_add_epi16(pairs(a + 8, w + 64), pairs(a + 12, w + 96));
    return _mm256_add_epi32(sums, _mm256_madd_epi16(_mm256_add_epi16(low, high), _mm256_set1_epi16(1)));
}

/* The part of a product that a panel gives. */
typedef struct {
    const int8_t *weights;
    __m256 scales, bias, sums;
    float *to;             /* the first of its columns in the first row */
    const float *residual; /* the same of the residual, or NULL */
    int64_t width;         /* from a row to the next */
    int64_t count;         /* of its columns, where they are not COLUMNS */
} Panel;

static Panel panel_at(const Product *p, int64_t index) {
    int64_t column = index * COLUMNS;
    const __m256 scales = _mm256_loadu_ps(p->scales + column);
    return (Panel){
        .weights = p->weights + column * p->channels,
        .scales = scales,
        .bias = _mm256_loadu_ps(p->bias + column),
        .sums = _mm256_mul_ps(scales, _mm256_cvtepi32_ps(_mm256_loadu_si256((const __m256i *)(p->sums + column)))),
        .to = p->outputs[column / p->width] + column % p->width,
        .residual = p->residual ? p->residual + column : NULL,
        .width = p->width,
        .count = least(COLUMNS, p->columns - column),
    };
}

static inline void put(const Product *p, const Panel *panel, int64_t row, __m256i sums) {
    const __m256 scale = _mm256_set1_ps(p->row_scales[row]), offset = _mm256_set1_ps(p->offsets[row]);
    const __m256 rest = _mm256_fnmadd_ps(offset, panel->sums, panel->bias);
    __m256 sum = _mm256_fmadd_ps(_mm256_cvtepi32_ps(sums), _mm256_mul_ps(scale, panel->scales), rest);
    __m256 found = p->gelu ? gelu(sum) : sum;
    const int64_t at = place_of(p, row) * panel->width;
    float *to = panel->to + at, last[COLUMNS];
    if (panel->residual) found = _mm256_add_ps(found, _mm256_loadu_ps(panel->residual + at));
    _mm256_storeu_ps(panel->count < COLUMNS ? last : to, found);
    if (panel->count < COLUMNS) memcpy(to, last, (size_t)panel->count * sizeof(float));
}

/* Multiply a block with a panel. `rows` is a constant wherever this is called, so that the sums stay in
 * registers. */
static inline __attribute__((always_inline)) void tile(
    const Product *p, const Panel *panel, int64_t first, const int rows) {
    __m256i sums[ROWS];
    for (int row = 0; row < rows; row++) sums[row] = _mm256_setzero_si256();
    const uint8_t *a = p->activations + first * p->channels;
    const int8_t *w = panel->weights;
    for (int64_t channel = 0; channel < p->channels; channel += CHANNELS) {
        _mm_prefetch((const char *)w + AHEAD, _MM_HINT_T0);
        _mm_prefetch((const char *)w + AHEAD + 64, _MM_HINT_T0);
#pragma GCC unroll 8
        for (int row = 0; row < rows; row++) sums[row] = added(sums[row], a + row * CHANNELS, w);
        a += rows * CHANNELS;
        w += COLUMNS * CHANNELS;
    }
#pragma GCC unroll 8
    for (int row = 0; row < rows; row++) put(p, panel, first + row, sums[row]);
}

static void multiply(const Product *p, const Panel *panel, int64_t block) {
    int64_t first = first_row(p, block);
    switch (first_row(p, block + 1) - first) {
        case 1: return tile(p, panel, first, 1);
        case 2: return tile(p, panel, first, 2);
        case 3: return tile(p, panel, first, 3);
        case 4: return tile(p, panel, first, 4);
        case 5: return tile(p, panel, first, 5);
        case 6: return tile(p, panel, first, 6);
        case 7: return tile(p, panel, first, 7);
        case ROWS: return tile(p, panel, first, ROWS);
    }
}

void product_run(void *product, size_t task) {
    const Product *p = product;
    int64_t block = (int64_t)task / p->groups * p->strip, index = (int64_t)task % p->groups * p->group;
    int64_t blocks = least(block + p->strip, p->blocks), panels = least(index + p->group, p->panels);
    for (; index < panels; index++) {
        Panel panel = panel_at(p, index);
        for (int64_t each = block; each < blocks; each++) multiply(p, &panel, each);
    }
}

void product_normalize(void *product, size_t block) {
    const Product *p = product;
    int64_t row = first_row(p, (int64_t)block), end = first_row(p, (int64_t)block + 1);
    for (; row < end; row++) norm_row(&p->norm, p->outputs[0] + place_of(p, row) * p->columns, p->columns);
}
