#include "embeddings.h"

#include "vector.h"

void embeddings_run(void *embeddings, size_t index) {
    const Embeddings *p = embeddings;
    const int64_t channels = p->channels;
    const float *word = p->words + p->ids[index] * channels;
    const float *position = p->positions + (int64_t)index % p->tokens * channels;
    const float *kind = p->kinds ? p->of_kinds + p->kinds[index] * channels : NULL;
    float *y = p->y + (int64_t)index * channels;
    for (int64_t at = 0; at < channels; at += LANES) {
        Floats sum = load(word + at);
        if (kind) sum += load(kind + at);
        store(y + at, sum + load(position + at));
    }
    norm_row(&p->norm, y, channels);
}
