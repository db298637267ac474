package dev.nereid.models.device;

/** How products of matrices of {@code FP32} are computed on a device. Sums are of {@code FP32} in any case. */
public enum DevicePrecision {
    /** With operands as they are. */
    FP32,
    /** With operands rounded to TF32, 10 bits of mantissa: what tensor cores are fast at. */
    TF32
}
