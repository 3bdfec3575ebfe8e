#include "attention.h"

#include <string.h>

#include "sizes.h"
#include "vector.h"

enum { QUERIES = 4 }; /* that are computed together: more, and their sums leave the registers */

static const float FAR = -1e30f; /* the score of a key that is not there */

/* One head of one sequence. */
typedef struct {
    const float *queries, *keys, *values; /* of the first token */
    float *y;
    int64_t step;  /* from a token to the next */
    int64_t size;  /* of the head */
    int64_t count; /* of the sequence's own tokens */
    int64_t full;  /* the same, filled up to whole KEYS */
    float *turned; /* (size, full): the keys, divided by the root of the size */
    float *scores; /* (QUERIES, full) */
    float sums[QUERIES];
} Head;

int64_t attention_scratch(const Attention *attention) {
    return (attention->size + QUERIES) * filled(attention->tokens, KEYS);
}

static void turn_keys(const Head *head) {
    const float scale = 1 / sqrtf((float)head->size);
    for (int64_t key = 0; key < head->full; key++) {
        const float *from = head->keys + key * head->step;
        for (int64_t at = 0; at < head->size; at++)
            head->turned[at * head->full + key] = key < head->count ? from[at] * scale : 0;
    }
}

/* Compute the scores of queries with KEYS keys. `queries` is a constant wherever this is called. */
static inline __attribute__((always_inline)) void score(
    const Head *head, int64_t first, int64_t key, const int queries) {
    const float *query = head->queries + first * head->step, *keys = head->turned + key;
    __m256 low[QUERIES], high[QUERIES];
    for (int row = 0; row < queries; row++) low[row] = high[row] = _mm256_setzero_ps();
    for (int64_t at = 0; at < head->size; at++, keys += head->full) {
        __m256 these = _mm256_loadu_ps(keys), those = _mm256_loadu_ps(keys + 8);
        for (int row = 0; row < queries; row++) {
            __m256 factor = _mm256_set1_ps(query[row * head->step + at]);
            low[row] = _mm256_fmadd_ps(factor, these, low[row]);
            high[row] = _mm256_fmadd_ps(factor, those, high[row]);
        }
    }
    for (int row = 0; row < queries; row++) {
        _mm256_storeu_ps(head->scores + row * head->full + key, low[row]);
        _mm256_storeu_ps(head->scores + row * head->full + key + 8, high[row]);
    }
}

/* Put exp(score - the largest) in place of a query's scores; give their sum. */
static float exponentials(const Head *head, float *scores) {
    for (int64_t key = head->count; key < head->full; key++) scores[key] = FAR;
    __m256 most = _mm256_loadu_ps(scores), sum = _mm256_setzero_ps();
    for (int64_t key = 8; key < head->full; key += 8) most = _mm256_max_ps(most, _mm256_loadu_ps(scores + key));
    most = _mm256_set1_ps(largest(most));
    for (int64_t key = 0; key < head->full; key += 8) {
        __m256 away = _mm256_sub_ps(_mm256_loadu_ps(scores + key), most);
        __m256 found = exponential(_mm256_max_ps(away, _mm256_set1_ps(-80)));
        _mm256_storeu_ps(scores + key, found);
        sum = _mm256_add_ps(sum, found);
    }
    return total(sum);
}

/* Add the values of all keys, weighted by their scores, for 16 channels of the head. */
static inline __attribute__((always_inline)) void weigh(
    const Head *head, int64_t first, int64_t at, const int queries) {
    const float *values = head->values + at;
    __m256 low[QUERIES], high[QUERIES];
    for (int row = 0; row < queries; row++) low[row] = high[row] = _mm256_setzero_ps();
    for (int64_t key = 0; key < head->count; key++, values += head->step) {
        __m256 these = _mm256_loadu_ps(values), those = _mm256_loadu_ps(values + 8);
        for (int row = 0; row < queries; row++) {
            __m256 factor = _mm256_set1_ps(head->scores[row * head->full + key]);
            low[row] = _mm256_fmadd_ps(factor, these, low[row]);
            high[row] = _mm256_fmadd_ps(factor, those, high[row]);
        }
    }
    for (int row = 0; row < queries; row++) {
        __m256 share = _mm256_set1_ps(1 / head->sums[row]);
        float *y = head->y + (first + row) * head->step + at;
        _mm256_storeu_ps(y, _mm256_mul_ps(low[row], share));
        _mm256_storeu_ps(y + 8, _mm256_mul_ps(high[row], share));
    }
}

static inline __attribute__((always_inline)) void answer(Head *head, int64_t first, const int queries) {
    for (int64_t key = 0; key < head->full; key += KEYS) score(head, first, key, queries);
    for (int query = 0; query < queries; query++)
        head->sums[query] = exponentials(head, head->scores + query * head->full);
    for (int64_t at = 0; at < head->size; at += HEAD_CHANNELS) weigh(head, first, at, queries);
}

static Head head_at(const Attention *p, int64_t index) {
    int64_t sequence = index / p->heads, step = p->heads * p->size;
    int64_t first = sequence * p->tokens * step + index % p->heads * p->size;
    int64_t count = least(p->lengths[sequence], p->tokens);
    float *scratch = p->scratch + index * attention_scratch(p);
    return (Head){
        .queries = p->queries + first,
        .keys = p->keys + first,
        .values = p->values + first,
        .y = p->y + first,
        .step = step,
        .size = p->size,
        .count = count,
        .full = filled(count, KEYS),
        .turned = scratch,
        .scores = scratch + p->size * filled(count, KEYS),
    };
}

void attention_run(void *attention, size_t index) {
    const Attention *p = attention;
    Head head = head_at(p, (int64_t)index);
    turn_keys(&head);
    int64_t first = 0;
    for (; first + QUERIES <= head.count; first += QUERIES) answer(&head, first, QUERIES);
    for (; first < head.count; first++) answer(&head, first, 1);
    for (; first < p->tokens; first++) memset(head.y + first * head.step, 0, (size_t)head.size * sizeof(float));
}
