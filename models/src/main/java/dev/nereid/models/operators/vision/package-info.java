/** The operators for images and regions of them: sampling, boxes, decoding. May use operators.{elementwise,movement}. */
@NullMarked
package dev.nereid.models.operators.vision;

import org.jspecify.annotations.NullMarked;
