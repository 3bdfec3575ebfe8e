/* Layer norms. */
#pragma once
#include <stdint.h>

typedef struct {
    const float *gain, *shift; /* one for each number of a row; NULL for no norm */
    float epsilon;             /* that is added to the variance */
} Norm;

/* Normalize a row in place. `count` is a multiple of 16. */
void norm_row(const Norm *norm, float *row, int64_t count);
