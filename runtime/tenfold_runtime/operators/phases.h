/* Work in phases, on the threads of a session. */
#pragma once
#include "onnxruntime_abi.h"

enum { MOST_PHASES = 16 };

/* Parts that may run side by side. A phase begins when all parts of the one before are done. */
typedef struct {
    void (*part)(void *data, size_t index);
    void *data;
    int64_t count;
} Phase;

/* Do all phases. Threads stay with the work from the first phase to the last: to hand each phase out anew takes
 * longer than a short one lasts. A thread that comes late joins in where the others are. */
OrtStatus *each_phase(OrtApi api, OrtKernelContext *context, const Phase *phases, size_t count);
