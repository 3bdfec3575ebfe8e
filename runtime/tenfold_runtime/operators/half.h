/* Numbers in half precision. */
#pragma once
#include <immintrin.h>
#include <stdint.h>

/* Write a multiple of eight numbers; those that are too large become the largest there is. */
static inline void to_halves(const float *from, int64_t count, uint16_t *to) {
    const __m256 largest = _mm256_set1_ps(65504), smallest = _mm256_set1_ps(-65504);
    for (int64_t at = 0; at < count; at += 8) {
        __m256 x = _mm256_max_ps(_mm256_min_ps(_mm256_loadu_ps(from + at), largest), smallest);
        _mm_storeu_si128((__m128i *)(to + at), _mm256_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT));
    }
}

/* Read eight numbers. */
static inline __m256 of_halves(const uint16_t *at) { return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)at)); }
