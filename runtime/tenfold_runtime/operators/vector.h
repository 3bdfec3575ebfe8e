/* Functions of eight numbers at once. */
#pragma once
#include <immintrin.h>
#include <math.h>

/* exp(x) for x between -87 and 87: 2 to a whole power, times the Taylor series of what is left, which is off by
 * 3e-6 of it at most. */
static inline __m256 exponential(__m256 x) {
    static const float series[] = {1 / 120.f, 1 / 24.f, 1 / 6.f, 1 / 2.f, 1, 1};
    const __m256 powers = _mm256_mul_ps(x, _mm256_set1_ps((float)M_LOG2E));
    const __m256 whole = _mm256_round_ps(powers, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    const __m256 left = _mm256_fnmadd_ps(whole, _mm256_set1_ps((float)M_LN2), x);
    __m256 sum = _mm256_set1_ps(series[0]);
    for (int term = 1; term < 6; term++) sum = _mm256_fmadd_ps(sum, left, _mm256_set1_ps(series[term]));
    const __m256i power = _mm256_slli_epi32(_mm256_cvtps_epi32(whole), 23); /* to a float's exponent */
    return _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(sum), power));
}

/* GELU by the hyperbolic tangent (Hendrycks and Gimpel 2016): x / (1 + exp(-2 sqrt(2 / pi) (x + 0.044715 x^3))). */
static inline __m256 gelu(__m256 x) {
    const __m256 one = _mm256_set1_ps(1), slope = _mm256_set1_ps(-1.5957691216057308f), most = _mm256_set1_ps(80);
    const __m256 cubic = _mm256_fmadd_ps(_mm256_mul_ps(x, x), _mm256_set1_ps(0.044715f), one);
    const __m256 power = _mm256_mul_ps(_mm256_mul_ps(x, cubic), slope);
    const __m256 bounded = _mm256_max_ps(_mm256_min_ps(power, most), _mm256_sub_ps(_mm256_setzero_ps(), most));
    return _mm256_div_ps(x, _mm256_add_ps(one, exponential(bounded)));
}

static inline float largest(__m256 x) {
    __m128 half = _mm_max_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    half = _mm_max_ps(half, _mm_movehl_ps(half, half));
    return _mm_cvtss_f32(_mm_max_ss(half, _mm_movehdup_ps(half)));
}

static inline float total(__m256 x) {
    __m128 half = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    half = _mm_add_ps(half, _mm_movehl_ps(half, half));
    return _mm_cvtss_f32(_mm_add_ss(half, _mm_movehdup_ps(half)));
}
