#include "layer.h"

#include "sizes.h"

enum { LINE = 64 }; /* bytes: what threads write lies in lines of its own */

/* Memory that is cut into pieces. From 0 on it only tells how much is needed. */
typedef struct {
    uintptr_t start;
    int64_t taken;
} Room;

static void *cut(Room *room, int64_t bytes) {
    uintptr_t piece = room->start + (uintptr_t)room->taken;
    room->taken += filled(bytes, LINE);
    return (void *)piece;
}

static float *cut_floats(Room *room, int64_t count) { return cut(room, count * (int64_t)sizeof(float)); }

static int64_t rows(const Layer *layer) { return layer->sequences * layer->tokens; }

static void size_product(Product *product, int64_t rows, int64_t channels, int64_t columns, int64_t outputs) {
    product->rows = rows;
    product->channels = channels;
    product->columns = columns;
    product->width = columns / outputs;
}

void layer_size(Layer *layer) {
    const int64_t channels = layer->channels, between = layer->between;
    size_product(&layer->products[LAYER_PARTS], rows(layer), channels, 3 * channels, 3);
    size_product(&layer->products[LAYER_CONTEXT], rows(layer), channels, channels, 1);
    size_product(&layer->products[LAYER_WIDER], rows(layer), channels, between, 1);
    size_product(&layer->products[LAYER_LAST], rows(layer), between, channels, 1);
}

static void set_attention(Layer *layer, float *context, Room *room) {
    float *const *parts = layer->products[LAYER_PARTS].outputs;
    Attention *attention = &layer->attention;
    *attention = (Attention){
        .sequences = layer->sequences,
        .tokens = layer->tokens,
        .heads = layer->heads,
        .size = layer->channels / layer->heads,
        .queries = parts[0],
        .keys = parts[1],
        .values = parts[2],
        .lengths = layer->lengths,
        .y = context,
    };
    attention->scratch = cut_floats(room, layer->sequences * layer->heads * attention_scratch(attention));
}

static void set_product(Layer *layer, int which, const float *x, float *y) {
    layer->products[which].x = x;
    layer->products[which].outputs[0] = y;
}

/* Tell all parts what they work on. Queries, keys, values and context are through when the wider channels come:
 * these lie where those were. So do the activations of each product where those of the one before were. */
static void lay_out(Layer *layer, Room *room) {
    const int64_t count = rows(layer) * layer->channels;
    Product *products = layer->products;
    Room narrow = *room;
    for (int part = 0; part < 3; part++) products[LAYER_PARTS].outputs[part] = cut_floats(&narrow, count);
    float *context = cut_floats(&narrow, count);
    set_attention(layer, context, &narrow);
    float *wide = cut_floats(room, rows(layer) * layer->between);
    room->taken = most(room->taken, narrow.taken);
    float *middle = cut_floats(room, count);
    products[LAYER_PARTS].x = layer->x;
    set_product(layer, LAYER_CONTEXT, context, middle);
    set_product(layer, LAYER_WIDER, middle, wide);
    set_product(layer, LAYER_LAST, wide, layer->y);
    products[LAYER_CONTEXT].residual = layer->x;
    products[LAYER_CONTEXT].norm = layer->norms[0];
    products[LAYER_LAST].residual = middle;
    products[LAYER_LAST].norm = layer->norms[1];
    products[LAYER_WIDER].gelu = 1;
}

static void *cut_activations(const Layer *layer, Room *room) {
    return cut(room, product_scratch(rows(layer), most(layer->channels, layer->between)));
}

int64_t layer_scratch(Layer *layer) {
    Room room = {0, 0};
    lay_out(layer, &room);
    cut_activations(layer, &room);
    return room.taken;
}

/* Normalize a block of rows after attention, and quantize it for the next product. */
static void hand_on(void *data, size_t block) {
    Layer *layer = data;
    product_normalize(&layer->products[LAYER_CONTEXT], block);
    product_quantize(&layer->products[LAYER_WIDER], block);
}

void layer_plan(Layer *layer, void *scratch, Phase *phases) {
    Room room = {(uintptr_t)scratch, 0};
    Product *p = layer->products;
    lay_out(layer, &room);
    void *activations = cut_activations(layer, &room);
    for (int which = 0; which < LAYER_PRODUCTS; which++) product_plan(&p[which], activations);
    const int64_t blocks = p->blocks;
    *phases++ = (Phase){product_quantize, &p[LAYER_PARTS], blocks};
    *phases++ = (Phase){product_run, &p[LAYER_PARTS], p[LAYER_PARTS].tasks};
    *phases++ = (Phase){attention_run, &layer->attention, layer->sequences * layer->heads};
    *phases++ = (Phase){product_quantize, &p[LAYER_CONTEXT], blocks};
    *phases++ = (Phase){product_run, &p[LAYER_CONTEXT], p[LAYER_CONTEXT].tasks};
    *phases++ = (Phase){hand_on, layer, blocks};
    *phases++ = (Phase){product_run, &p[LAYER_WIDER], p[LAYER_WIDER].tasks};
    *phases++ = (Phase){product_quantize, &p[LAYER_LAST], blocks};
    *phases++ = (Phase){product_run, &p[LAYER_LAST], p[LAYER_LAST].tasks};
    *phases = (Phase){product_normalize, &p[LAYER_LAST], blocks};
}
