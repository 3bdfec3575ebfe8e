/* Memory that is needed while an operator runs. */
#pragma once
#include <stddef.h>

/* Give so many bytes, aligned to 64; NULL where there is no memory. */
void *scratch_take(size_t bytes);

/* Take them back. They are kept for the next run, as new pages would have to be filled with zeros first. */
void scratch_give_back(void *bytes);
