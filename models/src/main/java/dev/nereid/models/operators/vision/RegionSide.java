package dev.nereid.models.operators.vision;

/**
 * One axis of a region.
 *
 * @param start where the first bin begins
 * @param bin the size of a bin
 * @param samples values along a bin
 */
record RegionSide(double start, double bin, int samples) {
    /** Where a value of a bin lies. */
    double position(int bin, int sample) {
        return start + bin * this.bin + (sample + 0.5) * this.bin / samples;
    }
}
