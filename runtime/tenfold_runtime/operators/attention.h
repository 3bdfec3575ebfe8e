/* Attention over sequences that are padded on the right. */
#pragma once
#include <stddef.h>
#include <stdint.h>

enum {
    KEYS = 16,          /* whose scores are computed at once */
    HEAD_CHANNELS = 16, /* whose values are weighed at once */
};

/* softmax(queries · keys / sqrt(size)) · values, for each head of each sequence.
 *
 * Keys beyond a sequence's length are not looked at; what queries there are beyond it give zeros. */
typedef struct {
    int64_t sequences, tokens, heads, size; /* size of a head, a multiple of HEAD_CHANNELS */
    const float *queries, *keys, *values;   /* (sequences, tokens, heads * size) each */
    const int32_t *lengths;                 /* (sequences) */
    float *y;                               /* (sequences, tokens, heads * size) */
    float *scratch;                         /* attention_scratch() floats for each head of each sequence */
} Attention;

/* The floats that a head needs beside what it is given. */
int64_t attention_scratch(const Attention *attention);

/* Compute one head of one sequence; `index` counts them all, a sequence's heads side by side. */
void attention_run(void *attention, size_t index);
