#include "look.h"

#include <string.h>

#include "half.h"
#include "sizes.h"
#include "vector.h"

enum {
    SUMS = 8,  /* that are kept in registers at once */
    LANES = 8, /* numbers of a register */
    LINE = 32, /* numbers in half precision that the processor fetches together */
};

static const float FAR = -1e30f; /* the score of a key that is not looked at */
static const float LEAST = -80;  /* the least that is put into an exponential */

/* Add up each of eight vectors. */
static inline __m256 totals(const __m256 *x) {
    __m256 a = _mm256_hadd_ps(_mm256_hadd_ps(x[0], x[1]), _mm256_hadd_ps(x[2], x[3]));
    __m256 b = _mm256_hadd_ps(_mm256_hadd_ps(x[4], x[5]), _mm256_hadd_ps(x[6], x[7]));
    return _mm256_add_ps(_mm256_permute2f128_ps(a, b, 0x20), _mm256_permute2f128_ps(a, b, 0x31));
}

/* Have the processor fetch the value of a key, while scores are computed. */
static inline void fetch(const Look *look, const uint16_t *key) {
    const uint16_t *value = look->values + (key - look->keys);
    for (int64_t at = 0; at < look->size; at += LINE) _mm_prefetch(value + at, _MM_HINT_T0);
}

/* Compute the scores of `count` keys from the first one on, and of more where that fills a register. `rows` is a
 * constant wherever this is called, as in what follows. */
static inline __attribute__((always_inline)) void score(Look *look, int64_t first, int64_t count, const int rows) {
    const int keys = SUMS / rows;
    for (int64_t key = 0; key < count; key += keys) {
        const uint16_t *these[SUMS];
        __m256 sums[SUMS];
        for (int one = 0; one < keys; one++)
            these[one] = look->keys + (first + least(key + one, count - 1)) * look->size;
        for (int sum = 0; sum < SUMS; sum++) sums[sum] = _mm256_setzero_ps();
        for (int one = 0; one < keys; one++) fetch(look, these[one]);
        for (int64_t at = 0; at < look->size; at += LANES)
            for (int one = 0; one < keys; one++) {
                __m256 channels = of_halves(these[one] + at);
                for (int row = 0; row < rows; row++)
                    sums[one * rows + row] = _mm256_fmadd_ps(
                        channels, _mm256_load_ps(look->queries[row] + at), sums[one * rows + row]);
            }
        _mm256_storeu_ps(look->scores + key * rows, totals(sums));
    }
}

/* Bound scores: cap * tanh(score / cap). */
static void cap(Look *look, int64_t registers) {
    const __m256 one = _mm256_set1_ps(1), most = _mm256_set1_ps(-LEAST), height = _mm256_set1_ps(look->cap);
    for (float *scores = look->scores; registers--; scores += LANES) {
        __m256 twice = _mm256_mul_ps(_mm256_loadu_ps(scores), _mm256_set1_ps(2 / look->cap));
        twice = _mm256_max_ps(_mm256_min_ps(twice, most), _mm256_set1_ps(LEAST));
        __m256 left = _mm256_div_ps(_mm256_set1_ps(2), _mm256_add_ps(one, exponential(twice)));
        _mm256_storeu_ps(scores, _mm256_mul_ps(height, _mm256_sub_ps(one, left)));
    }
}

/* Give one number for each row, in the order in which the rows' scores lie. */
static inline __attribute__((always_inline)) __m256i each_row(const int32_t *numbers, const int rows) {
    if (rows == 1) return _mm256_set1_epi32(numbers[0]);
    return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)numbers));
}

/* Set the scores of keys that a row does not look at. */
static inline __attribute__((always_inline)) void mask(Look *look, int64_t first, int64_t registers, const int rows) {
    const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    const __m256i begins = each_row(look->begins, rows), ends = each_row(look->ends, rows);
    const __m256i offsets = rows == 1 ? lanes : _mm256_srli_epi32(lanes, 2); /* of the key of each lane */
    for (int64_t at = 0; at < registers; at++) {
        float *scores = look->scores + at * LANES;
        __m256i key = _mm256_add_epi32(_mm256_set1_epi32((int32_t)(first + at * LANES / rows)), offsets);
        __m256i seen = _mm256_andnot_si256(_mm256_cmpgt_epi32(begins, key), _mm256_cmpgt_epi32(ends, key));
        __m256 score = _mm256_loadu_ps(scores);
        _mm256_storeu_ps(scores, _mm256_blendv_ps(_mm256_set1_ps(FAR), score, _mm256_castsi256_ps(seen)));
    }
}

