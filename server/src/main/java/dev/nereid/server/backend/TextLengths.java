package dev.nereid.server.backend;

/** How texts of different lengths share a batch of a loaded model. */
public enum TextLengths {
    /** They do not: requests of a batch agree in shape, but for inputs that may be ragged. */
    EQUAL,
    /** One behind the other, without padding. */
    PACKED,
    /** Each padded to the longest. */
    PADDED
}
