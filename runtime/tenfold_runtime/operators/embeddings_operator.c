/* TokenEmbeddings: what embeddings.h says.
 *
 * Inputs: ids int64 (sequences, tokens); words float32 (words, channels); positions float32 (most tokens, channels);
 * gain and shift of the layer norm, float32 (channels,); and, where there are kinds of tokens, kinds int64
 * (sequences, tokens) and of_kinds float32 (kinds, channels).
 * Attribute: epsilon of the layer norm. Output: float32 (sequences, tokens, channels). */
#include "embeddings.h"
#include "operators.h"
#include "phases.h"

enum { IDS, WORDS, POSITIONS, GAIN, SHIFT, OF_TOKENS, KINDS, INPUTS };
enum { TOGETHER = 16 }; /* channels: rows have a multiple of as many */

typedef struct {
    OrtApi api;
    float epsilon;
} Kernel;

static int64_t channels(const Shape *table) { return table->sizes[1]; }

static OrtStatus *check_table(OrtApi api, const Shape *table, const Shape *words) {
    int fits = table->rank == 2 && channels(table) == channels(words) && channels(table) % TOGETHER == 0;
    return fits ? NULL : refused(api, "tables must have 2 axes, and the same multiple of 16 channels");
}

/* Refuse what a table has no row for. */
static OrtStatus *check_numbers(OrtApi api, const int64_t *numbers, size_t count, const Shape *table) {
    for (size_t at = 0; at < count; at++)
        if (numbers[at] < 0 || numbers[at] >= table->sizes[0])
            return refused(api, "each token must have a row in each table");
    return NULL;
}

static OrtStatus *check(OrtApi api, const void *const *data, const Shape *shapes) {
    const Shape *ids = &shapes[IDS], *words = &shapes[WORDS];
    if (ids->rank != 2) return refused(api, "ids must have 2 axes");
    TRY(check_table(api, words, words));
    TRY(check_table(api, &shapes[POSITIONS], words));
    if (ids->sizes[1] > shapes[POSITIONS].sizes[0]) return refused(api, "a sequence has more tokens than there are positions");
    if (shapes[GAIN].count != (size_t)channels(words) || shapes[SHIFT].count != (size_t)channels(words))
        return refused(api, "gain and shift must have one element for each channel");
    TRY(check_numbers(api, data[IDS], ids->count, words));
    if (!data[OF_TOKENS]) return NULL;
    if (shapes[OF_TOKENS].count != ids->count || !data[KINDS]) return refused(api, "each token must have a kind, and kinds a table");
    TRY(check_table(api, &shapes[KINDS], words));
    return check_numbers(api, data[OF_TOKENS], ids->count, &shapes[KINDS]);
}

static OrtStatus *read(const Kernel *kernel, OrtKernelContext *context, Embeddings *embeddings) {
    const void *data[INPUTS];
    Shape shapes[INPUTS] = {0};
    TRY(read_inputs(kernel->api, context, INPUTS, data, shapes));
    TRY(check(kernel->api, data, shapes));
    *embeddings = (Embeddings){
        .sequences = shapes[IDS].sizes[0],
        .tokens = shapes[IDS].sizes[1],
        .channels = channels(&shapes[WORDS]),
        .ids = data[IDS],
        .kinds = data[OF_TOKENS],
        .words = data[WORDS],
        .positions = data[POSITIONS],
        .of_kinds = data[KINDS],
        .norm = {data[GAIN], data[SHIFT], kernel->epsilon},
    };
    return NULL;
}

static OrtStatus *compute(void *self, OrtKernelContext *context) {
    const Kernel *kernel = self;
    Embeddings embeddings;
    TRY(read(kernel, context, &embeddings));
    const int64_t count = embeddings.sequences * embeddings.tokens;
    const Shape shape = {
        .sizes = {embeddings.sequences, embeddings.tokens, embeddings.channels},
        .rank = 3,
        .count = (size_t)(count * embeddings.channels),
    };
    TRY(make_output(kernel->api, context, 0, &shape, &embeddings.y));
    return each_phase(kernel->api, context, &(Phase){embeddings_run, &embeddings, count}, 1);
}

static OrtStatus *create(OF_OP, OrtApi api, const OrtKernelInfo *info, void **made) {
    Kernel kernel = {.api = api};
    TRY(OrtGetAttributeFloat(api)(info, "epsilon", &kernel.epsilon));
    return keep(api, &kernel, sizeof kernel, made);
}

static const char *name(OF_OP) { return "TokenEmbeddings"; }

static size_t inputs(OF_OP) { return INPUTS; }

static int input_type(OF_OP, size_t place) { return place == IDS || place == OF_TOKENS ? ORT_INT64 : ORT_FLOAT; }

static int input_kind(OF_OP, size_t place) { return place >= OF_TOKENS ? ORT_OPTIONAL : ORT_REQUIRED; }

const OrtCustomOp EMBEDDINGS_OPERATOR = {
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
