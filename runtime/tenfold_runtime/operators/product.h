/* Products of activations with int8 weights. */
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "norm.h"

enum {
    COLUMNS = 8,   /* outputs that are put together */
    CHANNELS = 16, /* of an input, that are multiplied together */
    OUTPUTS = 3,   /* the most that one product is cut into */
};

typedef struct Product Product;

/* What multiplies, in the way of some processors. */
typedef struct {
    int64_t columns; /* whose weights lie together, a multiple of COLUMNS: a panel */
    int64_t rows;    /* the most that are multiplied with a panel at once: a block */
    int64_t levels;  /* the largest quantized activation; the smallest is 0 */
    int64_t work;    /* products of a task: with fewer, handing tasks out takes longer */

    /* Multiply the blocks from the first on with a panel. */
    void (*multiply)(const Product *product, int64_t panel, int64_t first, int64_t end);
} Multiplier;

extern const Multiplier SUMS_IN_16_BITS; /* of eight products, whose weights are bounded for that: AVX2 */
extern const Multiplier SUMS_IN_32_BITS; /* of four: AVX-512 with VNNI */

/* y = x · weights + bias, or its GELU, with a scale and a zero point for each row of x, and a scale for each column;
 * then the sum with a residual, and its layer norm, where they are asked for.
 *
 * Rows are cut into blocks and columns into panels. Blocks whose activations stay in the processor's cache
 * together are a strip; a strip and some panels are a task, and tasks may run side by side. */
struct Product {
    const Multiplier *multiplier;
    int64_t rows, channels, columns; /* channels is a multiple of CHANNELS */
    int64_t width;                   /* columns of each output */
    const int64_t *places;           /* (rows): where each row lies in what it is read from and written to, or NULL
                                      * where all of them are multiplied */
    const float *x;                  /* (rows, channels) */
    const float *multipliers;        /* (channels) that x is multiplied with first, or NULL */
    const int8_t *weights;           /* (panels, channels / 16, 4, columns of a panel, 4) */
    const float *scales, *bias;      /* for each column of the panels */
    const int32_t *sums;             /* the same: the weights of each column, added */
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
};

/* The bytes that a product needs beside what it is given. */
int64_t product_scratch(int64_t rows, int64_t channels);

/* Plan a product of which all is set up to the outputs. */
void product_plan(Product *product, void *scratch);

/* Quantize the activations of one block. */
void product_quantize(void *product, size_t block);

/* Multiply, when all blocks of the task are quantized. */
void product_run(void *product, size_t task);

/* Normalize the rows of one block, when all tasks are done. */
void product_normalize(void *product, size_t block);
