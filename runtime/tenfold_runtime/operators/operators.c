#include "operators.h"

#include <string.h>

OrtStatus *refused(OrtApi api, const char *why) { return OrtCreateStatus(api)(ORT_INVALID_ARGUMENT, why); }

static OrtStatus *read_shape(OrtApi api, const OrtShape *from, Shape *shape) {
    TRY(OrtGetDimensionsCount(api)(from, &shape->rank));
    if (shape->rank < 1 || shape->rank > RANK) return refused(api, "an input must have 1 to 8 axes");
    TRY(OrtGetElementCount(api)(from, &shape->count));
    return OrtGetDimensions(api)(from, shape->sizes, shape->rank);
}

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

OrtStatus *read_inputs(OrtApi api, OrtKernelContext *context, size_t count, const void **data, Shape *shapes) {
    for (size_t place = 0; place < count; place++)
        TRY(read_input(api, context, place, &data[place], &shapes[place]));
    return NULL;
}

OrtStatus *make_output(OrtApi api, OrtKernelContext *context, size_t place, const Shape *shape, void *data) {
    OrtValue *value;
    TRY(OrtGetOutput(api)(context, place, shape->sizes, shape->rank, &value));
    return OrtGetTensorMutableData(api)(value, data);
}

OrtStatus *keep(OrtApi api, const void *kernel, size_t size, void **made) {
    *made = malloc(size);
    if (!*made) return OrtCreateStatus(api)(ORT_FAIL, "no memory for an operator");
    memcpy(*made, kernel, size);
    return NULL;
}

const char *any_processor(OF_OP) { return NULL; }

int floats(OF_OP, AT) { return ORT_FLOAT; }

int plain_memory(OF_OP, AT) { return 0; }

int one(OF_OP) { return 1; }

size_t one_output(OF_OP) { return 1; }

int required(OF_OP, AT) { return ORT_REQUIRED; }

/* What ONNX Runtime calls when a session registers the library. */
__attribute__((visibility("default"))) OrtStatus *RegisterCustomOps(OrtSessionOptions *options, const OrtApiBase *base) {
    static OrtCustomOpDomain *domain; /* one for all sessions, for good */
    OrtApi api = base->GetApi(ORT_API_VERSION);
    if (!domain) {
        TRY(OrtCreateCustomOpDomain(api)("tenfold", &domain));
        TRY(OrtCustomOpDomainAdd(api)(domain, &PRODUCT_OPERATOR));
        TRY(OrtCustomOpDomainAdd(api)(domain, &ATTENTION_OPERATOR));
        TRY(OrtCustomOpDomainAdd(api)(domain, &CACHED_ATTENTION_OPERATOR));
        TRY(OrtCustomOpDomainAdd(api)(domain, &LAYER_OPERATOR));
        TRY(OrtCustomOpDomainAdd(api)(domain, &EMBEDDINGS_OPERATOR));
    }
    return OrtAddCustomOpDomain(api)(options, domain);
}
