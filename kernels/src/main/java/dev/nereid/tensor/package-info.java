/**
 * What a tensor is: datatype, shape and the memory that holds its elements. Data only: nothing here computes, and
 * nothing here knows graphs, kernels or protocols. Depends on the JDK alone.
 */
@NullMarked
package dev.nereid.tensor;

import org.jspecify.annotations.NullMarked;
