/* The inputs of a product, as the operators that multiply are given them. */
#pragma once
#include "operators.h"
#include "product.h"

/* They follow each other: weights int8, scales float32, sums int32 and bias float32, as product.h has them, and
 * multipliers float32 (channels,), which may be left out. */
enum { PRODUCT_INPUTS = 5 };

int product_input_type(size_t place);
int product_input_kind(size_t place);

/* Refuse weights that lie otherwise: the attribute panel says how many columns theirs have. */
OrtStatus *check_panel(OrtApi api, const OrtKernelInfo *info);

/* Take them for a product whose channels and columns are set; refuse them where they do not fit. */
OrtStatus *take_product_inputs(OrtApi api, const void *const *data, const Shape *shapes, Product *product);
