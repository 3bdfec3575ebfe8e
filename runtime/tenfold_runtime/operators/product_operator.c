/* PerTokenQuantizeMatMul.
 *
 * Inputs: x float32 (…, channels), and those of the product (product_inputs.h). What follows may be left out:
 * residual float32 (…, columns); gain and shift of a layer norm, float32 (columns,). With these, columns must be a
 * multiple of 16, and in one output. places int64 (rows,), ascending: which rows of x to multiply, where its axes but
 * the last are taken for one; the others, which fill sequences up to the longest, give 0.
 * Attributes: panel (product_inputs.h); columns; gelu, 1 for the GELU of the sums, else 0; epsilon of the layer norm.
 * Outputs: float32 (…, columns / outputs): the columns, cut into as many parts as the node has outputs. */
#include <string.h>

#include "operators.h"
#include "phases.h"
#include "product_inputs.h"
#include "scratch.h"

enum { X, OF_PRODUCT, RESIDUAL = OF_PRODUCT + PRODUCT_INPUTS, GAIN, SHIFT, PLACES, INPUTS };

typedef struct {
    OrtApi api;
    int64_t columns, gelu;
    float epsilon;
} Kernel;

/* What one run is about. */
typedef struct {
    Product product;
    Shape x;
    int64_t rows; /* of x, and of the outputs */
} Run;

/* Refuse what is asked for beside the product, where it does not fit it. */
static OrtStatus *check_more(OrtApi api, const Run *run, const Shape *shapes) {
    const Product *p = &run->product;
    size_t columns = (size_t)p->columns;
    if ((p->residual || p->norm.gain) && p->columns % COLUMNS)
        return refused(api, "with a residual or a layer norm, columns must be a multiple of 16");
    if (p->residual && shapes[RESIDUAL].count != (size_t)run->rows * columns)
        return refused(api, "the residual must be as large as the product");
    if (p->norm.gain && (!p->norm.shift || shapes[GAIN].count != columns || shapes[SHIFT].count != columns))
        return refused(api, "gain and shift must have one element for each column");
    return NULL;
}

/* Leave out the rows that have no place. */
static OrtStatus *take_places(OrtApi api, const int64_t *places, size_t count, Run *run) {
    int64_t next = 0;
    for (size_t at = 0; at < count; next = places[at++] + 1)
        if (places[at] < next || places[at] >= run->rows)
            return refused(api, "places must be ascending, and of rows that x has");
    if ((int64_t)count == run->rows) return NULL; /* they are all there */
    run->product.places = places;
    run->product.rows = (int64_t)count;
    return NULL;
}

static OrtStatus *read(const Kernel *kernel, OrtKernelContext *context, Run *run) {
    const void *data[INPUTS];
    Shape shapes[INPUTS] = {0};
    TRY(read_inputs(kernel->api, context, INPUTS, data, shapes));
    run->x = shapes[X];
    Product *p = &run->product;
    p->channels = run->x.sizes[run->x.rank - 1];
    p->columns = kernel->columns;
    TRY(take_product_inputs(kernel->api, data + OF_PRODUCT, shapes + OF_PRODUCT, p));
    p->rows = run->rows = (int64_t)run->x.count / p->channels;
    p->gelu = kernel->gelu;
    p->x = data[X];
    p->residual = data[RESIDUAL];
    p->norm = (Norm){data[GAIN], data[SHIFT], kernel->epsilon};
    TRY(check_more(kernel->api, run, shapes));
    return data[PLACES] ? take_places(kernel->api, data[PLACES], shapes[PLACES].count, run) : NULL;
}

/* Write 0 to the rows of an output that have no place. */
static void clear_others(const Run *run, float *output) {
    const Product *p = &run->product;
    int64_t next = 0;
    for (int64_t row = 0; row <= p->rows; row++) {
        int64_t place = row < p->rows ? p->places[row] : run->rows;
        memset(output + next * p->width, 0, (size_t)((place - next) * p->width) * sizeof(float));
        next = place + 1;
    }
}

static OrtStatus *make_outputs(OrtApi api, OrtKernelContext *context, Run *run) {
    Product *p = &run->product;
    Shape shape = run->x;
    size_t count;
    TRY(OrtGetOutputCount(api)(context, &count));
    p->width = p->columns / (int64_t)count;
    if (count > 1 && (p->columns % (int64_t)count || p->width % COLUMNS))
        return refused(api, "each of several outputs must have a multiple of 16 columns");
    if (count > 1 && (p->residual || p->norm.gain))
        return refused(api, "with a residual or a layer norm there is one output");
    shape.sizes[shape.rank - 1] = p->width;
    for (size_t place = 0; place < count; place++) {
        TRY(make_output(api, context, place, &shape, &p->outputs[place]));
        if (p->places) clear_others(run, p->outputs[place]);
    }
    return NULL;
}

static OrtStatus *compute(void *self, OrtKernelContext *context) {
    const Kernel *kernel = self;
    Run run = {0};
    Product *product = &run.product;
    TRY(read(kernel, context, &run));
    TRY(make_outputs(kernel->api, context, &run));
    if (!product->rows) return NULL;
    void *scratch = scratch_take((size_t)product_scratch(product->rows, product->channels));
    if (!scratch) return OrtCreateStatus(kernel->api)(ORT_FAIL, "no memory for the quantized activations");
    product_plan(product, scratch);
    const Phase phases[] = {
        {product_quantize, product, product->blocks},
        {product_run, product, product->tasks},
        {product_normalize, product, product->blocks},
    };
    OrtStatus *failed = each_phase(kernel->api, context, phases, product->norm.gain ? 3 : 2);
    scratch_give_back(scratch);
    return failed;
}

static OrtStatus *create(OF_OP, OrtApi api, const OrtKernelInfo *info, void **made) {
    Kernel kernel = {.api = api};
    TRY(check_panel(api, info));
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
    if (is_of_product(place)) return product_input_type(place - OF_PRODUCT);
    return place == PLACES ? ORT_INT64 : ORT_FLOAT;
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
    .GetOutputType = floats,
    .GetOutputTypeCount = outputs,
    .GetInputCharacteristic = input_kind,
    .GetOutputCharacteristic = output_kind,
    .CreateKernelV2 = create,
    .KernelComputeV2 = compute,
};
