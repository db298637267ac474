/**
 * What executes batches: the interfaces between scheduler and backends, and what several backends need of model configs.
 * The backends themselves are in the packages below, and in javamodel. Depends on protocol, tensor and the generated
 * messages.
 */
@NullMarked
package dev.nereid.server.backend;

import org.jspecify.annotations.NullMarked;
