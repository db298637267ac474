/**
 * Numbers as text: the decimal digits of many at once. Knows no format that they are written in. Depends on memory alone.
 */
@NullMarked
package dev.nereid.kernels.text;

import org.jspecify.annotations.NullMarked;
