#include "norm.h"

#include "vector.h"

void norm_row(const Norm *norm, float *row, int64_t count) {
    const float share = 1 / (float)count;
    Floats sum = all(0), squares = all(0);
    for (int64_t at = 0; at < count; at += LANES) sum += load(row + at);
    const Floats mean = all(total(sum) * share);
    for (int64_t at = 0; at < count; at += LANES) {
        Floats away = load(row + at) - mean;
        squares = fused(away, away, squares);
    }
    const Floats inverse = all(1 / sqrtf(total(squares) * share + norm->epsilon));
    for (int64_t at = 0; at < count; at += LANES) {
        Floats away = (load(row + at) - mean) * inverse;
        store(row + at, fused(away, load(norm->gain + at), load(norm->shift + at)));
    }
}
