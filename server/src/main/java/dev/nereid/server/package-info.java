/**
 * The server's entry point and wiring: flags, configuration, start and stop order. The only place that names every
 * part. Depends on all packages below.
 */
@NullMarked
package dev.nereid.server;

import org.jspecify.annotations.NullMarked;
