#include "phases.h"

#include <immintrin.h>
#include <sched.h>
#include <stdatomic.h>

#include "sizes.h"

enum { THREADS = 64 };    /* the most that join in */
enum { SHARES = 8 };      /* runs of parts that lie side by side, as what they read does */
enum { SPINS = 1 << 12 }; /* looks at the others' progress before they are left the core */

typedef struct {
    _Alignas(64) atomic_llong done;
    atomic_llong begun[SHARES];
} Progress;

typedef struct {
    const Phase *phases;
    size_t count;
    int64_t threads;
    Progress progress[MOST_PHASES];
} Work;

static void do_share(const Phase *phase, Progress *progress, int64_t share) {
    const int64_t first = phase->count * share / SHARES, end = phase->count * (share + 1) / SHARES;
    int64_t index;
    if (first + atomic_load(&progress->begun[share]) >= end) return;
    while ((index = first + atomic_fetch_add(&progress->begun[share], 1)) < end) {
        phase->part(phase->data, (size_t)index);
        atomic_fetch_add_explicit(&progress->done, 1, memory_order_release);
    }
}

/* Parts are only waited for when others have begun the last of them. */
static void await(const Progress *progress, int64_t count) {
    for (int64_t looks = 1; atomic_load_explicit(&progress->done, memory_order_acquire) < count; looks++) {
        _mm_pause();
        if (looks % SPINS == 0) sched_yield();
    }
}

/* Be one of the threads: begin with shares that the others begin with last. */
static void join(void *data, size_t thread) {
    Work *work = data;
    const size_t last = work->count - 1;
    const int64_t own = (int64_t)thread * SHARES / work->threads;
    if (atomic_load(&work->progress[last].done) == work->phases[last].count) return;
    for (size_t at = 0; at < work->count; at++) {
        Progress *progress = &work->progress[at];
        for (int64_t share = 0; share < SHARES; share++)
            do_share(&work->phases[at], progress, (own + share) % SHARES);
        await(progress, work->phases[at].count);
    }
}

static int64_t most_parts(const Phase *phases, size_t count) {
    int64_t found = 0;
    for (size_t at = 0; at < count; at++) found = most(found, phases[at].count);
    return found;
}

OrtStatus *each_phase(OrtApi api, OrtKernelContext *context, const Phase *phases, size_t count) {
    const int64_t threads = least(THREADS, most_parts(phases, count));
    Work work = {.phases = phases, .count = count, .threads = threads};
    if (threads > 1) return OrtParallelFor(api)(context, join, (size_t)threads, 0, &work);
    join(&work, 0);
    return NULL;
}
