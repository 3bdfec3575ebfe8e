#include "attention.h"

#include <string.h>

#include "sizes.h"
#include "vector.h"

/* As many queries are computed together as the registers hold sums of. */
enum {
    QUERIES = LANES == 16 ? 8 : 4,
    VECTORS = KEYS / LANES, /* of the scores of a query with KEYS keys, and of HEAD_CHANNELS of a value */
};

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

/* Give four channels of a key, times a scale; zeros where there is no key. */
static inline __m128 key_at(const Head *head, int64_t key, int64_t at, __m128 scale) {
    return key < head->count ? _mm_mul_ps(scale, _mm_loadu_ps(head->keys + key * head->step + at)) : _mm_setzero_ps();
}

static void turn_keys(const Head *head) {
    const __m128 scale = _mm_set1_ps(1 / sqrtf((float)head->size));
    for (int64_t at = 0; at < head->size; at += 4)
        for (int64_t key = 0; key < head->full; key += 4) {
            __m128 four[4];
            for (int one = 0; one < 4; one++) four[one] = key_at(head, key + one, at, scale);
            _MM_TRANSPOSE4_PS(four[0], four[1], four[2], four[3]);
            for (int one = 0; one < 4; one++) _mm_storeu_ps(head->turned + (at + one) * head->full + key, four[one]);
        }
}

/* Add up, for each query, `count` times KEYS numbers that lie at `these`, each times a factor of its own. `queries` is
 * a constant wherever this is called. */
ALWAYS_INLINE void add_up(
    Floats sums[QUERIES][VECTORS], const float *factors, int64_t apart, const float *these, int64_t step, int64_t count,
    const int queries) {
    for (int row = 0; row < queries; row++)
        for (int one = 0; one < VECTORS; one++) sums[row][one] = all(0);
    for (int64_t at = 0; at < count; at++, these += step)
        for (int row = 0; row < queries; row++) {
            const Floats factor = all(factors[row * apart + at]);
            for (int one = 0; one < VECTORS; one++)
                sums[row][one] = fused(factor, load(these + one * LANES), sums[row][one]);
        }
}

/* Compute the scores of queries with KEYS keys. */
ALWAYS_INLINE void score(const Head *head, int64_t first, int64_t key, const int queries) {
    Floats sums[QUERIES][VECTORS];
    const float *query = head->queries + first * head->step;
    add_up(sums, query, head->step, head->turned + key, head->full, head->size, queries);
    for (int row = 0; row < queries; row++)
        for (int one = 0; one < VECTORS; one++)
            store(head->scores + row * head->full + key + one * LANES, sums[row][one]);
}

/* Put exp(score - the largest) in place of a query's scores; give their sum. */
static float exponentials(const Head *head, float *scores) {
    for (int64_t key = head->count; key < head->full; key++) scores[key] = FAR;
    Floats most = load(scores), sum = all(0);
    for (int64_t key = LANES; key < head->full; key += LANES) most = larger(most, load(scores + key));
    most = all(largest(most));
    for (int64_t key = 0; key < head->full; key += LANES) {
        Floats found = exponential(larger(load(scores + key) - most, all(-80)));
        store(scores + key, found);
        sum += found;
    }
    return total(sum);
}

/* Add the values of all keys, weighted by their scores, for HEAD_CHANNELS of the head. */
ALWAYS_INLINE void weigh(const Head *head, int64_t first, int64_t at, const int queries) {
    Floats sums[QUERIES][VECTORS];
    add_up(sums, head->scores, head->full, head->values + at, head->step, head->count, queries);
    for (int row = 0; row < queries; row++)
        for (int one = 0; one < VECTORS; one++)
            store(head->y + (first + row) * head->step + at + one * LANES, sums[row][one] * all(1 / head->sums[row]));
}

ALWAYS_INLINE void answer(Head *head, int64_t first, const int queries) {
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
