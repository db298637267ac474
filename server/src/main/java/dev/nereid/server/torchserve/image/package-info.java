/**
 * Images as PIL and torchvision prepare them for a network, bit for bit: JPEG and PNG to RGB, resized and cropped, as floats.
 * What a client sends is checked by its header before memory is taken for its pixels. Depends on protocol.
 */
@NullMarked
package dev.nereid.server.torchserve.image;

import org.jspecify.annotations.NullMarked;
