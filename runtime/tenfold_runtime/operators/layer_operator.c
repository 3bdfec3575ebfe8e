/* PerTokenEncoderLayer: what layer.h says, and what PerTokenQuantizeMatMul and PaddedAttention would give.
 *
 * As nodes of their own they would send the threads away and call them back each time, which takes a sixth of
 * the time where a request is short.
 *
 * Inputs: x float32 (sequences, tokens, channels); lengths int32 (sequences,); the inputs of each product
 * (product_inputs.h) in their order; gain and shift of each layer norm, float32 (channels,).
 * Attributes: panel (product_inputs.h); heads; between, its channels; epsilon and last_epsilon of the layer norms.
 * Output: float32 (sequences, tokens, channels). */
#include "layer.h"
#include "operators.h"
#include "product_inputs.h"
#include "scratch.h"

enum {
    X,
    LENGTHS,
    OF_PRODUCTS,
    OF_NORMS = OF_PRODUCTS + LAYER_PRODUCTS * PRODUCT_INPUTS,
    INPUTS = OF_NORMS + 2 * LAYER_NORMS,
};

typedef struct {
    OrtApi api;
    int64_t heads, between;
    float epsilons[LAYER_NORMS];
} Kernel;

/* Refuse what is given beside the products, where it does not fit. */
static OrtStatus *check(OrtApi api, const Layer *layer, const Shape *shapes) {
    if (layer->channels % (layer->heads * HEAD_CHANNELS))
        return refused(api, "x must have a multiple of 16 channels for each head");
    if (layer->between % CHANNELS) return refused(api, "between must be a multiple of 16");
    if (shapes[LENGTHS].count != (size_t)layer->sequences) return refused(api, "each sequence must have a length");
    for (int place = OF_NORMS; place < INPUTS; place++)
        if (shapes[place].count != (size_t)layer->channels)
            return refused(api, "gain and shift must have one element for each channel");
    return NULL;
}

static OrtStatus *take_products(OrtApi api, const void *const *data, const Shape *shapes, Layer *layer) {
    layer_size(layer);
    for (int which = 0; which < LAYER_PRODUCTS; which++) {
        int first = OF_PRODUCTS + which * PRODUCT_INPUTS;
        TRY(take_product_inputs(api, data + first, shapes + first, &layer->products[which]));
    }
    return NULL;
}

static OrtStatus *read(const Kernel *kernel, OrtKernelContext *context, Layer *layer, Shape *x) {
    const void *data[INPUTS];
    Shape shapes[INPUTS] = {0};
    TRY(read_inputs(kernel->api, context, INPUTS, data, shapes));
    *x = shapes[X];
    if (x->rank != 3) return refused(kernel->api, "x must have 3 axes");
    layer->sequences = x->sizes[0];
    layer->tokens = x->sizes[1];
    layer->channels = x->sizes[2];
    layer->heads = kernel->heads;
    layer->between = kernel->between;
    layer->x = data[X];
    layer->lengths = data[LENGTHS];
    for (int which = 0; which < LAYER_NORMS; which++) {
        const void *const *norm = data + OF_NORMS + 2 * which;
        layer->norms[which] = (Norm){norm[0], norm[1], kernel->epsilons[which]};
    }
    TRY(check(kernel->api, layer, shapes));
    return take_products(kernel->api, data, shapes, layer);
}

static OrtStatus *compute(void *self, OrtKernelContext *context) {
    const Kernel *kernel = self;
    Layer layer = {0};
    Phase phases[LAYER_PHASES];
    Shape shape;
    TRY(read(kernel, context, &layer, &shape));
    TRY(make_output(kernel->api, context, 0, &shape, &layer.y));
    if (!shape.count) return NULL;
    void *scratch = scratch_take((size_t)layer_scratch(&layer));
    if (!scratch) return OrtCreateStatus(kernel->api)(ORT_FAIL, "no memory for a layer");
    layer_plan(&layer, scratch, phases);
    OrtStatus *failed = each_phase(kernel->api, context, phases, LAYER_PHASES);
    scratch_give_back(scratch);
    return failed;
}

static OrtStatus *create(OF_OP, OrtApi api, const OrtKernelInfo *info, void **made) {
    Kernel kernel = {.api = api};
    TRY(check_panel(api, info));
    TRY(OrtGetAttributeInt64(api)(info, "heads", &kernel.heads));
    TRY(OrtGetAttributeInt64(api)(info, "between", &kernel.between));
    TRY(OrtGetAttributeFloat(api)(info, "epsilon", &kernel.epsilons[0]));
    TRY(OrtGetAttributeFloat(api)(info, "last_epsilon", &kernel.epsilons[1]));
    if (kernel.heads < 1 || kernel.between < 1) return refused(api, "heads and between must be 1 or more");
    return keep(api, &kernel, sizeof kernel, made);
}

static const char *name(OF_OP) { return "PerTokenEncoderLayer"; }

static size_t inputs(OF_OP) { return INPUTS; }

static int is_of_product(size_t place) { return place >= OF_PRODUCTS && place < OF_NORMS; }

static int input_type(OF_OP, size_t place) {
    if (is_of_product(place)) return product_input_type((place - OF_PRODUCTS) % PRODUCT_INPUTS);
    return place == LENGTHS ? ORT_INT32 : ORT_FLOAT;
}

static int input_kind(OF_OP, size_t place) {
    return is_of_product(place) ? product_input_kind((place - OF_PRODUCTS) % PRODUCT_INPUTS) : ORT_REQUIRED;
}

const OrtCustomOp LAYER_OPERATOR = {
    COMMON,
    .GetName = name,
    .GetInputType = input_type,
    .GetInputTypeCount = inputs,
    .GetOutputType = floats,
    .GetOutputTypeCount = one_output,
    .GetInputCharacteristic = input_kind,
    .GetOutputCharacteristic = required,
    .CreateKernelV2 = create,
    .KernelComputeV2 = compute,
};
