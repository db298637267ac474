/**
 * JMH benchmarks, one class a question. Each takes its problem from {@link dev.nereid.bench.kernels}, and checks that the
 * kernels agree with the scalar ones before anything is timed. Depends on bench.kernels and JMH.
 */
@NullMarked
package dev.nereid.bench.questions;

import org.jspecify.annotations.NullMarked;
