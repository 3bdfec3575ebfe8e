/* Products that VNNI adds in 32 bits, four at once. */
#if defined(__AVX512VNNI__) || defined(__AVXVNNI__)
#include "panel.h"

#define UNROLLED _Pragma("clang loop unroll(full)")

/* An activation is read once for as many columns as a row has vectors of sums. With more of these, fewer rows would
 * share a weight: the sums, a vector of weights for each and one of activations are what the registers hold. */
enum {
    VECTORS = PANEL / LANES,
    WORDS = CHANNELS / 4, /* of four bytes, that are multiplied and added together */
};

static const int64_t LINE = 64;    /* bytes that are asked for at once */

typedef struct {
    const int8_t *weights;
    Columns columns[VECTORS];
    const int8_t *next; /* weights that are asked for while a block is multiplied: the panel's that follows */
    int64_t lines;      /* of them, for CHANNELS of the block */
} Panel;

static inline Ints dot(Ints sums, Ints activations, Ints weights) {
#ifdef __AVX512VNNI__
    return _mm512_dpbusd_epi32(sums, activations, weights);
#else
    return _mm256_dpbusd_avx_epi32(sums, activations, weights);
#endif
}

/* Multiply 16 activations of each row with the weights of a panel, and add them to int32 (rows, PANEL). */
ALWAYS_INLINE void add(Ints *sums, const uint8_t *a, const int8_t *w, const int rows) {
    UNROLLED
    for (int word = 0; word < WORDS; word++) {
        Ints weights[VECTORS];
        UNROLLED
        for (int one = 0; one < VECTORS; one++, w += sizeof(Ints)) {
            _mm_prefetch((const char *)w + AHEAD, _MM_HINT_T0);
            weights[one] = load_ints(w);
        }
        UNROLLED
        for (int sum = 0; sum < rows * VECTORS; sum++) {
            int32_t four;
            memcpy(&four, a + sum / VECTORS * CHANNELS + word * (int)sizeof four, sizeof four);
            sums[sum] = dot(sums[sum], all_ints(four), weights[sum % VECTORS]);
        }
    }
}

/* Multiply a block with a panel. `rows` is a constant wherever this is called, and loops over sums are unrolled, so
 * that these stay in registers. */
ALWAYS_INLINE void tile(const Product *p, const Panel *panel, int64_t first, const int rows) {
    Ints sums[ROWS * VECTORS];
    int32_t found[ROWS * PANEL];
    UNROLLED
    for (int sum = 0; sum < rows * VECTORS; sum++) sums[sum] = all_ints(0);
    const uint8_t *a = p->activations + first * p->channels;
    const int8_t *w = panel->weights, *next = panel->next;
    for (int64_t channel = 0; channel < p->channels; channel += CHANNELS) {
        for (int64_t line = 0; line < panel->lines; line++, next += LINE) _mm_prefetch(next, _MM_HINT_T1);
        add(sums, a, w, rows);
        a += rows * CHANNELS;
        w += PANEL * CHANNELS;
    }
    UNROLLED
    for (int sum = 0; sum < rows * VECTORS; sum++) store_ints(found + sum * LANES, sums[sum]);
    for (int row = 0; row < rows; row++)
        for (int one = 0; one < VECTORS && panel->columns[one].count > 0; one++)
            put(p, panel->columns + one, first + row, load_ints(found + row * PANEL + one * LANES));
}

static void multiply_block(const Product *p, const Panel *panel, int64_t block) {
    int64_t first = first_row(p, block);
    switch (first_row(p, block + 1) - first) {
        case 1: return tile(p, panel, first, 1);
        case 2: return tile(p, panel, first, 2);
        case 3: return tile(p, panel, first, 3);
        case 4: return tile(p, panel, first, 4);
#if defined(__AVX512VNNI__)
        case 5: return tile(p, panel, first, 5);
        case 6: return tile(p, panel, first, 6);
        case 7: return tile(p, panel, first, 7);
        case 8: return tile(p, panel, first, 8);
#endif
    }
}

/* Blocks after the first find the weights in the cache: meanwhile memory can bring those that follow. */
void product_multiply(const Product *p, int64_t index, int64_t first, int64_t end) {
    const int64_t all_lines = PANEL * CHANNELS / LINE;
    Panel panel = {.weights = p->weights + index * PANEL * p->channels};
    for (int one = 0; one < VECTORS; one++) panel.columns[one] = columns_at(p, index * PANEL + one * LANES);
    panel.next = panel.weights + PANEL * p->channels;
    panel.lines = end - first > 1 ? parts(all_lines, end - first) : 0;
    for (int64_t block = first; block < end; block++) {
        multiply_block(p, &panel, block);
        panel.next += panel.lines * LINE * p->channels / CHANNELS;
        if ((block + 1 - first) * panel.lines >= all_lines) panel.lines = 0;
    }
}

#endif
