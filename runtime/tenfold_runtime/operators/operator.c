/* PerTokenQuantizeMatMul, an operator of ONNX Runtime in the domain `tenfold`.
 *
 * Inputs: x float32 (…, channels); weights int8, scales float32, sums int32 and bias float32, as product.h
 * has them; multipliers float32 (channels,), which may be left out.
 * Attributes: columns; gelu, 1 for the GELU of the sums, else 0.
 * Outputs: float32 (…, columns / outputs): the columns, cut into as many parts as the node has outputs. */
#include <stdlib.h>

#include "onnxruntime_abi.h"
#include "product.h"

enum { X, WEIGHTS, SCALES, SUMS, BIAS, MULTIPLIERS, INPUTS };
enum { RANK = 8, FEW = 1 << 15 }; /* activations that one thread quantizes faster than two */

typedef struct {
    OrtApi api;
    int64_t columns, gelu;
} Kernel;

typedef struct {
    int64_t sizes[RANK];
    size_t rank, count;
} Shape;

#define TRY(call)                        \
    do {                                 \
        OrtStatus *failed = (call);      \
        if (failed) return failed;       \
    } while (0)

static OrtStatus *refused(OrtApi api, const char *why) { return OrtCreateStatus(api)(ORT_INVALID_ARGUMENT, why); }

static OrtStatus *read_shape(OrtApi api, const OrtShape *from, Shape *shape) {
    TRY(OrtGetDimensionsCount(api)(from, &shape->rank));
    if (shape->rank < 1 || shape->rank > RANK) return refused(api, "an input must have 1 to 8 axes");
    TRY(OrtGetElementCount(api)(from, &shape->count));
    return OrtGetDimensions(api)(from, shape->sizes, shape->rank);
}

/* Give an input's elements and its shape; NULL where it was left out. */
static OrtStatus *read_input(OrtApi api, OrtKernelContext *context, size_t place, const void **data, Shape *shape) {
    const OrtValue *value = NULL;
    OrtShape *found;
    *data = NULL;
    TRY(OrtGetInput(api)(context, place, &value));
    if (!value) return NULL;
    TRY(OrtGetTensorMutableData(api)((OrtValue *)value, (void **)data));
    TRY(OrtGetTensorTypeAndShape(api)(value, &found));
    OrtStatus *failed = read_shape(api, found, shape);
    OrtReleaseShape(api)(found);
    return failed;
}

static OrtStatus *read_inputs(const Kernel *kernel, OrtKernelContext *context, Product *p, Shape *x) {
    const void *data[INPUTS];
    Shape shapes[INPUTS] = {0};
    for (size_t place = 0; place < INPUTS; place++)
        TRY(read_input(kernel->api, context, place, &data[place], &shapes[place]));
    *x = shapes[X];
    p->channels = x->sizes[x->rank - 1];
    if (p->channels < 1 || p->channels % CHANNELS) return refused(kernel->api, "x must have a multiple of 16 channels");
    p->rows = (int64_t)x->count / p->channels;
    p->columns = kernel->columns;
    p->gelu = kernel->gelu;
    size_t padded = (size_t)(p->columns + COLUMNS - 1) / COLUMNS * COLUMNS;
    if (shapes[WEIGHTS].count != padded * (size_t)p->channels) return refused(kernel->api, "weights do not fit x and columns");
    if (shapes[SCALES].count != padded || shapes[SUMS].count != padded || shapes[BIAS].count != padded)
        return refused(kernel->api, "scales, sums and bias must have one element for each column, and columns to fill 8");
    if (data[MULTIPLIERS] && shapes[MULTIPLIERS].count != (size_t)p->channels)
        return refused(kernel->api, "multipliers must have one element for each channel");
    p->x = data[X];
    p->weights = data[WEIGHTS];
    p->scales = data[SCALES];
    p->sums = data[SUMS];
    p->bias = data[BIAS];
    p->multipliers = data[MULTIPLIERS];
    return NULL;
}

static OrtStatus *make_outputs(OrtApi api, OrtKernelContext *context, Product *p, Shape shape) {
    size_t count;
    TRY(OrtGetOutputCount(api)(context, &count));
    p->width = p->columns / (int64_t)count;
    if (count > 1 && (p->columns % (int64_t)count || p->width % COLUMNS))
        return refused(api, "each of several outputs must have a multiple of 8 columns");
    shape.sizes[shape.rank - 1] = p->width;
    for (size_t place = 0; place < count; place++) {
        OrtValue *value;
        TRY(OrtGetOutput(api)(context, place, shape.sizes, shape.rank, &value));
        TRY(OrtGetTensorMutableData(api)(value, (void **)&p->outputs[place]));
    }
    return NULL;
}

