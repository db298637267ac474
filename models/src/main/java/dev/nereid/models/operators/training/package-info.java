/** The operators of models that train: losses, the update rules of optimizers, and gradients. May use operators.movement. */
@NullMarked
package dev.nereid.models.operators.training;

import org.jspecify.annotations.NullMarked;
