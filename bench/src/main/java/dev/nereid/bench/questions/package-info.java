/**
 * JMH benchmarks, one class a question. Those of kernels take their problems from {@link dev.nereid.bench.kernels} and check
 * that the kernels agree with the scalar ones before anything is timed; the one of requests takes its problems from
 * {@link dev.nereid.bench.wire}. Depends on those two and JMH.
 */
@NullMarked
package dev.nereid.bench.questions;

import org.jspecify.annotations.NullMarked;
