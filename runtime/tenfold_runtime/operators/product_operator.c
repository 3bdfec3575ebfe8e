/* PerTokenQuantizeMatMul.
 *
 * Inputs: x float32 (…, channels), and those of the product (product_inputs.h). What follows may be left out:
 * residual float32 (…, columns); gain and shift of a layer norm, float32 (columns,). With these, columns must be a
 * multiple of 8, and in one output.
 * Attributes: columns; gelu, 1 for the GELU of the sums, else 0; epsilon of the layer norm.
 * Outputs: float32 (…, columns / outputs): the columns, cut into as many parts as the node has outputs. */
#include "operators.h"
#include "phases.h"
#include "product_inputs.h"
#include "scratch.h"

enum { X, OF_PRODUCT, RESIDUAL = OF_PRODUCT + PRODUCT_INPUTS, GAIN, SHIFT, INPUTS };

typedef struct {
    OrtApi api;
    int64_t columns, gelu;
    float epsilon;
} Kernel;

/* Refuse what is asked for beside the product, where it does not fit it. */
static OrtStatus *check_more(OrtApi api, const Product *p, const Shape *shapes) {
    size_t columns = (size_t)p->columns;
    if ((p->residual || p->norm.gain) && p->columns % COLUMNS)
        return refused(api, "with a residual or a layer norm, columns must be a multiple of 8");
    if (p->residual && shapes[RESIDUAL].count != (size_t)p->rows * columns)
        return refused(api, "the residual must be as large as the product");
    if (p->norm.gain && (!p->norm.shift || shapes[GAIN].count != columns || shapes[SHIFT].count != columns))
        return refused(api, "gain and shift must have one element for each column");
    return NULL;
}

static OrtStatus *read(const Kernel *kernel, OrtKernelContext *context, Product *p, Shape *x) {
    const void *data[INPUTS];
    Shape shapes[INPUTS] = {0};
    TRY(read_inputs(kernel->api, context, INPUTS, data, shapes));
    *x = shapes[X];
    p->channels = x->sizes[x->rank - 1];
    p->columns = kernel->columns;
    TRY(take_product_inputs(kernel->api, data + OF_PRODUCT, shapes + OF_PRODUCT, p));
    p->rows = (int64_t)x->count / p->channels;
    p->gelu = kernel->gelu;
    p->x = data[X];
    p->residual = data[RESIDUAL];
    p->norm = (Norm){data[GAIN], data[SHIFT], kernel->epsilon};
    return check_more(kernel->api, p, shapes);
}

static OrtStatus *make_outputs(OrtApi api, OrtKernelContext *context, Product *p, Shape shape) {
    size_t count;
    TRY(OrtGetOutputCount(api)(context, &count));
    p->width = p->columns / (int64_t)count;
    if (count > 1 && (p->columns % (int64_t)count || p->width % COLUMNS))
        return refused(api, "each of several outputs must have a multiple of 8 columns");
    if (count > 1 && (p->residual || p->norm.gain))
        return refused(api, "with a residual or a layer norm there is one output");
    shape.sizes[shape.rank - 1] = p->width;
    for (size_t place = 0; place < count; place++)
        TRY(make_output(api, context, place, &shape, &p->outputs[place]));
    return NULL;
}

static OrtStatus *compute(void *self, OrtKernelContext *context) {
    const Kernel *kernel = self;
    Product product = {0};
    Shape shape;
    TRY(read(kernel, context, &product, &shape));
    TRY(make_outputs(kernel->api, context, &product, shape));
    if (!product.rows) return NULL;
    void *scratch = scratch_take((size_t)product_scratch(product.rows, product.channels));
    if (!scratch) return OrtCreateStatus(kernel->api)(ORT_FAIL, "no memory for the quantized activations");
    product_plan(&product, scratch);
    const Phase phases[] = {
        {product_quantize, &product, product.blocks},
        {product_run, &product, product.tasks},
        {product_normalize, &product, product.blocks},
    };
    OrtStatus *failed = each_phase(kernel->api, context, phases, product.norm.gain ? 3 : 2);
    scratch_give_back(scratch);
    return failed;
}

static OrtStatus *create(OF_OP, OrtApi api, const OrtKernelInfo *info, void **made) {
    Kernel kernel = {.api = api};
    TRY(OrtGetAttributeInt64(api)(info, "columns", &kernel.columns));
    TRY(OrtGetAttributeInt64(api)(info, "gelu", &kernel.gelu));
    TRY(OrtGetAttributeFloat(api)(info, "epsilon", &kernel.epsilon));
    if (kernel.columns < 1) return refused(api, "columns must be 1 or more");
    return keep(api, &kernel, sizeof kernel, made);
}

static const char *name(OF_OP) { return "PerTokenQuantizeMatMul"; }

static size_t inputs(OF_OP) { return INPUTS; }

static size_t outputs(OF_OP) { return OUTPUTS; }

static int is_of_product(size_t place) { return place >= OF_PRODUCT && place < OF_PRODUCT + PRODUCT_INPUTS; }

static int input_type(OF_OP, size_t place) {
    return is_of_product(place) ? product_input_type(place - OF_PRODUCT) : ORT_FLOAT;
}

static int input_kind(OF_OP, size_t place) {
    if (is_of_product(place)) return product_input_kind(place - OF_PRODUCT);
    return place == X ? ORT_REQUIRED : ORT_OPTIONAL;
}

static int output_kind(OF_OP, size_t place) { return place ? ORT_OPTIONAL : ORT_REQUIRED; }

const OrtCustomOp PRODUCT_OPERATOR = {
    COMMON,
    .GetName = name,
    .GetInputType = input_type,
    .GetInputTypeCount = inputs,
    .GetOutputTypeCount = outputs,
    .GetInputCharacteristic = input_kind,
    .GetOutputCharacteristic = output_kind,
    .CreateKernelV2 = create,
    .KernelComputeV2 = compute,
};
