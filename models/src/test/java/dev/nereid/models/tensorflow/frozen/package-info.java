/** Tests of the package of the same name. */
@NullMarked
package dev.nereid.models.tensorflow.frozen;

import org.jspecify.annotations.NullMarked;
