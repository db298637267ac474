/**
 * The model repository: which models are loaded, loads and unloads in their order, model versions and their instances,
 * ensembles, warm-up and response recordings. Depends on the packages below, on backend, schedule, cache, protocol and
 * observe.
 */
@NullMarked
package dev.nereid.server.repository;

import org.jspecify.annotations.NullMarked;
