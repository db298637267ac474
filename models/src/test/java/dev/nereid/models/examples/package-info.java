/** The writer of the example repositories' model files, and the test that they are what it writes. */
@NullMarked
package dev.nereid.models.examples;

import org.jspecify.annotations.NullMarked;
