/** Tests of the reader of TFLite files and of what its operators become. */
@NullMarked
package dev.nereid.models.tflite;

import org.jspecify.annotations.NullMarked;
