/** Tests of images: decoding and resizing, against PIL where its results are there. */
@NullMarked
package dev.nereid.server.torchserve.image;

import org.jspecify.annotations.NullMarked;
