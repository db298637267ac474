/**
 * Memory that clients share with the server: POSIX shared memory objects and memory of GPUs, registered under a name, whose
 * bytes are copied in and out and never computed on. Depends on protocol, memory and the device's contract.
 */
@NullMarked
package dev.nereid.server.sharedmemory;

import org.jspecify.annotations.NullMarked;
