/** Tests of the reader of SavedModels. */
@NullMarked
package dev.nereid.models.tensorflow.saved;

import org.jspecify.annotations.NullMarked;
