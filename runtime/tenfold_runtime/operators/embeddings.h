/* The embeddings that a BERT-like encoder begins with. */
#pragma once
#include <stddef.h>

#include "norm.h"

/* norm(words[id] + kinds[kind] + positions[place of the token in its sequence]), for each token. */
typedef struct {
    int64_t sequences, tokens, channels; /* channels is a multiple of 16 */
    const int64_t *ids, *kinds;          /* (sequences, tokens) each; no kinds where NULL */
    const float *words;                  /* (words, channels) */
    const float *positions;              /* (most tokens, channels) */
    const float *of_kinds;               /* (kinds, channels) */
    Norm norm;
    float *y; /* (sequences, tokens, channels) */
} Embeddings;

/* Embed one token; `index` counts them all, a sequence's side by side. */
void embeddings_run(void *embeddings, size_t index);
