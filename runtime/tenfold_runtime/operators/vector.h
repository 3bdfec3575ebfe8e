/* Numbers that are computed at once: as many as a register holds. */
#pragma once
#include <immintrin.h>
#include <math.h>
#include <stdint.h>

/* For functions that are given constants, with which loops are unrolled and arrays become registers. */
#define ALWAYS_INLINE static inline __attribute__((always_inline))

#ifdef __AVX512F__

enum { LANES = 16 };

typedef __m512 Floats;
typedef __m512i Ints;

#define WIDE(name) _mm512_##name

static inline Ints load_ints(const void *x) { return _mm512_loadu_si512(x); }
static inline void store_ints(int32_t *to, Ints x) { _mm512_storeu_si512(to, x); }
static inline float largest(Floats x) { return _mm512_reduce_max_ps(x); }
static inline float smallest(Floats x) { return _mm512_reduce_min_ps(x); }
static inline float total(Floats x) { return _mm512_reduce_add_ps(x); }

/* Numbers in half precision. */
static inline Floats load_halves(const uint16_t *x) { return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)x)); }

static inline void store_halves(uint16_t *to, Floats x) {
    _mm256_storeu_si256((__m256i *)to, _mm512_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT));
}

/* Four numbers, again and again. */
static inline Ints repeated(const int32_t *four) {
    return _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)four));
}

/* The largest of each fourth number, again and again. */
static inline Floats largest_of_fours(Floats x) {
    x = _mm512_max_ps(x, _mm512_shuffle_f32x4(x, x, 0x4e));
    return _mm512_max_ps(x, _mm512_shuffle_f32x4(x, x, 0xb1));
}

/* Those of `these` whose key is first or more, and less than end; of the others, `else_these`. */
static inline Floats within(Ints first, Ints key, Ints end, Floats these, Floats else_these) {
    __mmask16 within = _mm512_cmple_epi32_mask(first, key) & _mm512_cmplt_epi32_mask(key, end);
    return _mm512_mask_blend_ps(within, else_these, these);
}

/* 2 to a whole power that a float's exponent can have, times x. */
static inline Floats scaled(Floats x, Ints power) {
    return _mm512_castsi512_ps(_mm512_add_epi32(_mm512_castps_si512(x), _mm512_slli_epi32(power, 23)));
}

/* Write bytes: x + more, within 0 and most, which is 255 or less. */
static inline void store_bytes(uint8_t *to, Ints x, Ints more, Ints most) {
    Ints bounded = _mm512_min_epi32(_mm512_max_epi32(_mm512_add_epi32(x, more), _mm512_setzero_si512()), most);
    _mm_storeu_si128((__m128i *)to, _mm512_cvtepi32_epi8(bounded));
}

#else

enum { LANES = 8 };

typedef __m256 Floats;
typedef __m256i Ints;

#define WIDE(name) _mm256_##name

static inline Ints load_ints(const void *x) { return _mm256_loadu_si256(x); }
static inline void store_ints(int32_t *to, Ints x) { _mm256_storeu_si256((__m256i *)to, x); }

static inline __m128 halved(Floats x, __m128 (*both)(__m128, __m128)) {
    __m128 half = both(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    half = both(half, _mm_movehl_ps(half, half));
    return both(half, _mm_movehdup_ps(half));
}

static inline float largest(Floats x) { return _mm_cvtss_f32(halved(x, _mm_max_ps)); }
static inline float smallest(Floats x) { return _mm_cvtss_f32(halved(x, _mm_min_ps)); }
static inline float total(Floats x) { return _mm_cvtss_f32(halved(x, _mm_add_ps)); }

/* Numbers in half precision. */
static inline Floats load_halves(const uint16_t *x) { return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)x)); }

static inline void store_halves(uint16_t *to, Floats x) {
    _mm_storeu_si128((__m128i *)to, _mm256_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT));
}

/* Four numbers, again and again. */
static inline Ints repeated(const int32_t *four) {
    return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)four));
}

/* The largest of each fourth number, again and again. */
static inline Floats largest_of_fours(Floats x) { return _mm256_max_ps(x, _mm256_permute2f128_ps(x, x, 1)); }

/* Those of `these` whose key is first or more, and less than end; of the others, `else_these`. */
static inline Floats within(Ints first, Ints key, Ints end, Floats these, Floats else_these) {
    Ints within = _mm256_andnot_si256(_mm256_cmpgt_epi32(first, key), _mm256_cmpgt_epi32(end, key));
    return _mm256_blendv_ps(else_these, these, _mm256_castsi256_ps(within));
}

/* 2 to a whole power that a float's exponent can have, times x. */
static inline Floats scaled(Floats x, Ints power) {
    return _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(x), _mm256_slli_epi32(power, 23)));
}

/* Write bytes: x + more, within 0 and most, which is 255 or less. */
static inline void store_bytes(uint8_t *to, Ints x, Ints more, Ints most) {
    Ints bounded = _mm256_min_epi32(_mm256_add_epi32(x, more), most);
    __m128i words = _mm_packus_epi32(_mm256_castsi256_si128(bounded), _mm256_extracti128_si256(bounded, 1));
    _mm_storel_epi64((__m128i *)to, _mm_packus_epi16(words, words)); /* what is below 0 becomes 0 */
}

#endif

static inline Floats load(const float *x) { return WIDE(loadu_ps)(x); }
static inline void store(float *to, Floats x) { WIDE(storeu_ps)(to, x); }
static inline Floats all(float x) { return WIDE(set1_ps)(x); }
static inline Ints all_ints(int32_t x) { return WIDE(set1_epi32)(x); }
static inline Ints plus(Ints x, Ints y) { return WIDE(add_epi32)(x, y); }
static inline Floats to_floats(Ints x) { return WIDE(cvtepi32_ps)(x); }
static inline Ints to_nearest(Floats x) { return WIDE(cvtps_epi32)(x); }
static inline Floats smaller(Floats x, Floats y) { return WIDE(min_ps)(x, y); }
static inline Floats larger(Floats x, Floats y) { return WIDE(max_ps)(x, y); }
static inline Floats fused(Floats x, Floats y, Floats more) { return WIDE(fmadd_ps)(x, y, more); }
static inline Floats fused_less(Floats x, Floats y, Floats of) { return WIDE(fnmadd_ps)(x, y, of); }

/* exp(x) for x between -87 and 87: 2 to a whole power, times the Taylor series of what is left, which is off by
 * 3e-6 of it at most. */
static inline Floats exponential(Floats x) {
    static const float series[] = {1 / 120.f, 1 / 24.f, 1 / 6.f, 1 / 2.f, 1, 1};
    const Ints power = to_nearest(x * all((float)M_LOG2E));
    const Floats left = fused_less(to_floats(power), all((float)M_LN2), x);
    Floats sum = all(series[0]);
    for (int term = 1; term < 6; term++) sum = fused(sum, left, all(series[term]));
    return scaled(sum, power);
}

/* GELU by the hyperbolic tangent (Hendrycks and Gimpel 2016): x / (1 + exp(-2 sqrt(2 / pi) (x + 0.044715 x^3))). */
static inline Floats gelu(Floats x) {
    const Floats cubic = fused(x * x, all(0.044715f), all(1));
    const Floats power = x * cubic * all(-1.5957691216057308f);
    return x / (all(1) + exponential(larger(smaller(power, all(80)), all(-80))));
}
