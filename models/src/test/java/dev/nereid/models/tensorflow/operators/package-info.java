/** Tests of the package of the same name. */
@NullMarked
package dev.nereid.models.tensorflow.operators;

import org.jspecify.annotations.NullMarked;
