/* What the operators share: how they read their inputs, and what all of them answer alike. */
#pragma once
#include <stdlib.h>

#include "onnxruntime_abi.h"

enum { RANK = 8 };

typedef struct {
    int64_t sizes[RANK];
    size_t rank, count;
} Shape;

#define TRY(call)                   \
    do {                            \
        OrtStatus *failed = (call); \
        if (failed) return failed;  \
    } while (0)

#define OF_OP const OrtCustomOp *op __attribute__((unused))
#define AT size_t place __attribute__((unused))

extern const OrtCustomOp PRODUCT_OPERATOR, ATTENTION_OPERATOR, CACHED_ATTENTION_OPERATOR, LAYER_OPERATOR,
    EMBEDDINGS_OPERATOR;

OrtStatus *refused(OrtApi api, const char *why);

/* Give the elements and the shape of each input; NULL where one was left out. */
OrtStatus *read_inputs(OrtApi api, OrtKernelContext *context, size_t count, const void **data, Shape *shapes);

/* Make an output, and set the pointer at `data` to its elements. */
OrtStatus *make_output(OrtApi api, OrtKernelContext *context, size_t place, const Shape *shape, void *data);

/* Copy a kernel to where it stays. */
OrtStatus *keep(OrtApi api, const void *kernel, size_t size, void **made);

const char *any_processor(OF_OP);
int floats(OF_OP, AT);
int plain_memory(OF_OP, AT);
int one(OF_OP);
size_t one_output(OF_OP);
int required(OF_OP, AT);

#define COMMON                                                                                        \
    .version = ORT_API_VERSION, .GetExecutionProviderType = any_processor, .KernelDestroy = free,     \
    .GetInputMemoryType = plain_memory, .GetVariadicInputMinArity = one,                              \
    .GetVariadicInputHomogeneity = one, .GetVariadicOutputMinArity = one,                             \
    .GetVariadicOutputHomogeneity = one, .GetStartVersion = one, .GetEndVersion = one
