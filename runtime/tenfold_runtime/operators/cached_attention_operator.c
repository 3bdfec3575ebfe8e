/* CachedAttention.
 *
 * Inputs: queries float32 (sequences, tokens, heads * size); keys and values float32 (sequences, tokens,
 * kv_heads * size); the cache's keys and values float16 (sequences, kv_heads, capacity, size); last int32
 * (sequences,), the place of each sequence's last token; and, where they are turned, cosines and sines float32
 * (places, turned / 2). A sequence with fewer tokens than `tokens` is new, and filled up at its end.
 * Attributes: heads; kv_heads; window; scale; cap.
 * Outputs: float32 (sequences, tokens, heads * size), and the cache with what is new. Where that lies in the same
 * memory as the input, which is for the caller to say, nothing is copied. cached_attention.h says what is computed. */
#include "cached_attention.h"

#include <string.h>

#include "operators.h"
#include "phases.h"

enum { NEW_QUERIES, NEW_KEYS, NEW_VALUES, CACHED_KEYS, CACHED_VALUES, LAST, COSINES, SINES, INPUTS };

enum { Y, WITH_KEYS, WITH_VALUES, OUTPUTS };

typedef struct {
    OrtApi api;
    int64_t heads, kv_heads, window;
    float scale, cap;
} Kernel;

/* Refuse what does not fit together. */
static OrtStatus *check(OrtApi api, const CachedAttention *p, const Shape *shapes) {
    const Shape *cache = &shapes[CACHED_KEYS];
    size_t tokens = (size_t)(p->sequences * p->tokens);
    if (cache->sizes[0] != p->sequences || cache->sizes[1] != p->kv_heads)
        return refused(api, "the cache must have the sequences and the heads of the keys");
    if (p->size % LOOK_CHANNELS || p->size > MOST_CHANNELS)
        return refused(api, "a head must have a multiple of 16 channels, 256 at most");
    if (shapes[NEW_QUERIES].count != tokens * (size_t)(p->heads * p->size))
        return refused(api, "queries must have the channels of all heads");
    if (shapes[NEW_KEYS].count != tokens * (size_t)(p->kv_heads * p->size) ||
        shapes[NEW_VALUES].count != shapes[NEW_KEYS].count)
        return refused(api, "keys and values must have the channels of the cache's heads");
    if (shapes[CACHED_VALUES].count != cache->count)
        return refused(api, "the cache must have as many values as keys");
    if (shapes[LAST].count != (size_t)p->sequences) return refused(api, "each sequence must have a last token");
    if (p->turned % LOOK_CHANNELS || p->turned > p->size || shapes[SINES].count != shapes[COSINES].count)
        return refused(api, "cosines and sines must be for a multiple of 16 channels, no more than a head has");
    for (int64_t at = 0; at < p->sequences; at++)
        if (p->last[at] < 0 || p->last[at] >= p->capacity || (p->turned && p->last[at] >= shapes[COSINES].sizes[0]))
            return refused(api, "last must be a place in the cache, and among the cosines");
    return NULL;
}

static OrtStatus *read(const Kernel *kernel, OrtKernelContext *context, CachedAttention *p, Shape *shapes) {
    const void *data[INPUTS];
    TRY(read_inputs(kernel->api, context, INPUTS, data, shapes));
    if (shapes[NEW_QUERIES].rank != 3 || shapes[CACHED_KEYS].rank != 4)
        return refused(kernel->api, "queries must have 3 axes, and the cache 4");
    *p = (CachedAttention){
        .sequences = shapes[NEW_QUERIES].sizes[0],
        .tokens = shapes[NEW_QUERIES].sizes[1],
        .heads = kernel->heads,
        .kv_heads = kernel->kv_heads,
        .size = shapes[CACHED_KEYS].sizes[3],
        .capacity = shapes[CACHED_KEYS].sizes[2],
        .window = kernel->window,
        .scale = kernel->scale,
        .cap = kernel->cap,
        .queries = data[NEW_QUERIES],
        .keys = data[NEW_KEYS],
        .values = data[NEW_VALUES],
        .last = data[LAST],
        .cosines = data[COSINES],
        .sines = data[SINES],
        .turned = data[COSINES] ? 2 * shapes[COSINES].sizes[1] : 0,
        .cached_keys = (uint16_t *)data[CACHED_KEYS],
        .cached_values = (uint16_t *)data[CACHED_VALUES],
    };
    return check(kernel->api, p, shapes);
}

/* Let the cache be written where the output is to lie. */
static OrtStatus *move(OrtApi api, OrtKernelContext *context, size_t place, const Shape *shape, uint16_t **cache) {
    uint16_t *output;
    TRY(make_output(api, context, place, shape, &output));
    if (output != *cache) memcpy(output, *cache, shape->count * sizeof *output);
    *cache = output;
    return NULL;
}

static OrtStatus *compute(void *self, OrtKernelContext *context) {
    const Kernel *kernel = self;
    CachedAttention attention;
    Shape shapes[INPUTS] = {0};
    TRY(read(kernel, context, &attention, shapes));
    TRY(make_output(kernel->api, context, Y, &shapes[NEW_QUERIES], &attention.y));
    TRY(move(kernel->api, context, WITH_KEYS, &shapes[CACHED_KEYS], &attention.cached_keys));
    TRY(move(kernel->api, context, WITH_VALUES, &shapes[CACHED_KEYS], &attention.cached_values));
    if (!shapes[NEW_QUERIES].count) return NULL;
    const Phase phases[] = {
        {cached_attention_add, &attention, cached_attention_additions(&attention)},
        {cached_attention_look, &attention, cached_attention_looks(&attention)},
    };
    return each_phase(kernel->api, context, phases, 2);
}

static OrtStatus *create(OF_OP, OrtApi api, const OrtKernelInfo *info, void **made) {
    Kernel kernel = {.api = api};
    TRY(OrtGetAttributeInt64(api)(info, "heads", &kernel.heads));
    TRY(OrtGetAttributeInt64(api)(info, "kv_heads", &kernel.kv_heads));
    TRY(OrtGetAttributeInt64(api)(info, "window", &kernel.window));
    TRY(OrtGetAttributeFloat(api)(info, "scale", &kernel.scale));
    TRY(OrtGetAttributeFloat(api)(info, "cap", &kernel.cap));
    if (kernel.kv_heads < 1 || kernel.heads < 1 || kernel.heads % kernel.kv_heads)
        return refused(api, "heads must be a multiple of kv_heads, which is 1 or more");
    return keep(api, &kernel, sizeof kernel, made);
}

static const char *name(OF_OP) { return "CachedAttention"; }

static size_t inputs(OF_OP) { return INPUTS; }

static size_t outputs(OF_OP) { return OUTPUTS; }

static int input_type(OF_OP, size_t place) {
    if (place == CACHED_KEYS || place == CACHED_VALUES) return ORT_FLOAT16;
    return place == LAST ? ORT_INT32 : ORT_FLOAT;
}

static int input_kind(OF_OP, size_t place) { return place < COSINES ? ORT_REQUIRED : ORT_OPTIONAL; }

static int output_type(OF_OP, size_t place) { return place == Y ? ORT_FLOAT : ORT_FLOAT16; }

const OrtCustomOp CACHED_ATTENTION_OPERATOR = {
    COMMON,
    .GetName = name,
    .GetInputType = input_type,
    .GetInputTypeCount = inputs,
    .GetOutputType = output_type,
    .GetOutputTypeCount = outputs,
    .GetInputCharacteristic = input_kind,
    .GetOutputCharacteristic = required,
    .CreateKernelV2 = create,
    .KernelComputeV2 = compute,
};
