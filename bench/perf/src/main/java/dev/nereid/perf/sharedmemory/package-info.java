/**
 * Tensors that lie in POSIX shared memory instead of travelling with requests: made, shown to the server, and taken away
 * again. Depends on perf.data and perf.model.
 */
@NullMarked
package dev.nereid.perf.sharedmemory;

import org.jspecify.annotations.NullMarked;