/* Do all parts, on the session's threads where there are several parts and they are worth it. */
static OrtStatus *each(
    OrtApi api, OrtKernelContext *context, void (*part)(void *, size_t), int64_t count, int worth, Product *p) {
    if (worth && count > 1) return OrtParallelFor(api)(context, part, (size_t)count, 0, p);
    for (int64_t index = 0; index < count; index++) part(p, (size_t)index);
    return NULL;
}

static OrtStatus *compute(void *self, OrtKernelContext *context) {
    const Kernel *kernel = self;
    Product product = {0};
    Shape shape;
    TRY(read_inputs(kernel, context, &product, &shape));
    TRY(make_outputs(kernel->api, context, &product, shape));
    if (!product.rows) return NULL;
    void *scratch = malloc((size_t)product_scratch(product.rows, product.channels));
    if (!scratch) return OrtCreateStatus(kernel->api)(ORT_FAIL, "no memory for the quantized activations");
    product_plan(&product, scratch);
    int many = product.rows * product.channels > FEW;
    OrtStatus *failed = each(kernel->api, context, product_quantize, product.blocks, many, &product);
    if (!failed) failed = each(kernel->api, context, product_run, product.tasks, 1, &product);
    free(scratch);
    return failed;
}

static OrtStatus *create(const OrtCustomOp *op, OrtApi api, const OrtKernelInfo *info, void **made) {
    (void)op;
    Kernel kernel = {.api = api};
    TRY(OrtGetAttributeInt64(api)(info, "columns", &kernel.columns));
    TRY(OrtGetAttributeInt64(api)(info, "gelu", &kernel.gelu));
    if (kernel.columns < 1) return refused(api, "columns must be 1 or more");
    Kernel *kept = malloc(sizeof *kept);
    if (!kept) return OrtCreateStatus(api)(ORT_FAIL, "no memory for an operator");
    *kept = kernel;
    *made = kept;
    return NULL;
}

#define OF_OP const OrtCustomOp *op __attribute__((unused))
#define AT size_t place __attribute__((unused))

static const char *name(OF_OP) { return "PerTokenQuantizeMatMul"; }

static const char *any_processor(OF_OP) { return NULL; }

static size_t inputs(OF_OP) { return INPUTS; }

static size_t outputs(OF_OP) { return OUTPUTS; }

static int input_type(OF_OP, size_t place) {
    return place == WEIGHTS ? ORT_INT8 : place == SUMS ? ORT_INT32 : ORT_FLOAT;
}

static int output_type(OF_OP, AT) { return ORT_FLOAT; }

static int input_kind(OF_OP, size_t place) { return place == MULTIPLIERS ? ORT_OPTIONAL : ORT_REQUIRED; }

static int output_kind(OF_OP, size_t place) { return place ? ORT_OPTIONAL : ORT_REQUIRED; }

static int plain_memory(OF_OP, AT) { return 0; }

static int one(OF_OP) { return 1; }

static const OrtCustomOp OPERATOR = {
    .version = ORT_API_VERSION,
    .GetName = name,
    .GetExecutionProviderType = any_processor,
    .GetInputType = input_type,
    .GetInputTypeCount = inputs,
    .GetOutputType = output_type,
    .GetOutputTypeCount = outputs,
    .KernelDestroy = free,
    .GetInputCharacteristic = input_kind,
    .GetOutputCharacteristic = output_kind,
    .GetInputMemoryType = plain_memory,
    .GetVariadicInputMinArity = one,
    .GetVariadicInputHomogeneity = one,
    .GetVariadicOutputMinArity = one,
    .GetVariadicOutputHomogeneity = one,
    .CreateKernelV2 = create,
    .KernelComputeV2 = compute,
    .GetStartVersion = one,
    .GetEndVersion = one,
};

/* What ONNX Runtime calls when a session registers the library. */
__attribute__((visibility("default"))) OrtStatus *RegisterCustomOps(OrtSessionOptions *options, const OrtApiBase *base) {
    static OrtCustomOpDomain *domain; /* one for all sessions, for good */
    OrtApi api = base->GetApi(ORT_API_VERSION);
    if (!domain) {
        TRY(OrtCreateCustomOpDomain(api)("tenfold", &domain));
        TRY(OrtCustomOpDomainAdd(api)(domain, &OPERATOR));
    }
    return OrtAddCustomOpDomain(api)(options, domain);
}
