/* Attention of new tokens to those before them. */
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "look.h"

/* softmax(scale * query · keys) · values, for each head of each sequence's new tokens.
 *
 * A token looks at itself and at those before it in its sequence, whose keys and values are in the cache, in half
 * precision. Those of the new tokens are added to it first. Heads that lie side by side share keys and values.
 * What fills a sequence up to the longest gives zeros. */
typedef struct {
    int64_t sequences, tokens, heads, kv_heads, size; /* size of a head, as look.h has it */
    int64_t capacity;                                 /* tokens for which a sequence has room */
    int64_t window; /* tokens that one looks at, itself among them; 0 for all */
    float scale;
    float cap;                             /* scores become cap * tanh(score / cap); 0 to leave them */
    const float *queries, *keys, *values;  /* (sequences, tokens, heads or kv_heads * size): the new tokens */
    const int32_t *last;                   /* (sequences): the place of a sequence's last token in it */
    const float *cosines, *sines;          /* (places, turned / 2), by which queries and keys are turned */
    int64_t turned;                        /* channels of a head, a multiple of 16; 0 where none are */
    uint16_t *cached_keys, *cached_values; /* (sequences, kv_heads, capacity, size) */
    float *y;                              /* (sequences, tokens, heads * size) */
} CachedAttention;

/* The parts of the first step: add to the cache what is new. */
int64_t cached_attention_additions(const CachedAttention *attention);
void cached_attention_add(void *attention, size_t index);

/* The parts of the second: have tokens look. */
int64_t cached_attention_looks(const CachedAttention *attention);
void cached_attention_look(void *attention, size_t index);
