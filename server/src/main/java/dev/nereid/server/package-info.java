/**
 * The composition of the server: which kernels and devices it has, its parts wired together, and the order of start and stop.
 * Depends on config, rehearsal and the parts below; the commands use it.
 */
@NullMarked
package dev.nereid.server;

import org.jspecify.annotations.NullMarked;
