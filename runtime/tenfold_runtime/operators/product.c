#include "product.h"

#include "panel.h"

static const int64_t STRIP = 96 << 10; /* bytes of activations: half of the second cache, or less */
static const int64_t WORK = 1 << 17;   /* products of a task: with fewer, handing tasks out takes longer */

int64_t product_scratch(int64_t rows, int64_t channels) {
    return rows * (channels + 2 * (int64_t)sizeof(float));
}

void product_plan(Product *p, void *scratch) {
    p->row_scales = scratch;
    p->offsets = p->row_scales + p->rows;
    p->activations = (uint8_t *)(p->offsets + p->rows);
    p->blocks = parts(p->rows, ROWS);
    p->panels = parts(p->columns, PANEL);
    p->short_block = p->rows / p->blocks;
    p->long_blocks = p->rows % p->blocks;
    p->strip = least(p->blocks, most(1, STRIP / (ROWS * p->channels)));
    p->group = most(1, WORK / (p->strip * ROWS * p->channels * PANEL));
    p->groups = parts(p->panels, p->group);
    p->tasks = p->groups * parts(p->blocks, p->strip);
}

static inline Floats activation(const Product *p, const float *x, int64_t channel) {
    Floats found = load(x + channel);
    return p->multipliers ? found * load(p->multipliers + channel) : found;
}

/* Give the scale and the zero point with which a row's numbers, and 0, come to lie between 0 and LEVELS. */
static float row_scale(const Product *p, const float *x, int32_t *zero) {
    Floats low = all(0), high = low;
    for (int64_t channel = 0; channel < p->channels; channel += LANES) {
        Floats found = activation(p, x, channel);
        low = smaller(low, found);
        high = larger(high, found);
    }
    const float bottom = smallest(low), top = largest(high);
    float scale = top > bottom ? (top - bottom) / LEVELS : 1;
    *zero = (int32_t)lrintf(-bottom / scale);
    return scale;
}

/* Quantize a row: round(x / scale) + zero, within 0 and LEVELS. */
static void quantize_row(Product *p, int64_t row, uint8_t *to, int64_t step) {
    const float *x = p->x + place_of(p, row) * p->channels;
    int32_t zero_point;
    const float scale = row_scale(p, x, &zero_point);
    p->row_scales[row] = scale;
    p->offsets[row] = scale * (float)zero_point;
    const Floats inverse = all(1 / scale);
    const Ints zero = all_ints(zero_point), levels = all_ints(LEVELS);
    for (int64_t channel = 0; channel < p->channels; channel += CHANNELS, to += step)
        for (int at = 0; at < CHANNELS; at += LANES)
            store_bytes(to + at, to_nearest(activation(p, x, channel + at) * inverse), zero, levels);
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
    for (; index < panels; index++) product_multiply(p, index, block, blocks);
}

void product_normalize(void *product, size_t block) {
    const Product *p = product;
    int64_t row = first_row(p, (int64_t)block), end = first_row(p, (int64_t)block + 1);
    for (; row < end; row++) norm_row(&p->norm, p->outputs[0] + place_of(p, row) * p->columns, p->columns);
}
