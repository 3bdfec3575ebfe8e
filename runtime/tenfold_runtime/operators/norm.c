#include "norm.h"

#include "vector.h"

void norm_row(const Norm *norm, float *row, int64_t count) {
    const float share = 1 / (float)count;
    __m256 sum = _mm256_setzero_ps(), squares = _mm256_setzero_ps();
    for (int64_t at = 0; at < count; at += 8) sum = _mm256_add_ps(sum, _mm256_loadu_ps(row + at));
    const __m256 mean = _mm256_set1_ps(total(sum) * share);
    for (int64_t at = 0; at < count; at += 8) {
        __m256 away = _mm256_sub_ps(_mm256_loadu_ps(row + at), mean);
        squares = _mm256_fmadd_ps(away, away, squares);
    }
    const __m256 inverse = _mm256_set1_ps(1 / sqrtf(total(squares) * share + norm->epsilon));
    for (int64_t at = 0; at < count; at += 8) {
        __m256 away = _mm256_mul_ps(_mm256_sub_ps(_mm256_loadu_ps(row + at), mean), inverse);
        __m256 gain = _mm256_loadu_ps(norm->gain + at), shift = _mm256_loadu_ps(norm->shift + at);
        _mm256_storeu_ps(row + at, _mm256_fmadd_ps(away, gain, shift));
    }
}
