#include "product.h"

#include "panel.h"

static const int64_t STRIP = 96 << 10; /* bytes of activations: half of the second cache, or less */

int64_t product_scratch(int64_t rows, int64_t channels) {
    return rows * (channels + 2 * (int64_t)sizeof(float));
}

void product_plan(Product *p, void *scratch) {
    const Multiplier *m = p->multiplier;
    p->row_scales = scratch;
    p->offsets = p->row_scales + p->rows;
    p->activations = (uint8_t *)(p->offsets + p->rows);
    p->blocks = parts(p->rows, m->rows);
    p->panels = parts(p->columns, m->columns);
    p->short_block = p->rows / p->blocks;
    p->long_blocks = p->rows % p->blocks;
    p->strip = least(p->blocks, most(1, STRIP / (m->rows * p->channels)));
    p->group = most(1, m->work / (p->strip * m->rows * p->channels * m->columns));
    p->groups = parts(p->panels, p->group);
    p->tasks = p->groups * parts(p->blocks, p->strip);
}

static inline __m256 activation(const Product *p, const float *x, int64_t channel) {
    __m256 found = _mm256_loadu_ps(x + channel);
    return p->multipliers ? _mm256_mul_ps(found, _mm256_loadu_ps(p->multipliers + channel)) : found;
}

/* Give the scale and the zero point with which a row's numbers, and 0, come to lie between 0 and the levels. */
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
    float scale = top > bottom ? (top - bottom) / (float)p->multiplier->levels : 1;
    *zero = (int32_t)lrintf(-bottom / scale);
    return scale;
}

/* Quantize 8 numbers: round(x / scale) + zero, within 0 and the levels. */
static inline __m128i quantized(__m256 x, __m256 inverse, __m256i zero, __m256i levels) {
    __m256i rounded = _mm256_add_epi32(_mm256_cvtps_epi32(_mm256_mul_ps(x, inverse)), zero);
    __m256i bounded = _mm256_min_epi32(rounded, levels);
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
    const __m256i zero = _mm256_set1_epi32(zero_point), levels = _mm256_set1_epi32((int)p->multiplier->levels);
    for (int64_t channel = 0; channel < p->channels; channel += CHANNELS, to += step) {
        _mm_storel_epi64((__m128i *)to, quantized(activation(p, x, channel), inverse, zero, levels));
        _mm_storel_epi64((__m128i *)(to + 8), quantized(activation(p, x, channel + 8), inverse, zero, levels));
    }
}

void product_quantize(void *product, size_t block) {
    Product *p = product;
    int64_t first = first_row(p, block), rows = first_row(p, block + 1) - first;
    uint8_t *to = p->activations + first * p->channels;
    for (int64_t row = 0; row < rows; row++) quantize_row(p, first + row, to + row * CHANNELS, rows * CHANNELS);
}

void product_run(void *product, size_t task) {
    const Product *p = product;
    int64_t block = (int64_t)task / p->groups * p->strip, index = (int64_t)task % p->groups * p->group;
    int64_t blocks = least(block + p->strip, p->blocks), panels = least(index + p->group, p->panels);
    for (; index < panels; index++) p->multiplier->multiply(p, index, block, blocks);
}

void product_normalize(void *product, size_t block) {
    const Product *p = product;
    int64_t row = first_row(p, (int64_t)block), end = first_row(p, (int64_t)block + 1);
    for (; row < end; row++) norm_row(&p->norm, p->outputs[0] + place_of(p, row) * p->columns, p->columns);
}
