/**
 * The request-path warm-up: at start the server sends requests over HTTP and gRPC to small models of its own, so that the request
 * path is loaded and compiled for the first client. Depends on the fronts, repository, backend and protocol; the server alone
 * uses it.
 */
@NullMarked
package dev.nereid.server.rehearsal;

import org.jspecify.annotations.NullMarked;
