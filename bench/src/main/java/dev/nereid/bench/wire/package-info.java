/**
 * What a request costs on its way through the server: {@code nereid bench wire} measures the server's processor time a
 * request with {@code h2load} as the client, on the requests that a Triton was measured with. What a
 * request allocates is measured on fronts in this process. Depends on bench.startup, for the server's process, on the
 * server and on the wire contracts.
 */
@NullMarked
package dev.nereid.bench.wire;

import org.jspecify.annotations.NullMarked;
