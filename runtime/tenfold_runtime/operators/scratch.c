#include "scratch.h"

#include <stdatomic.h>
#include <stdlib.h>

enum { KEPT = 8 }; /* the most blocks that are kept: one for each of as many runs side by side */

/* What lies before the bytes that are given. */
typedef struct {
    _Alignas(64) size_t size;
} Block;

static _Atomic(Block *) kept[KEPT];

static Block *made(size_t bytes) {
    void *block;
    if (posix_memalign(&block, sizeof(Block), sizeof(Block) + bytes)) return NULL;
    ((Block *)block)->size = bytes;
    return block;
}

static Block *found(void) {
    Block *block = NULL;
    for (int place = 0; place < KEPT && !block; place++) block = atomic_exchange(&kept[place], NULL);
    return block;
}

void *scratch_take(size_t bytes) {
    Block *block = found();
    if (block && block->size < bytes) {
        free(block);
        block = NULL;
    }
    if (!block) block = made(bytes);
    return block ? block + 1 : NULL;
}

void scratch_give_back(void *bytes) {
    Block *block = (Block *)bytes - 1;
    for (int place = 0; place < KEPT && block; place++) {
        Block *none = NULL;
        if (atomic_compare_exchange_strong(&kept[place], &none, block)) block = NULL;
    }
    free(block);
}
