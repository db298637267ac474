/** Operators on sampled signals: Fourier transforms, windows, mel scale. Depends on operators, lowering and graph. */
@NullMarked
package dev.nereid.models.operators.signal;

import org.jspecify.annotations.NullMarked;
