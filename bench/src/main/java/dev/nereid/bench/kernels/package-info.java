/**
 * Questions to the kernels, such as a product of given sizes: the operands, every candidate that could answer, the check
 * that they agree with the scalar kernels, and a measurement against the machine's own limits. Depends on kernels, native,
 * for questions that are graphs on models, and for weights of bytes on the models of the benchmarks.
 */
@NullMarked
package dev.nereid.bench.kernels;

import org.jspecify.annotations.NullMarked;
