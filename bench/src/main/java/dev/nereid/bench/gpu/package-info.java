/**
 * What a GPU does in a second: single kernels as a rate of arithmetic or of memory, and whole models. Depends on kernels and
 * native, and for models on the benchmarks of engines.
 */
@NullMarked
package dev.nereid.bench.gpu;

import org.jspecify.annotations.NullMarked;
