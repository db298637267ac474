/**
 * Memory that clients share with the server: POSIX shared memory objects, registered under a name, whose bytes are copied
 * in and out and never computed on. Depends on protocol and memory.
 */
@NullMarked
package dev.nereid.server.sharedmemory;

import org.jspecify.annotations.NullMarked;
