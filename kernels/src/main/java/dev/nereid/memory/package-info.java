/**
 * Native memory: aligned allocation, slabs for requests and frames, and files mapped and re-wrapped as plain native
 * segments. Every byte that a kernel sees comes from here, and a thread's processors are chosen here, near which the system
 * places it. Depends on {@code dev.nereid.tensor} and the JDK.
 */
@NullMarked
package dev.nereid.memory;

import org.jspecify.annotations.NullMarked;
