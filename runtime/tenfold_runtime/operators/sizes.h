/* Arithmetic of sizes. */
#pragma once
#include <stdint.h>

static inline int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

static inline int64_t most(int64_t a, int64_t b) { return a > b ? a : b; }

/* How many parts make a whole, the last of which may be smaller. */
static inline int64_t parts(int64_t whole, int64_t part) { return (whole + part - 1) / part; }

/* A whole, filled up to full parts. */
static inline int64_t filled(int64_t whole, int64_t part) { return parts(whole, part) * part; }
