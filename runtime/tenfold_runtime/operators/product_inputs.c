#include "product_inputs.h"

#include "sizes.h"

enum { WEIGHTS, SCALES, SUMS, BIAS, MULTIPLIERS };

int product_input_type(size_t place) { return place == WEIGHTS ? ORT_INT8 : place == SUMS ? ORT_INT32 : ORT_FLOAT; }

int product_input_kind(size_t place) { return place == MULTIPLIERS ? ORT_OPTIONAL : ORT_REQUIRED; }

OrtStatus *check_panel(OrtApi api, const OrtKernelInfo *info) {
    int64_t panel;
    TRY(OrtGetAttributeInt64(api)(info, "panel", &panel));
    return panel == PANEL ? NULL : refused(api, "weights are laid out for another processor");
}

OrtStatus *take_product_inputs(OrtApi api, const void *const *data, const Shape *shapes, Product *p) {
    if (p->channels < 1 || p->channels % CHANNELS) return refused(api, "x must have a multiple of 16 channels");
    size_t padded = (size_t)filled(p->columns, PANEL), channels = (size_t)p->channels;
    if (shapes[WEIGHTS].count != padded * channels) return refused(api, "weights do not fit x and columns");
    if (shapes[SCALES].count != padded || shapes[SUMS].count != padded || shapes[BIAS].count != padded)
        return refused(api, "scales, sums and bias must have one element for each column, and columns to fill a panel");
    if (data[MULTIPLIERS] && shapes[MULTIPLIERS].count != channels)
        return refused(api, "multipliers must have one element for each channel");
    p->weights = data[WEIGHTS];
    p->scales = data[SCALES];
    p->sums = data[SUMS];
    p->bias = data[BIAS];
    p->multipliers = data[MULTIPLIERS];
    return NULL;
}
