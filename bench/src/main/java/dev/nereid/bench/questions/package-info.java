/**
 * JMH benchmarks: of kernels and of requests. That of kernels takes its problems from {@link dev.nereid.bench.kernels} and checks
 * that the kernels agree with the scalar ones before anything is timed; the one of requests takes its problems from
 * {@link dev.nereid.bench.wire}. Depends on those two and JMH.
 */
@NullMarked
package dev.nereid.bench.questions;

import org.jspecify.annotations.NullMarked;
