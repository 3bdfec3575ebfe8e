/* The inputs of a product, as the operators that multiply are given them. */
#pragma once
#include "operators.h"
#include "product.h"

/* They follow each other: weights int8, scales float32, sums int32 and bias float32, as product.h has them, and
 * multipliers float32 (channels,), which may be left out. */
enum { PRODUCT_INPUTS = 5 };

int product_input_type(size_t place);
int product_input_kind(size_t place);

/* Read how to multiply from the attribute sum_bits, 16 or 32. */
OrtStatus *take_multiplier(OrtApi api, const OrtKernelInfo *info, const Multiplier **multiplier);

/* Take them for a product whose multiplier, channels and columns are set; refuse them where they do not fit. */
OrtStatus *take_product_inputs(OrtApi api, const void *const *data, const Shape *shapes, Product *product);
