#include "look.h"

#include <string.h>

#include "sizes.h"
#include "vector.h"

enum {
    SUMS = LANES, /* that are kept in registers at once */
    LINE = 32,    /* numbers in half precision that the processor fetches together */
    TALL = 64,    /* channels of a value that are gathered for one query at once */
};

static const float FAR = -1e30f; /* the score of a key that is not looked at */
static const float LEAST = -80;  /* the least that is put into an exponential */

static inline __m256 eight_totals(const __m256 *x) {
    __m256 a = _mm256_hadd_ps(_mm256_hadd_ps(x[0], x[1]), _mm256_hadd_ps(x[2], x[3]));
    __m256 b = _mm256_hadd_ps(_mm256_hadd_ps(x[4], x[5]), _mm256_hadd_ps(x[6], x[7]));
    return _mm256_add_ps(_mm256_permute2f128_ps(a, b, 0x20), _mm256_permute2f128_ps(a, b, 0x31));
}

/* Add up each of as many vectors as one has numbers. */
static inline Floats totals(const Floats *x) {
#ifdef __AVX512F__
    __m256 halves[LANES];
    for (int one = 0; one < LANES; one++)
        halves[one] = _mm256_add_ps(_mm512_castps512_ps256(x[one]), _mm512_extractf32x8_ps(x[one], 1));
    return _mm512_insertf32x8(_mm512_castps256_ps512(eight_totals(halves)), eight_totals(halves + 8), 1);
#else
    return eight_totals(x);
#endif
}

/* Have the processor fetch the value of a key, while scores are computed. */
static inline void fetch(const Look *look, const uint16_t *key) {
    const uint16_t *value = look->values + (key - look->keys);
    for (int64_t at = 0; at < look->size; at += LINE) _mm_prefetch(value + at, _MM_HINT_T0);
}

/* Compute the scores of `count` keys from the first one on, and of more where that fills a register. `rows` is a
 * constant wherever this is called, as in what follows. */
ALWAYS_INLINE void score(Look *look, int64_t first, int64_t count, const int rows) {
    const int keys = SUMS / rows;
    for (int64_t key = 0; key < count; key += keys) {
        const uint16_t *these[SUMS];
        Floats sums[SUMS];
        for (int one = 0; one < keys; one++)
            these[one] = look->keys + (first + least(key + one, count - 1)) * look->size;
        for (int sum = 0; sum < SUMS; sum++) sums[sum] = all(0);
        for (int one = 0; one < keys; one++) fetch(look, these[one]);
        for (int64_t at = 0; at < look->size; at += LANES)
            for (int one = 0; one < keys; one++) {
                Floats channels = load_halves(these[one] + at);
                for (int row = 0; row < rows; row++)
                    sums[one * rows + row] =
                        fused(channels, load(look->queries[row] + at), sums[one * rows + row]);
            }
        store(look->scores + key * rows, totals(sums));
    }
}

/* Bound scores: cap * tanh(score / cap). */
static void cap(Look *look, int64_t registers) {
    for (float *scores = look->scores; registers--; scores += LANES) {
        Floats twice = load(scores) * all(2 / look->cap);
        twice = larger(smaller(twice, all(-LEAST)), all(LEAST));
        store(scores, all(look->cap) * (all(1) - all(2) / (all(1) + exponential(twice))));
    }
}

/* Give one number for each row, in the order in which the rows' scores lie. */
ALWAYS_INLINE Ints each_row(const int32_t *numbers, const int rows) {
    return rows == 1 ? all_ints(numbers[0]) : repeated(numbers);
}

/* Set the scores of keys that a row does not look at. */
ALWAYS_INLINE void mask(Look *look, int64_t first, int64_t registers, const int rows) {
    int32_t keys[LANES]; /* those of the first scores */
    for (int lane = 0; lane < LANES; lane++) keys[lane] = (int32_t)first + lane / rows;
    const Ints begins = each_row(look->begins, rows), ends = each_row(look->ends, rows), step = all_ints(LANES / rows);
    Ints key = load_ints(keys);
    for (float *scores = look->scores; registers--; scores += LANES, key = plus(key, step))
        store(scores, within(begins, key, ends, load(scores), all(FAR)));
}

