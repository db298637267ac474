package dev.nereid.kernels.convolution;

import java.math.BigInteger;

/**
 * One phase of a transposed convolution along one axis: the taps that contribute to the outputs at one place in the stride,
 * in the order of the inputs that they multiply.
 *
 * @param first the tap with the lowest number
 * @param step from one of them to the next
 * @param taps how many; 0 where none meets
 * @param spread cells of x from one to the next
 */
record Phase(int first, int step, int taps, int spread) {
    /**
     * The taps of cells with the number {@code residue}, counted from the first that a tap reaches, modulo the stride.
     *
     * @param stride cells of y from one cell of x to the next
     * @param dilation cells of y from one tap to the next
     */
    static Phase of(int kernel, int stride, int dilation, int residue) {
        int common =
                BigInteger.valueOf(stride).gcd(BigInteger.valueOf(dilation)).intValue();
        int step = stride / common;
        for (int tap = 0; tap < Math.min(step, kernel); tap++) {
            if (Math.floorMod(residue - (long) tap * dilation, (long) stride) == 0) {
                return new Phase(tap, step, Math.ceilDiv(kernel - tap, step), dilation / common);
            }
        }
        return new Phase(0, step, 0, 1);
    }

    /** The tap with number {@code at} of these. */
    int tap(int at) {
        return first + step * (taps - 1 - at);
    }
}
