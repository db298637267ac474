/**
 * Support vector machines: how far rows lie from support vectors, and weighted sums of what that comes to. Depends on tensor
 * and memory.
 */
@NullMarked
package dev.nereid.kernels.svm;

import org.jspecify.annotations.NullMarked;
