#include "cached_attention.h"

#include <string.h>

#include "look.h"
#include "sizes.h"

enum { EIGHT = 8 }; /* channels that are turned at once */

/* Write a multiple of 16 numbers; those that are too large become the largest there is. */
static void to_halves(const float *from, int64_t count, uint16_t *to) {
    for (int64_t at = 0; at < count; at += LANES)
        store_halves(to + at, larger(smaller(load(from + at), all(65504)), all(-65504)));
}

/* A sequence's new tokens. */
typedef struct {
    int64_t count; /* its own ones: what follows fills up */
    int64_t past;  /* tokens before them */
} Own;

static Own own(const CachedAttention *p, int64_t sequence) {
    int64_t length = p->last[sequence] + 1;
    return (Own){least(length, p->tokens), most(length - p->tokens, 0)};
}

static int64_t group(const CachedAttention *p) { return p->heads / p->kv_heads; }

/* Write a head of a token, turned and scaled. Rotary positions are those of Su et al. 2021; channels that are turned
 * together are half of `turned` apart. */
static void turn(const CachedAttention *p, const float *from, int64_t place, float scale, float *to) {
    const int64_t half = p->turned / 2;
    const __m256 factor = _mm256_set1_ps(scale);
    for (int64_t at = 0; at < half; at += EIGHT) {
        __m256 low = _mm256_mul_ps(factor, _mm256_loadu_ps(from + at));
        __m256 high = _mm256_mul_ps(factor, _mm256_loadu_ps(from + half + at));
        __m256 cosine = _mm256_loadu_ps(p->cosines + place * half + at);
        __m256 sine = _mm256_loadu_ps(p->sines + place * half + at);
        _mm256_storeu_ps(to + at, _mm256_fmsub_ps(low, cosine, _mm256_mul_ps(high, sine)));
        _mm256_storeu_ps(to + half + at, _mm256_fmadd_ps(high, cosine, _mm256_mul_ps(low, sine)));
    }
    for (int64_t at = p->turned; at < p->size; at += EIGHT)
        _mm256_storeu_ps(to + at, _mm256_mul_ps(factor, _mm256_loadu_ps(from + at)));
}

int64_t cached_attention_additions(const CachedAttention *p) { return p->sequences * p->kv_heads; }

void cached_attention_add(void *attention, size_t index) {
    const CachedAttention *p = attention;
    const int64_t sequence = (int64_t)index / p->kv_heads, head = (int64_t)index % p->kv_heads;
    const Own new = own(p, sequence);
    float turned[MOST_CHANNELS];
    for (int64_t token = 0; token < new.count; token++) {
        int64_t from = ((sequence * p->tokens + token) * p->kv_heads + head) * p->size;
        int64_t to = ((int64_t)index * p->capacity + new.past + token) * p->size;
        turn(p, p->keys + from, new.past + token, 1, turned);
        to_halves(turned, p->size, p->cached_keys + to);
        to_halves(p->values + from, p->size, p->cached_values + to);
    }
}

static int64_t looks_of_a_head(const CachedAttention *p) { return parts(p->tokens * group(p), QUERIES); }

int64_t cached_attention_looks(const CachedAttention *p) { return p->sequences * p->kv_heads * looks_of_a_head(p); }

/* Where a query lies in the queries, and what it gets in y. `head` counts the heads of keys, a sequence's side by side;
 * `query` the queries that share one, a token's side by side. */
static int64_t place(const CachedAttention *p, int64_t head, int64_t query) {
    int64_t token = head / p->kv_heads * p->tokens + query / group(p);
    return (token * p->heads + head % p->kv_heads * group(p) + query % group(p)) * p->size;
}

/* Have a head's queries look. Rows of which there are too many do what the last one does. */
static void look_up(const CachedAttention *p, int64_t head, int64_t first, int64_t end, Look *look) {
    const int64_t past = own(p, head / p->kv_heads).past;
    look->keys = p->cached_keys + head * p->capacity * p->size;
    look->values = p->cached_values + head * p->capacity * p->size;
    look->size = p->size;
    look->to_next = p->capacity * p->size;
    look->cap = p->cap;
    look->rows = end - first == 1 ? 1 : QUERIES;
    for (int64_t row = 0; row < look->rows; row++) {
        int64_t query = least(first + row, end - 1), token = past + query / group(p);
        turn(p, p->queries + place(p, head, query), token, p->scale, look->queries[row]);
        look->begins[row] = p->window ? (int32_t)most(token + 1 - p->window, 0) : 0;
        look->ends[row] = (int32_t)token + 1;
    }
    look_through(look);
}

void cached_attention_look(void *attention, size_t index) {
    const CachedAttention *p = attention;
    const int64_t head = (int64_t)index / looks_of_a_head(p), given = own(p, head / p->kv_heads).count * group(p);
    const int64_t first = (int64_t)index % looks_of_a_head(p) * QUERIES;
    const int64_t end = least(first + QUERIES, p->tokens * group(p)), bytes = p->size * (int64_t)sizeof(float);
    Look look;
    if (first < given) look_up(p, head, first, least(end, given), &look);
    for (int64_t query = first; query < end; query++) {
        float *y = p->y + place(p, head, query);
        if (query < given)
            memcpy(y, look.gathered[query - first], (size_t)bytes);
        else
            memset(y, 0, (size_t)bytes);
    }
}
