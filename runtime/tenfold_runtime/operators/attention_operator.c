/* PaddedAttention.
 *
 * Inputs: queries, keys and values float32 (sequences, tokens, heads * size); lengths int32 (sequences,).
 * Attribute: heads. Output: float32 (sequences, tokens, heads * size). attention.h says what it is. */
#include "attention.h"
#include "operators.h"
#include "phases.h"
#include "scratch.h"

enum { QUERIES, OF_KEYS, VALUES, LENGTHS, INPUTS };

typedef struct {
    OrtApi api;
    int64_t heads;
} Kernel;

static OrtStatus *read(const Kernel *kernel, OrtKernelContext *context, Attention *attention, Shape *shape) {
    const void *data[INPUTS];
    Shape shapes[INPUTS] = {0};
    TRY(read_inputs(kernel->api, context, INPUTS, data, shapes));
    *shape = shapes[QUERIES];
    int64_t width = shape->sizes[2];
    if (shape->rank != 3 || width % (kernel->heads * HEAD_CHANNELS))
        return refused(kernel->api, "queries must have 3 axes, and a multiple of 16 channels for each head");
    if (shapes[OF_KEYS].count != shape->count || shapes[VALUES].count != shape->count)
        return refused(kernel->api, "keys and values must be as many as the queries");
    if (shapes[LENGTHS].count != (size_t)shape->sizes[0]) return refused(kernel->api, "each sequence must have a length");
    *attention = (Attention){
        .sequences = shape->sizes[0],
        .tokens = shape->sizes[1],
        .heads = kernel->heads,
        .size = width / kernel->heads,
        .queries = data[QUERIES],
        .keys = data[OF_KEYS],
        .values = data[VALUES],
        .lengths = data[LENGTHS],
    };
    return NULL;
}

static OrtStatus *compute(void *self, OrtKernelContext *context) {
    const Kernel *kernel = self;
    Attention attention;
    Shape shape;
    TRY(read(kernel, context, &attention, &shape));
    TRY(make_output(kernel->api, context, 0, &shape, &attention.y));
    int64_t count = attention.sequences * attention.heads;
    if (!shape.count) return NULL;
    attention.scratch = scratch_take((size_t)(count * attention_scratch(&attention)) * sizeof(float));
    if (!attention.scratch) return OrtCreateStatus(kernel->api)(ORT_FAIL, "no memory for attention");
    OrtStatus *failed = each_phase(kernel->api, context, &(Phase){attention_run, &attention, count}, 1);
    scratch_give_back(attention.scratch);
    return failed;
}

static OrtStatus *create(OF_OP, OrtApi api, const OrtKernelInfo *info, void **made) {
    Kernel kernel = {.api = api};
    TRY(OrtGetAttributeInt64(api)(info, "heads", &kernel.heads));
    if (kernel.heads < 1) return refused(api, "heads must be 1 or more");
    return keep(api, &kernel, sizeof kernel, made);
}

static const char *name(OF_OP) { return "PaddedAttention"; }

static size_t inputs(OF_OP) { return INPUTS; }

static int input_type(OF_OP, size_t place) { return place == LENGTHS ? ORT_INT32 : ORT_FLOAT; }

const OrtCustomOp ATTENTION_OPERATOR = {
    COMMON,
    .GetName = name,
    .GetInputType = input_type,
    .GetInputTypeCount = inputs,
    .GetOutputType = floats,
    .GetOutputTypeCount = one_output,
    .GetInputCharacteristic = required,
    .GetOutputCharacteristic = required,
    .CreateKernelV2 = create,
    .KernelComputeV2 = compute,
};
