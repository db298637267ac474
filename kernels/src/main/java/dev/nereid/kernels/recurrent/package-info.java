/**
 * Steps of recurrent layers: the product with the hidden state, the gates and the new states in one go. Depends on tensor,
 * memory, kernels.cpu, kernels.parallel, matmul for its panels and elementwise for the numbers of its functions.
 */
@NullMarked
package dev.nereid.kernels.recurrent;

import org.jspecify.annotations.NullMarked;
