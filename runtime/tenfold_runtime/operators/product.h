/* Products of activations with int8 weights. */
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "norm.h"

enum {
    CHANNELS = 16, /* of an input, that are multiplied together */
    COLUMNS = 16,  /* of a sum or a norm that follows, or of one of several outputs: a multiple of as many */
    OUTPUTS = 3,   /* the most that one product is cut into */
};

/* How weights lie, and how large activations are, for the processors that all of this is compiled for: those with
 * AVX-512 and VNNI, those with AVX2 and VNNI, and those with AVX2 alone. */
enum {
#if defined(__AVX512VNNI__)
    PANEL = 48, /* outputs whose weights lie together */
    ROWS = 8,   /* the most that are multiplied with a panel at once: a block */
#elif defined(__AVXVNNI__)
    PANEL = 24,
    ROWS = 4,
#else
    PANEL = 8,
    ROWS = 8,
#endif
    LEVELS = PANEL > 8 ? 255 : 127, /* the largest quantized activation; the smallest is 0 */
};

/* y = x · weights + bias, or its GELU, with a scale and a zero point for each row of x, and a scale for each column;
 * then the sum with a residual, and its layer norm, where they are asked for.
 *
 * Rows are cut into blocks and columns into panels. Blocks whose activations stay in the processor's cache
 * together are a strip; a strip and some panels are a task, and tasks may run side by side. */
typedef struct {
    int64_t rows, channels, columns; /* channels is a multiple of CHANNELS */
    int64_t width;                   /* columns of each output */
    const int64_t *places;           /* (rows): where each row lies in what it is read from and written to, or NULL
                                      * where all of them are multiplied */
    const float *x;                  /* (rows, channels) */
    const float *multipliers;        /* (channels) that x is multiplied with first, or NULL */
    const int8_t *weights;           /* (panels, channels / 16, 4, PANEL, 4) */
    const float *scales, *bias;      /* (panels * PANEL) each */
    const int32_t *sums;             /* (panels * PANEL): the weights of each column, added */
    float *outputs[OUTPUTS];         /* (rows, width) each */
    int64_t gelu;                    /* whether each y is put through a GELU */
    const float *residual;           /* (rows, columns) that are added, or NULL */
    Norm norm;                       /* of the columns, or none */

    uint8_t *activations; /* quantized; block by block (channels / 16, rows of the block, 16) */
    float *row_scales;    /* (rows) */
    float *offsets;       /* (rows): that of the quantized 0, times the scale */

    int64_t blocks, panels;
    int64_t short_block, long_blocks; /* rows of a block; the first ones have a row more */
    int64_t strip, group; /* blocks of a strip, panels of a task */
    int64_t groups, tasks;
} Product;

/* The bytes that a product needs beside what it is given. */
int64_t product_scratch(int64_t rows, int64_t channels);

/* Plan a product of which all is set up to the outputs. */
void product_plan(Product *product, void *scratch);

/* Quantize the activations of one block. */
void product_quantize(void *product, size_t block);

/* Multiply, when all blocks of the task are quantized. */
void product_run(void *product, size_t task);

/* Multiply some blocks, from the first on, with a panel. */
void product_multiply(const Product *product, int64_t panel, int64_t first, int64_t end);

/* Normalize the rows of one block, when all tasks are done. */
void product_normalize(void *product, size_t block);
