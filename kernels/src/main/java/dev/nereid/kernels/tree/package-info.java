/**
 * Ensembles of decision trees. Depends on tensor alone.
 */
@NullMarked
package dev.nereid.kernels.tree;

import org.jspecify.annotations.NullMarked;