/* Put exponentials in place of scores; give what all that was gathered before is to be scaled with. */
ALWAYS_INLINE Floats soften(Look *look, int64_t registers, const int rows) {
    Floats most = look->most, sum = all(0);
    for (int64_t at = 0; at < registers; at++) most = larger(most, load(look->scores + at * LANES));
    most = rows == 1 ? all(largest(most)) : largest_of_fours(most);
    for (int64_t at = 0; at < registers; at++) {
        float *scores = look->scores + at * LANES;
        Floats found = exponential(larger(load(scores) - most, all(LEAST)));
        store(scores, found);
        sum += found;
    }
    Floats factor = exponential(larger(look->most - most, all(LEAST)));
    look->sums = fused(look->sums, factor, sum);
    look->most = most;
    return factor;
}

/* Name the keys that follow those from the first one on: this head's, or the next one's. */
static const uint16_t *next_keys(const Look *look, int64_t first, int64_t end) {
    if (first + KEYS < end) return look->keys + (first + KEYS) * look->size;
    return look->keys + look->to_next + look->begins[0] * look->size;
}

/* Gather the values of `count` keys, for as many channels as `vectors` have; have the next keys' fetched. */
ALWAYS_INLINE void gather(
    Look *look, int64_t first, int64_t count, int64_t at, const float *factors, const int rows, const int vectors) {
    const uint16_t *values = look->values + first * look->size + at, *next = look->next + at;
    Floats sums[SUMS];
    for (int row = 0; row < rows; row++)
        for (int one = 0; one < vectors; one++)
            sums[row * vectors + one] = load(look->gathered[row] + at + one * LANES) * all(factors[row]);
    for (int64_t key = 0; key < count; key++, values += look->size, next += look->size) {
        Floats channels[SUMS];
        for (int one = 0; one < vectors * LANES; one += LINE) _mm_prefetch(next + one, _MM_HINT_T0);
        for (int one = 0; one < vectors; one++) channels[one] = load_halves(values + one * LANES);
        for (int row = 0; row < rows; row++) {
            Floats share = all(look->scores[key * rows + row]);
            for (int one = 0; one < vectors; one++)
                sums[row * vectors + one] = fused(share, channels[one], sums[row * vectors + one]);
        }
    }
    for (int row = 0; row < rows; row++)
        for (int one = 0; one < vectors; one++)
            store(look->gathered[row] + at + one * LANES, sums[row * vectors + one]);
}

/* Divide what was gathered by the sums of its weights. */
ALWAYS_INLINE void divide(Look *look, const int rows) {
    float sums[LANES];
    store(sums, look->sums);
    for (int row = 0; row < rows; row++) {
        float sum = 0;
        for (int lane = row; lane < LANES; lane += rows) sum += sums[lane];
        for (float *at = look->gathered[row]; at < look->gathered[row] + look->size; at += LANES)
            store(at, load(at) / all(sum));
    }
}

ALWAYS_INLINE void go_through(Look *look, const int rows) {
    const int64_t end = look->ends[rows - 1];
    const int tall = rows == 1 ? TALL / LANES : SUMS / QUERIES;
    look->most = all(FAR);
    look->sums = all(0);
    for (int row = 0; row < rows; row++) memset(look->gathered[row], 0, (size_t)look->size * sizeof(float));
    for (int64_t first = look->begins[0]; first < end; first += KEYS) {
        const int64_t count = least(KEYS, end - first), registers = parts(count * rows, LANES);
        float factors[LANES];
        int64_t at = 0;
        score(look, first, count, rows);
        if (look->cap > 0) cap(look, registers);
        if (first < look->begins[rows - 1] || first + registers * LANES / rows > look->ends[0])
            mask(look, first, registers, rows);
        store(factors, soften(look, registers, rows));
        look->next = next_keys(look, first, end);
        for (; at + tall * LANES <= look->size; at += tall * LANES)
            gather(look, first, count, at, factors, rows, tall);
        for (; at < look->size; at += LOOK_CHANNELS)
            gather(look, first, count, at, factors, rows, LOOK_CHANNELS / LANES);
    }
    divide(look, rows);
}

void look_through(Look *look) {
    if (look->rows == 1)
        go_through(look, 1);
    else
        go_through(look, QUERIES);
}