static inline __attribute__((always_inline)) __m256 largest_of_rows(__m256 x, const int rows) {
    x = _mm256_max_ps(x, _mm256_permute2f128_ps(x, x, 1));
    return rows == 1 ? _mm256_set1_ps(largest(x)) : x;
}

/* Put exponentials in place of scores; give what all that was gathered before is to be scaled with. */
static inline __attribute__((always_inline)) __m256 soften(Look *look, int64_t registers, const int rows) {
    __m256 most = look->most, sum = _mm256_setzero_ps();
    for (int64_t at = 0; at < registers; at++) most = _mm256_max_ps(most, _mm256_loadu_ps(look->scores + at * LANES));
    most = largest_of_rows(most, rows);
    for (int64_t at = 0; at < registers; at++) {
        float *scores = look->scores + at * LANES;
        __m256 away = _mm256_max_ps(_mm256_sub_ps(_mm256_loadu_ps(scores), most), _mm256_set1_ps(LEAST));
        __m256 found = exponential(away);
        _mm256_storeu_ps(scores, found);
        sum = _mm256_add_ps(sum, found);
    }
    __m256 factor = exponential(_mm256_max_ps(_mm256_sub_ps(look->most, most), _mm256_set1_ps(LEAST)));
    look->sums = _mm256_fmadd_ps(look->sums, factor, sum);
    look->most = most;
    return factor;
}

/* Gather the values of `count` keys, for as many channels as `vectors` have. */
static inline __attribute__((always_inline)) void gather(
    Look *look, int64_t first, int64_t count, int64_t at, const float *factors, const int rows, const int vectors) {
    const uint16_t *values = look->values + first * look->size + at;
    __m256 sums[SUMS];
    for (int row = 0; row < rows; row++)
        for (int one = 0; one < vectors; one++)
            sums[row * vectors + one] = _mm256_mul_ps(
                _mm256_loadu_ps(look->gathered[row] + at + one * LANES), _mm256_set1_ps(factors[row]));
    for (int64_t key = 0; key < count; key++, values += look->size) {
        __m256 channels[SUMS];
        for (int one = 0; one < vectors; one++) channels[one] = of_halves(values + one * LANES);
        for (int row = 0; row < rows; row++) {
            __m256 share = _mm256_set1_ps(look->scores[key * rows + row]);
            for (int one = 0; one < vectors; one++)
                sums[row * vectors + one] = _mm256_fmadd_ps(share, channels[one], sums[row * vectors + one]);
        }
    }
    for (int row = 0; row < rows; row++)
        for (int one = 0; one < vectors; one++)
            _mm256_storeu_ps(look->gathered[row] + at + one * LANES, sums[row * vectors + one]);
}

/* Divide what was gathered by the sums of its weights. */
static inline __attribute__((always_inline)) void divide(Look *look, const int rows) {
    float sums[LANES];
    _mm256_storeu_ps(sums, look->sums);
    for (int row = 0; row < rows; row++) {
        __m256 sum = _mm256_set1_ps(rows == 1 ? total(look->sums) : sums[row] + sums[row + QUERIES]);
        for (float *at = look->gathered[row]; at < look->gathered[row] + look->size; at += LANES)
            _mm256_storeu_ps(at, _mm256_div_ps(_mm256_loadu_ps(at), sum));
    }
}

static inline __attribute__((always_inline)) void go_through(Look *look, const int rows) {
    const int64_t end = look->ends[rows - 1];
    look->most = _mm256_set1_ps(FAR);
    look->sums = _mm256_setzero_ps();
    for (int row = 0; row < rows; row++) memset(look->gathered[row], 0, (size_t)look->size * sizeof(float));
    for (int64_t first = look->begins[0]; first < end; first += KEYS) {
        const int64_t count = least(KEYS, end - first), registers = parts(count * rows, LANES);
        float factors[LANES];
        int64_t at = 0;
        score(look, first, count, rows);
        if (look->cap > 0) cap(look, registers);
        if (first < look->begins[rows - 1] || first + registers * LANES / rows > look->ends[0])
            mask(look, first, registers, rows);
        _mm256_storeu_ps(factors, soften(look, registers, rows));
        for (; rows == 1 && at + SUMS * LANES <= look->size; at += SUMS * LANES)
            gather(look, first, count, at, factors, 1, SUMS);
        for (; at < look->size; at += LOOK_CHANNELS) gather(look, first, count, at, factors, rows, 2);
    }
    divide(look, rows);
}

void look_through(Look *look) {
    if (look->rows == 1)
        go_through(look, 1);
    else
        go_through(look, QUERIES);
}
