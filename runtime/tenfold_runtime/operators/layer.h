/* A layer of a BERT-like encoder.
 *
 *     h = norm(x + (attention(x) · weights + bias))
 *     y = norm(h + (gelu(h · weights + bias) · weights + bias))
 *
 * Its parts are those of product.h and attention.h, and what they give is the same to the last bit. */
#pragma once
#include "attention.h"
#include "phases.h"
#include "product.h"

enum {
    LAYER_PARTS,   /* x to queries, keys and values */
    LAYER_CONTEXT, /* what attention gives to its output */
    LAYER_WIDER,   /* to the channels between */
    LAYER_LAST,    /* from these to the layer's output */
    LAYER_PRODUCTS,
};

enum { LAYER_NORMS = 2 }; /* after attention, and at the end */

enum { LAYER_PHASES = 10 };

typedef struct {
    int64_t sequences, tokens, channels, heads;
    int64_t between;         /* channels */
    const float *x;          /* (sequences, tokens, channels) */
    const int32_t *lengths;  /* (sequences) */
    Norm norms[LAYER_NORMS]; /* of the channels */
    float *y;                /* (sequences, tokens, channels) */
    Product products[LAYER_PRODUCTS];

    Attention attention;
} Layer;

/* Set the sizes of the products, once those of the layer are set. Then they can take what they multiply with. */
void layer_size(Layer *layer);

/* The bytes that a layer needs beside what it is given. */
int64_t layer_scratch(Layer *layer);

/* Plan a layer of which all is set up to the products. */
void layer_plan(Layer *layer, void *scratch, Phase *phases);
